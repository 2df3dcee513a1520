"""What a phone takes along, read for all of an inspector's visits at once: as many queries for one visit as for fifty."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, undefer

from .finding_list import seen_by
from .findings import FindingRow
from .inspections import InspectionEventRow, InspectionRow, Viewer
from .submissions import LISTED, DraftRow, PhotoRow, SubmissionRow
from .units import BodyRow

RECENT = 4000  # findings looked at for the last ones of each office


def drafts_of(session: Session, inspections: Sequence[InspectionRow], person_id: int) -> dict[str, DraftRow]:
    """A person's drafts by inspection."""
    query = select(DraftRow).where(DraftRow.person_id == person_id)
    rows = session.scalars(query.where(DraftRow.inspection_id.in_([row.id for row in inspections])))
    return {row.inspection_id: row for row in rows}


def current_answers(session: Session, inspections: Sequence[InspectionRow]) -> dict[str, dict[str, Any]]:
    """The answers of current submissions by their id."""
    ids = [row.current_submission_id for row in inspections if row.current_submission_id]
    query = select(SubmissionRow).where(SubmissionRow.id.in_(ids)).options(undefer(SubmissionRow.answers))
    return {row.id: row.answers for row in session.scalars(query)}


def photos_by_submission(session: Session, submission_ids: Sequence[str]) -> dict[str, list[PhotoRow]]:
    """Listed photos in the order of questions and positions."""
    found: dict[str, list[PhotoRow]] = defaultdict(list)
    query = select(PhotoRow).where(PhotoRow.submission_id.in_(submission_ids), LISTED)
    for row in session.scalars(query.order_by(PhotoRow.question, PhotoRow.position, PhotoRow.id)):
        found[row.submission_id].append(row)
    return found


def last_returns(session: Session, inspections: Sequence[InspectionRow]) -> dict[str, dict[str, str]]:
    """What the reviewer wrote when each returned inspection was returned last; "" holds the general comment."""
    ids = [row.id for row in inspections if row.state == "returned"]
    query = select(InspectionEventRow).where(InspectionEventRow.inspection_id.in_(ids))
    events = session.scalars(
        query.where(InspectionEventRow.event == "returned").order_by(InspectionEventRow.id)
    )
    return {
        event.inspection_id: {**event.detail.get("comments", {}), "": event.detail.get("general", "")}
        for event in events
    }


def bodies_in_force(session: Session, day: date) -> dict[int | None, list[str]]:
    """Names of bodies by unit (None: of no unit), in their order."""
    found: dict[int | None, list[str]] = defaultdict(list)
    query = select(BodyRow.unit_id, BodyRow.name).where(BodyRow.valid_from <= day)
    query = query.where(or_(BodyRow.valid_to.is_(None), BodyRow.valid_to > day)).order_by(BodyRow.id)
    for unit_id, name in session.execute(query):
        found[unit_id].append(name)
    return found


def recent_findings(session: Session, viewer: Viewer) -> Sequence[Any]:
    """The newest findings a person may know of: rows of code, criterion, severity, state, day, unit_id, placed_id."""
    columns = (
        FindingRow.code, FindingRow.criterion, FindingRow.severity, FindingRow.state, FindingRow.day,
        FindingRow.unit_id, FindingRow.placed_id,
    )  # fmt: skip
    query = select(*columns).where(*seen_by(viewer), FindingRow.state.in_(("reported", "confirmed")))
    return session.execute(query.order_by(FindingRow.day.desc(), FindingRow.code).limit(RECENT)).all()
