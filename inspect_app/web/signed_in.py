"""Who is signed in: a snapshot read in a short transaction of its own before anything else of the request."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, current_app, session
from flask_login import LoginManager, current_user, login_user

from inspect_app.domain.people import Act, Role
from inspect_app.domain.problems import N_, NotSignedIn
from inspect_app.domain.sessions import SessionId, read_session_id
from inspect_app.operations.desk import viewer_of
from inspect_app.storage.inspections import Viewer
from inspect_app.storage.people import PersonRow, find_signed_in
from inspect_app.storage.units import get_gazetteer

from .page_author import new_csrf_secret


@dataclass(frozen=True)
class SignedIn:
    """What Flask-Login holds for a request."""

    person_id: int
    held: SessionId
    username: str
    full_name: str
    role: Role
    viewer: Viewer

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return str(self.held)

    def may(self, act: Act) -> bool:
        return self.viewer.may(act)


def viewer() -> Viewer:
    if not current_user.is_authenticated:
        raise NotSignedIn(N_("Hãy đăng nhập để tiếp tục."))
    found: Viewer = current_user.viewer
    return found


def load(session_id: str) -> SignedIn | None:
    """The person of a session cookie; None when the session was ended, here or everywhere, or the person disabled."""
    held, service = read_session_id(session_id), current_app.extensions["inspect"]
    if held is None or held.ends_at <= service.clock():
        return None
    with service.database.reading() as reading:
        person = find_signed_in(reading, held)
        if person is None:
            return None
        who = viewer_of(person, get_gazetteer(reading))
    return SignedIn(person.id, held, person.username, person.full_name, Role(person.role), who)


def begin(person: PersonRow) -> None:
    """Sign a person in with a session of its own."""
    service = current_app.extensions["inspect"]
    ends_at = service.clock() + timedelta(days=service.settings.session_days)
    user = load(str(SessionId(person.id, person.session_epoch, ends_at, secrets.token_urlsafe(16))))
    if user is not None:  # disabled at this very moment: the next page asks to sign in
        login_user(user)
        session["csrf_token"] = new_csrf_secret(person.id)


def install(app: Flask) -> None:
    manager = LoginManager()
    manager.session_protection = None  # phones change their address with every mast
    manager.init_app(app)
    manager.user_loader(load)
