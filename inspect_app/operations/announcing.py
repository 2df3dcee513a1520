"""A surprise visit that a phone started on its own is announced: made once, on the day it really began, and what was
sent for it earlier finds its place. What cannot be made by rule waits for a person, with the submission that follows.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import exists, select

from inspect_app.domain.clocks import corrected
from inspect_app.domain.people import Act
from inspect_app.domain.text import nfc
from inspect_app.storage.audit import AuditRow
from inspect_app.storage.checklists import find_version
from inspect_app.storage.inspections import InspectionRow, is_member
from inspect_app.storage.kept import list_waiting

from .desk import Desk
from .inspecting import begin_surprise, find_office, in_own_area
from .receiving import receive_again


@dataclass(frozen=True)
class Announcement:
    """What the phone knows of the visit; `started_at` by its own clock, `clock_offset` seconds from it to ours."""

    id: str
    unit: str
    checklist: str
    version: str
    reason: str
    started_at: datetime
    clock_offset: int | None = None


@dataclass(frozen=True)
class Announced:
    """`outcome`: created, repeated or kept; `reasons` (slugs of domain/receipts.py) why it could not be made."""

    outcome: str
    inspection: InspectionRow | None = None
    reasons: list[str] = field(default_factory=list)


def announce(desk: Desk, told: Announcement) -> Announced:
    """Make the visit, once however often it is announced. It never takes over an id that is another's."""
    desk.require(Act.INSPECT)
    desk.one_at_a_time()
    made = desk.session.get(InspectionRow, told.id)
    if made is not None:
        return _again(desk, told, made)
    at = min(corrected(told.started_at, told.clock_offset), desk.now)
    day = at.astimezone(desk.zone).date()
    unit = find_office(desk, told.unit, day)
    version = find_version(desk.session, told.checklist, told.version)
    reasons = []
    if unit is None:
        reasons.append("unknown_unit")
    elif not in_own_area(desk, unit):
        reasons.append("outside_area")
    if version is None:
        reasons.append("unknown_version")
    elif unit is not None and not version.is_offered(day, unit.level, "surprise"):
        reasons.append("not_offered")
    if reasons or unit is None or version is None:
        return _not_made(desk, told, reasons)
    inspection = begin_surprise(
        desk, told.id, unit, at, version.id, nfc(told.reason).strip(), desk.viewer.person_id
    )
    desk.audit("inspection_started", "inspection", told.id, kind="surprise", clock_offset=told.clock_offset)
    _place_waiting(desk, inspection)
    return Announced("created", inspection)


def _again(desk: Desk, told: Announcement, made: InspectionRow) -> Announced:
    """The visit is there: made from this phone before, or by a person for it."""
    if not is_member(desk.session, made.id, desk.viewer.person_id):
        return _not_made(desk, told, ["other_content"])
    version = made.checklist_version
    same = (made.unit.code, version.checklist.key, version.version) == (
        told.unit.strip(), told.checklist, told.version,
    )  # fmt: skip
    if made.created_by == desk.viewer.person_id and not same:
        return _not_made(desk, told, ["other_content"])
    return Announced("repeated", made)


def _not_made(desk: Desk, told: Announcement, reasons: list[str]) -> Announced:
    """Noted once, however often the phone asks."""
    noted = (
        AuditRow.act == "inspection_not_made",
        AuditRow.subject == "announcement",
        AuditRow.subject_id == told.id,
    )
    if not desk.session.scalar(select(exists().where(*noted))):
        desk.audit("inspection_not_made", "announcement", told.id, unit=told.unit, reasons=reasons)
    return Announced("kept", None, reasons)


def _place_waiting(desk: Desk, inspection: InspectionRow) -> None:
    """What its sender sent before the visit was known counts as if it had come after; corrections behind the rest."""
    waiting = list_waiting(desk.session, desk.viewer.person_id, inspection.id)
    for submission in sorted(waiting, key=lambda row: row.replaces is not None):
        if not receive_again(desk, submission, inspection):
            desk.audit("submission_placed", "submission", submission.id, inspection=inspection.id)
