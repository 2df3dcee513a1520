"""Signing in and out, choosing a password by a one-time link, changing it."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField

from inspect_app.domain.problems import Faulty, Problem
from inspect_app.domain.text import nfc
from inspect_app.operations import signing_in
from inspect_app.operations.desk import viewer_of
from inspect_app.storage import audit
from inspect_app.storage.people import PersonRow
from inspect_app.storage.units import get_gazetteer

from .access import ANYONE, SIGNED_IN, open_to, safe_next
from .errors import say, say_fields
from .services import db, services
from .signed_in import snapshot

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
        return render_template("sign_in/login.html", screen=screen, target=target, fault=None)
    attempt = signing_in.Attempt(
        nfc(screen.username.data or ""), screen.password.data or "", request.remote_addr or ""
    )
    try:
        person = signing_in.sign_in(db(), services().clock(), attempt)
    except Problem as problem:
        return render_template(
            "sign_in/login.html", screen=screen, target=target, fault=say(problem)
        ), problem.status
    if person is None:
        db().commit()  # the failure counts although the answer is a refusal
        fault = _("Tên đăng nhập hoặc mật khẩu không đúng. Hãy kiểm tra rồi nhập lại.")
        return render_template("sign_in/login.html", screen=screen, target=target, fault=fault), 401
    _begin_session(person)
    return redirect(target, 303)


def _begin_session(person: PersonRow) -> None:
    language = session.get("language")
    session.clear()  # a session given before sign-in is not continued
    if language:
        session["language"] = language
    session.permanent = True
    login_user(snapshot(person, viewer_of(person, get_gazetteer(db()))))


@bp.post("/logout")
@open_to(SIGNED_IN)
def logout() -> Response:
    audit.record(
        db(), services().clock(), current_user.person_id, "signed_out", "person", current_user.person_id
    )
    logout_user()
    session.clear()
    return redirect(url_for("sign_in.login"), 303)


@bp.route("/activate/<token>", methods=["GET", "POST"])
@open_to(ANYONE)
def activate(token: str) -> Response:
    """Choose the first (or a new) password by the one-time link of an administrator."""
    screen, now = NewPasswordScreen(), services().clock()
    person = signing_in.find_activation(db(), now, token)
    fault: Problem | None = None
    if request.method == "POST":
        try:
            signing_in.activate(db(), now, token, screen.password.data or "", screen.repeated.data or "")
        except Faulty as problem:
            fault = problem
        else:
            flash(_("Đã đặt mật khẩu. Hãy đăng nhập."))
            return redirect(url_for("sign_in.login"), 303)
    page = render_template(
        "sign_in/activate.html",
        screen=screen,
        person=person,
        fault=say(fault) if fault else None,
        faults=say_fields(fault) if fault else {},
    )
    return make_response(page, 422 if fault else 200)


@bp.route("/password", methods=["GET", "POST"])
@open_to(SIGNED_IN)
def password() -> Response:
    screen, fault = ChangePasswordScreen(), None
    if request.method == "POST":
        try:
            signing_in.change_password(
                db(), services().clock(), current_user.person_id,
                screen.current.data or "", screen.password.data or "", screen.repeated.data or "",
            )  # fmt: skip
        except Faulty as problem:
            fault = problem
        else:
            person = db().get(PersonRow, current_user.person_id)
            assert person is not None
            _begin_session(person)
            flash(_("Đã đổi mật khẩu. Các thiết bị khác đã được đăng xuất."))
            return redirect(url_for("home.index"), 303)
    page = render_template(
        "sign_in/password.html",
        screen=screen,
        fault=say(fault) if fault else None,
        faults=say_fields(fault) if fault else {},
    )
    return make_response(page, 422 if fault else 200)
