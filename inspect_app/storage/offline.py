"""What a phone takes along, read for all of an inspector's visits at once: as many queries for one visit as for fifty."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from .finding_list import seen_by
from .findings import FindingRow
from .inspections import InspectionEventRow, InspectionRow, Viewer
from .submissions import LISTED, UNCOVERED, DraftRow, PhotoRow, SubmissionRow
from .units import BodyRow


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
    """Listed photos in the order of questions and positions, without those that a blurred copy covers."""
    found: dict[str, list[PhotoRow]] = defaultdict(list)
    query = select(PhotoRow).where(PhotoRow.submission_id.in_(submission_ids), LISTED, UNCOVERED)
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


@dataclass(frozen=True)
class Bodies:
    """Whom findings may name as responsible: (unit or None, name, first day, first day not in force any more)."""

    rows: Sequence[Any]

    def offered(self, unit_id: int, day: date) -> list[str]:
        """Names at an office on a day, as units.list_bodies gives them: its own first, then those of no unit."""
        found = self.by_owner({unit_id: "own"}, day)
        return [*found.get("own", []), *found.get("", [])]

    def by_owner(self, owners: Mapping[int, str], day: date) -> dict[str, list[str]]:
        """Names in force on a day by what `owners` calls their unit, "" for those of no unit."""
        found: dict[str, list[str]] = defaultdict(list)
        for unit_id, name, valid_from, valid_to in self.rows:
            if (
                valid_from <= day
                and (valid_to is None or valid_to > day)
                and (not unit_id or unit_id in owners)
            ):
                found[owners[unit_id] if unit_id else ""].append(name)
        return found


def read_bodies(session: Session) -> Bodies:
    query = select(BodyRow.unit_id, BodyRow.name, BodyRow.valid_from, BodyRow.valid_to).order_by(BodyRow.id)
    return Bodies(session.execute(query).all())


def last_findings(session: Session, viewer: Viewer, count: int) -> Sequence[Any]:
    """The newest findings of each place that a person may know of: rows of code, criterion, severity, state, day,
    unit_id, placed_id; at most `count` of one place, the newest of all first."""
    newest = FindingRow.day.desc(), FindingRow.code.desc()
    place = func.row_number().over(partition_by=(FindingRow.unit_id, FindingRow.placed_id), order_by=newest)
    ranked = (
        select(FindingRow.id.label("id"), place.label("place"))
        .where(*seen_by(viewer), FindingRow.state.in_(("reported", "confirmed")))
        .subquery()
    )
    columns = (
        FindingRow.code, FindingRow.criterion, FindingRow.severity, FindingRow.state, FindingRow.day,
        FindingRow.unit_id, FindingRow.placed_id,
    )  # fmt: skip
    query = select(*columns).join(ranked, ranked.c.id == FindingRow.id).where(ranked.c.place <= count)
    return session.execute(query.order_by(*newest)).all()
