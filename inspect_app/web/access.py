"""Closed by default: a view says who may open it with `open_to`; a view that says nothing cannot be opened.

This decides by role only. Where a person may look is decided in the query (storage/inspections.py, visible_to).
"""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, Forbidden, NotFound, NotSignedIn

View = TypeVar("View", bound=Callable[..., object])

ANYONE = "anyone"
SIGNED_IN = "signed_in"
FILE_SUFFIXES = (".csv", ".xlsx", ".zip", "/thumb", "/screen", "/original")


def open_to(*who: Act | str) -> Callable[[View], View]:
    """Mark a view: ANYONE, SIGNED_IN, or the acts of which a person needs one."""

    def mark(view: View) -> View:
        view.open_to = frozenset(who)  # type: ignore[attr-defined]
        return view

    return mark


def install(app: Flask, rescue: Callable[[], Response | None]) -> None:
    """`rescue` is asked first when nobody is signed in: a post that was typed by somebody who was (interrupted.py)."""
    open_to(ANYONE)(app.view_functions["static"])

    @app.before_request
    def _guard() -> Response | None:
        if request.endpoint is None:
            return None  # 404 and 405 are answered by the router
        allowed = getattr(app.view_functions[request.endpoint], "open_to", None)
        if allowed is None:
            raise NotFound(N_("Trang này không có."))
        if ANYONE in allowed:
            return None
        if not current_user.is_authenticated:
            return rescue() or _ask_to_sign_in()
        if SIGNED_IN not in allowed and not any(current_user.may(act) for act in allowed):
            raise Forbidden(N_("Tài khoản của bạn không có quyền mở trang này."))
        return None


def is_for_machines() -> bool:
    """Whether the answer is read by a program or saved as a file: such doors say 401, pages redirect."""
    return request.path.startswith("/api/") or request.path.endswith(FILE_SUFFIXES)


def _ask_to_sign_in() -> Response:
    if is_for_machines():
        raise NotSignedIn(N_("Hãy đăng nhập để tiếp tục."))
    readable = request.url_rule is not None and "GET" in (request.url_rule.methods or ())
    back = request.full_path.rstrip("?") if request.method == "GET" else request.path if readable else "/"
    return redirect(url_for("sign_in.login", next=safe_next(back)))


def safe_next(target: str | None) -> str:
    """A path of our own to go to after signing in; anything else becomes the home page."""
    try:
        parts = urlsplit(target or "/")
    except ValueError:  # "http://[" is no address at all
        return "/"
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    own_host = not parts.netloc or parts.netloc == request.host
    safe = own_host and path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path
    return path if safe else "/"
