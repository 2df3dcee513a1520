"""Who is signed in: a snapshot read in a short transaction of its own before anything else of the request."""

from dataclasses import dataclass

from flask import Flask, current_app
from flask_login import LoginManager, current_user

from inspect_app.domain.people import Act, Role
from inspect_app.domain.problems import N_, NotSignedIn
from inspect_app.operations.desk import viewer_of
from inspect_app.storage.inspections import Viewer
from inspect_app.storage.people import PersonRow
from inspect_app.storage.units import get_gazetteer


@dataclass(frozen=True)
class SignedIn:
    """What Flask-Login holds for a request. The id carries the session epoch: raising it ends every session."""

    person_id: int
    epoch: int
    username: str
    full_name: str
    role: Role
    viewer: Viewer

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return f"{self.person_id}:{self.epoch}"

    def may(self, act: Act) -> bool:
        return self.viewer.may(act)


def viewer() -> Viewer:
    if not current_user.is_authenticated:
        raise NotSignedIn(N_("Hãy đăng nhập để tiếp tục."))
    found: Viewer = current_user.viewer
    return found


def load(session_id: str) -> SignedIn | None:
    """The person of a session cookie; None when disabled, or signed out everywhere, since it was given."""
    number, _, epoch = session_id.partition(":")
    if not (number.isdecimal() and epoch.isdecimal()):
        return None
    with current_app.extensions["inspect"].database.reading() as session:
        person = session.get(PersonRow, int(number))
        if person is None or not person.active or person.session_epoch != int(epoch):
            return None
        return snapshot(person, viewer_of(person, get_gazetteer(session)))


def snapshot(person: PersonRow, who: Viewer) -> SignedIn:
    return SignedIn(
        person.id, person.session_epoch, person.username, person.full_name, Role(person.role), who
    )


def install(app: Flask) -> None:
    manager = LoginManager()
    manager.session_protection = None  # phones change their address with every mast
    manager.init_app(app)
    manager.user_loader(load)
