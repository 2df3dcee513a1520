"""What reviewers look at: which inspections wait, and for one finding its photos and what was found there before.

All of it goes through `visible_to` or the list's `seen_by`, so that the queue keeps the same secrets as every list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from inspect_app.domain.units import Gazetteer

from .finding_list import seen_by
from .findings import FindingEventRow, FindingRow
from .inspections import InspectionEventRow, InspectionMemberRow, InspectionRow, Viewer, visible_to
from .people import PersonRow
from .submissions import ARRIVED, LISTED, BlobRow, PhotoRow, SubmissionRow

TABS = ("open", "ready", "returned", "approved")  # to decide, to approve, back with its team, done
PAGE = 50
PREVIOUS = 12


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """`severity`: at least one undecided finding of this grade or graver. `mine`: I have worked on it before."""

    tab: str = "open"
    mine: bool = False
    severity: int | None = None


@dataclass(frozen=True, slots=True)
class QueueLine:
    """An inspection in the queue; counts are of findings that were not withdrawn."""

    id: str
    number: str
    kind: str
    state: str
    day: date
    unit_id: int
    placed_id: int | None
    received_at: datetime | None
    code: str
    corrected: bool
    findings: int = 0
    waiting: int = 0
    gravest: int | None = None
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A photo beside a finding. `problem`: slug of the fault found at receipt or at the first view, or empty."""

    id: str
    state: str
    size: int
    name: str
    taken_at: datetime | None
    received_at: datetime
    lat: float | None
    lon: float | None
    accuracy: float | None
    source: str
    device: str
    sha256: str
    original_sha256: str | None
    problem: str
    caption: str
    covered: bool  # untouched, and without its copy here
    untouched: str | None  # id of the photo that this blurred copy covers, if its bytes are here

    @property
    def viewable(self) -> bool:
        return self.state != "expected"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of an inspection with the name of who did it."""

    id: int
    at: datetime
    person: str
    event: str
    detail: Mapping[str, Any]


def list_queue(session: Session, viewer: Viewer, wanted: QueueFilter, page: int = 1) -> list[QueueLine]:
    """One page of the queue, oldest first, and one line more when there is another page."""
    query = (
        _queue(viewer, wanted)
        .order_by(SubmissionRow.received_at, InspectionRow.id)
        .limit(PAGE + 1)
        .offset((page - 1) * PAGE)
    )
    rows = session.execute(query).all()
    counts = _counts(session, [row.id for row in rows])
    return [QueueLine(*row, **counts.get(row.id, {})) for row in rows]


def count_queue(session: Session, viewer: Viewer, wanted: QueueFilter) -> int:
    return session.scalar(select(func.count()).select_from(_queue(viewer, wanted).subquery())) or 0


def find_next_inspection(session: Session, viewer: Viewer, after: str = "") -> str | None:
    """The inspection that waited longest for a decision, `after` itself left out."""
    return session.scalar(
        _queue(viewer, QueueFilter())
        .with_only_columns(InspectionRow.id)
        .where(InspectionRow.id != after)
        .order_by(SubmissionRow.received_at, InspectionRow.id)
        .limit(1)
    )


def _queue(viewer: Viewer, wanted: QueueFilter) -> Select[*tuple[Any, ...]]:
    returned = exists().where(
        InspectionEventRow.inspection_id == InspectionRow.id, InspectionEventRow.event == "returned"
    )
    query = (
        select(
            InspectionRow.id, func.coalesce(InspectionRow.number, "").label("number"), InspectionRow.kind,
            InspectionRow.state, InspectionRow.day, InspectionRow.unit_id, InspectionRow.placed_id,
            SubmissionRow.received_at, func.coalesce(SubmissionRow.code, "").label("code"), returned.label("corrected"),
        )
        .outerjoin(SubmissionRow, SubmissionRow.id == InspectionRow.current_submission_id)
        .where(visible_to(viewer), *_in_tab(wanted.tab))
    )  # fmt: skip
    if wanted.severity:
        query = query.where(_has_finding(FindingRow.severity >= wanted.severity, wanted.tab == "open"))
    if wanted.mine:
        query = query.where(_worked_on_by(viewer.person_id))
    return query


def _in_tab(tab: str) -> list[ColumnElement[bool]]:
    undecided = _has_finding(FindingRow.state == "reported")
    if tab == "open":
        return [InspectionRow.state == "submitted", undecided]
    if tab == "ready":
        return [InspectionRow.state == "submitted", ~undecided]
    return [InspectionRow.state == tab]


def _has_finding(clause: ColumnElement[bool], only_undecided: bool = False) -> ColumnElement[bool]:
    clauses = [FindingRow.inspection_id == InspectionRow.id, clause]
    return exists().where(*clauses, *([FindingRow.state == "reported"] if only_undecided else []))


def _worked_on_by(person_id: int) -> ColumnElement[bool]:
    """Decided or changed one of its findings, or returned it: where one reads on the next morning."""
    decided = exists().where(
        FindingEventRow.finding_id == FindingRow.id, FindingEventRow.person_id == person_id
    )
    returned = exists().where(
        InspectionEventRow.inspection_id == InspectionRow.id, InspectionEventRow.person_id == person_id
    )
    return or_(_has_finding(decided), returned)


def _counts(session: Session, inspection_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    waiting = FindingRow.state == "reported"
    rows = session.execute(
        select(
            FindingRow.inspection_id,
            func.count(),
            func.sum(case((waiting, 1), else_=0)),
            func.max(case((waiting, FindingRow.severity))),
            func.sum(case((and_(waiting, FindingRow.repeat), 1), else_=0)),
        )
        .where(FindingRow.inspection_id.in_(inspection_ids), FindingRow.state != "withdrawn")
        .group_by(FindingRow.inspection_id)
    )
    return {
        id: {"findings": total, "waiting": int(open_), "gravest": gravest, "repeats": int(again)}
        for id, total, open_, gravest, again in rows
    }


def next_undecided(findings: Sequence[FindingRow], after: str = "") -> FindingRow | None:
    """The next undecided finding of an inspection behind `after`, beginning anew at its end."""
    at = next((index for index, row in enumerate(findings) if row.id == after), -1)
    turned = [*findings[at + 1 :], *findings[: at + 1]]
    return next((row for row in turned if row.state == "reported"), None)


def list_previous(
    session: Session, viewer: Viewer, gazetteer: Gazetteer, finding: FindingRow, limit: int = PREVIOUS
) -> list[FindingRow]:
    """Earlier findings of the same criterion at this office and at all it came from, newest first.

    Withdrawn ones are left out: the inspector took them back. Units keep the names of their day.
    """
    unit = gazetteer.by_id(finding.unit_id)
    family = sorted({unit.id, *gazetteer.predecessors(unit)})
    return list(
        session.scalars(
            select(FindingRow)
            .where(FindingRow.criterion == finding.criterion, FindingRow.unit_id.in_(family))
            .where(FindingRow.inspection_id != finding.inspection_id, FindingRow.day <= finding.day)
            .where(FindingRow.state != "withdrawn", *seen_by(viewer))
            .order_by(FindingRow.day.desc(), FindingRow.code)
            .limit(limit)
        )
    )


def photos_by_question(
    session: Session, submission_id: str, listed: ColumnElement[bool] = LISTED
) -> dict[str, list[PhotoView]]:
    """The photos of a submission under their questions, in the order they were taken in; for who may open originals.

    A photo that a blurred copy covers is not shown by itself: the copy leads to it.
    """
    rows = session.execute(
        select(PhotoRow, BlobRow.problem, BlobRow.unreadable_at)
        .outerjoin(BlobRow, BlobRow.sha256 == PhotoRow.sha256)
        .where(PhotoRow.submission_id == submission_id, listed)
        .order_by(PhotoRow.question, PhotoRow.position, PhotoRow.id)
    )
    shots = [(row.PhotoRow, row.problem, row.unreadable_at) for row in rows]
    behind = {photo.covers for photo, _, _ in shots}
    here = {photo.id for photo, _, _ in shots if photo.state in ARRIVED}
    found: dict[str, list[PhotoView]] = {}
    for photo, problem, unreadable_at in shots:
        if photo.id not in behind:
            view = _photo_view(photo, problem, unreadable_at, photo.covers if photo.covers in here else None)
            found.setdefault(photo.question, []).append(view)
    return found


def _photo_view(
    photo: PhotoRow, problem: str | None, unreadable_at: datetime | None, untouched: str | None
) -> PhotoView:
    return PhotoView(
        id=photo.id, state=photo.state, size=photo.size, name=photo.name, taken_at=photo.taken_at,
        received_at=photo.received_at, lat=photo.lat, lon=photo.lon, accuracy=photo.accuracy, source=photo.source,
        device=str((photo.exif or {}).get("device") or ""), sha256=photo.sha256,
        original_sha256=photo.original_sha256, problem=problem or ("unreadable" if unreadable_at else ""),
        caption=photo.caption, covered=photo.covered, untouched=untouched,
    )  # fmt: skip


def list_inspection_events(session: Session, inspection_id: str) -> list[Event]:
    """The history of an inspection, oldest first."""
    rows = session.execute(
        select(InspectionEventRow, PersonRow.full_name)
        .outerjoin(PersonRow, PersonRow.id == InspectionEventRow.person_id)
        .where(InspectionEventRow.inspection_id == inspection_id)
        .order_by(InspectionEventRow.id)
    )
    return [Event(row.id, row.at, name or "", row.event, row.detail) for row, name in rows]


def replaced_submission_id(events: Sequence[Event]) -> str | None:
    """The submission that the current one took the place of, as the history tells; None for the first one."""
    sent = [str(event.detail.get("submission", "")) for event in events if event.event == "submitted"]
    return sent[-2] if len(sent) > 1 else None


def list_team(session: Session, inspection_id: str) -> list[tuple[str, str, bool]]:
    """Name, position and whether lead, of each member; the lead first."""
    rows = session.execute(
        select(PersonRow.full_name, PersonRow.position, InspectionMemberRow.lead)
        .join(InspectionMemberRow, InspectionMemberRow.person_id == PersonRow.id)
        .where(InspectionMemberRow.inspection_id == inspection_id)
        .order_by(InspectionMemberRow.lead.desc(), PersonRow.full_name)
    )
    return [(name, position, lead) for name, position, lead in rows]
