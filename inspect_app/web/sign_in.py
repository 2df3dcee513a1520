"""Signing in and out, choosing a password by a one-time link, changing it."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField

from inspect_app.domain.problems import Problem
from inspect_app.domain.text import nfc
from inspect_app.operations import signing_in
from inspect_app.storage.people import PersonRow

from . import carried, signed_in
from .access import ANYONE, SIGNED_IN, open_to, safe_next
from .browsers import InnerBrowser, find_inner_browser
from .errors import say, say_fields
from .services import db, services

bp = Blueprint("sign_in", __name__)


class SignInScreen(FlaskForm):  # type: ignore[misc]
    username = StringField(_l("Tên đăng nhập"))
    password = PasswordField(_l("Mật khẩu"))


class NewPasswordScreen(FlaskForm):  # type: ignore[misc]
    password = PasswordField(_l("Mật khẩu mới"))
    repeated = PasswordField(_l("Nhập lại mật khẩu mới"))


class ChangePasswordScreen(NewPasswordScreen):
    current = PasswordField(_l("Mật khẩu hiện tại"))


@bp.route("/login", methods=["GET", "POST"])
@open_to(ANYONE)
def login() -> Response | tuple[str, int] | str:
    screen = SignInScreen()
    target = safe_next(request.values.get("next"))
    if request.method == "GET":
        if current_user.is_authenticated:
            return redirect(target)
        return render_template(
            "sign_in/login.html", screen=screen, target=target, fault=None, inner=_inner_browser(target),
            here=url_for("sign_in.login", next=target, here=1),
        )  # fmt: skip
    typed = request.form.get("carried")
    attempt = signing_in.Attempt(
        nfc(screen.username.data or ""), screen.password.data or "", request.remote_addr or ""
    )
    try:
        person = signing_in.sign_in(services().database, services().clock(), attempt)
    except Problem as problem:
        return render_template(
            "sign_in/login.html", screen=screen, target=target, fault=say(problem), carried=typed
        ), problem.status
    if person is None:
        fault = _("Tên đăng nhập hoặc mật khẩu không đúng. Hãy kiểm tra rồi nhập lại.")
        return render_template(
            "sign_in/login.html", screen=screen, target=target, fault=fault, carried=typed
        ), 401
    _begin_session(person)
    return _continue(person, typed) or redirect(target, 303)


def _inner_browser(target: str) -> InnerBrowser | None:
    """None also where the person chose to sign in there all the same."""
    if "here" in request.args:
        return None
    address = services().settings.base_url + target
    return find_inner_browser(request.user_agent.string, address, told="inside" in request.args)


def _continue(person: PersonRow, typed: str | None) -> Response | None:
    """Offer what was typed before signing in to who typed it; who did not is told so."""
    found = carried.unseal(typed)
    if found and found.author == person.id:
        return carried.offer(found)
    if found:
        flash(_("Nội dung nhập trước khi đăng nhập thuộc tài khoản khác nên không được gửi."), "error")
    return None


def _begin_session(person: PersonRow) -> None:
    language = session.get("language")
    session.clear()  # a session given before sign-in is not continued
    if language:
        session["language"] = language
    session.permanent = True
    signed_in.begin(person)


@bp.post("/logout")
@open_to(SIGNED_IN)
def logout() -> Response:
    signing_in.sign_out(db(), services().clock(), current_user.held)
    logout_user()
    session.clear()
    return redirect(url_for("sign_in.login"), 303)


@bp.route("/activate/<token>", methods=["GET", "POST"])
@open_to(ANYONE)
def activate(token: str) -> Response:
    """Choose the first (or a new) password by the one-time link of an administrator."""
    screen, now, fault = NewPasswordScreen(), services().clock(), None
    if request.method == "POST":
        chosen = screen.password.data or "", screen.repeated.data or ""
        try:
            signing_in.activate(services().database, now, token, *chosen)
        except Problem as problem:
            fault = problem
        else:
            flash(_("Đã đặt mật khẩu. Hãy đăng nhập."))
            return redirect(url_for("sign_in.login"), 303)
    person = signing_in.find_activation(db(), now, token)
    page = render_template(
        "sign_in/activate.html",
        screen=screen,
        person=person,
        fault=say(fault) if fault else None,
        faults=say_fields(fault) if fault else {},
    )
    return make_response(page, fault.status if fault else 200)


@bp.route("/password", methods=["GET", "POST"])
@open_to(SIGNED_IN)
def password() -> Response:
    screen, fault = ChangePasswordScreen(), None
    if request.method == "POST":
        attempt = signing_in.Attempt(
            current_user.username, screen.current.data or "", request.remote_addr or ""
        )
        chosen = screen.password.data or "", screen.repeated.data or ""
        try:
            person = signing_in.change_password(services().database, services().clock(), attempt, *chosen)
        except Problem as problem:
            fault = problem
        else:
            _begin_session(person)
            flash(_("Đã đổi mật khẩu. Các thiết bị khác đã được đăng xuất."))
            return redirect(url_for("home.index"), 303)
    page = render_template(
        "sign_in/password.html",
        screen=screen,
        fault=say(fault) if fault else None,
        faults=say_fields(fault) if fault else {},
    )
    return make_response(page, fault.status if fault else 200)
