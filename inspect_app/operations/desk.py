"""Where an operation stands: the session it writes to, who acts, and when. Doors make one a request."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from inspect_app.domain.people import Act, Role
from inspect_app.domain.problems import N_, Forbidden
from inspect_app.domain.units import Gazetteer
from inspect_app.storage import audit
from inspect_app.storage.inspections import Viewer
from inspect_app.storage.people import PersonRow, wait_for_own_acts
from inspect_app.storage.units import get_gazetteer


@dataclass(frozen=True)
class Desk:
    session: Session
    viewer: Viewer
    now: datetime  # aware, UTC
    zone: ZoneInfo

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @cached_property
    def gazetteer(self) -> Gazetteer:
        return get_gazetteer(self.session)

    def require(self, act: Act) -> None:
        if not self.viewer.may(act):
            raise Forbidden(N_("Tài khoản của bạn không có quyền làm việc này."))

    def one_at_a_time(self) -> None:
        """From here on this person's acts wait for each other, so that a double click finds what its first click made."""
        wait_for_own_acts(self.session, self.viewer.person_id)

    def audit(self, act: str, subject: str = "", subject_id: object = "", **detail: object) -> None:
        audit.record(self.session, self.now, self.viewer.person_id, act, subject, subject_id, **detail)


def viewer_of(person: PersonRow, gazetteer: Gazetteer) -> Viewer:
    """Who a person is for the queries: role and the units of their areas; None when that is all of them."""
    units: set[int] = set()
    for area in person.areas:
        units |= gazetteer.subtree(gazetteer.by_id(area.unit_id))
    everywhere = len(units) == len(gazetteer.units)
    return Viewer(person.id, Role(person.role), None if everywhere else frozenset(units))
