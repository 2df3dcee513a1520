"""Reading the audit log. A line about a visit, or about what hangs on it, is there only for who may know of that visit.

Pages are cut by time, not by line number: numbers with gaps, or counts, would tell that something is hidden.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, true
from sqlalchemy.orm import Session

from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, BadValue

from .audit import AuditRow
from .findings import FindingRow
from .inspections import CampaignRow, InspectionRow, Viewer, visible_to
from .people import PersonRow
from .submissions import PhotoRow, SubmissionRow
from .units import UnitRow

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Place:
    """Where the next page begins: lines up to `at`, of which `skip` at that very moment were shown."""

    at: datetime
    skip: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}.{self.skip}"

    @classmethod
    def read(cls, text: str) -> "Place":
        moment, _, skip = text.partition(".")
        try:
            return cls(EPOCH + timedelta(microseconds=int(moment)), int(skip))
        except (ValueError, OverflowError):
            raise BadValue(N_("Địa chỉ trang nhật ký không đúng.")) from None


@dataclass(frozen=True)
class AuditPage:
    rows: list[AuditRow]
    next: Place | None


def readable_by(viewer: Viewer) -> ColumnElement[bool]:
    """Whether `viewer` may know of what a line is about: lines of a visit and of all that hangs on it go with the visit.

    A submission of no known visit hides nothing; nor does an audit line whose subject is no object of a visit.
    """
    if viewer.units is None and viewer.may(Act.SEE_SECRET):
        return true()
    known = exists().where(InspectionRow.id == AuditRow.subject_id, visible_to(viewer))
    return and_(
        or_(AuditRow.subject != "inspection", known),
        or_(AuditRow.subject != "finding", exists(_visit_of(FindingRow.id == AuditRow.subject_id, viewer))),
        or_(AuditRow.subject != "submission", _of_known_submission(AuditRow.subject_id, viewer)),
        or_(
            AuditRow.subject != "document",
            _of_known_submission(func.substr(AuditRow.subject_id, 1, 36), viewer),
        ),
        or_(AuditRow.subject != "photo", _of_known_photo(viewer)),
    )


def _visit_of(clause: ColumnElement[bool], viewer: Viewer) -> Select[int]:
    visit = InspectionRow.id == FindingRow.inspection_id
    return (
        select(literal(1))
        .select_from(FindingRow)
        .join(InspectionRow, visit)
        .where(clause, visible_to(viewer))
    )


def _of_known_submission(submission_id: Any, viewer: Viewer) -> ColumnElement[bool]:
    return exists(
        select(literal(1))
        .select_from(SubmissionRow)
        .outerjoin(InspectionRow, InspectionRow.id == SubmissionRow.inspection_id)
        .where(SubmissionRow.id == submission_id)
        .where(or_(SubmissionRow.inspection_id.is_(None), visible_to(viewer)))
    )


def _of_known_photo(viewer: Viewer) -> ColumnElement[bool]:
    return exists(
        select(literal(1))
        .select_from(PhotoRow)
        .where(PhotoRow.id == AuditRow.subject_id, _of_known_submission(PhotoRow.submission_id, viewer))
    )


def list_audit_page(
    session: Session,
    viewer: Viewer,
    limit: int,
    *,
    after: Place | None = None,
    act: str = "",
    person_id: int | None = None,
) -> AuditPage:
    """The newest lines first."""
    clauses = [readable_by(viewer)]
    if after:
        clauses.append(AuditRow.at <= after.at)
    if act:
        clauses.append(AuditRow.act == act)
    if person_id is not None:
        clauses.append(AuditRow.person_id == person_id)
    query = select(AuditRow).where(and_(*clauses)).order_by(AuditRow.at.desc(), AuditRow.id.desc())
    rows = list(session.scalars(query.offset(after.skip if after else 0).limit(limit + 1)))
    if len(rows) <= limit:
        return AuditPage(rows, None)
    rows = rows[:limit]
    shown = sum(row.at == rows[-1].at for row in rows)
    if after and after.at == rows[-1].at:
        shown += after.skip
    return AuditPage(rows, Place(rows[-1].at, shown))


def list_acts(session: Session, viewer: Viewer) -> list[str]:
    """Acts that stand in the log for this viewer."""
    return list(
        session.scalars(select(AuditRow.act).where(readable_by(viewer)).distinct().order_by(AuditRow.act))
    )


def list_actors(session: Session, viewer: Viewer) -> list[PersonRow]:
    """People with a line of their own that this viewer may read."""
    ids = select(AuditRow.person_id).where(readable_by(viewer), AuditRow.person_id.is_not(None)).distinct()
    return list(session.scalars(select(PersonRow).where(PersonRow.id.in_(ids)).order_by(PersonRow.username)))


def name_subjects(session: Session, viewer: Viewer, rows: list[AuditRow]) -> dict[tuple[str, str], str]:
    """What the lines are about, in a few words each; what has no name here keeps none."""
    ids: dict[str, set[str]] = {}
    for row in rows:
        ids.setdefault(row.subject, set()).add(row.subject_id)
    names: dict[tuple[str, str], str] = {}
    people = {int(id) for id in ids.get("person", ()) if id.isdecimal()}
    for person_id, username, full_name in session.execute(
        select(PersonRow.id, PersonRow.username, PersonRow.full_name).where(PersonRow.id.in_(people))
    ):
        names["person", str(person_id)] = f"{full_name} ({username})"
    for inspection_id, number, kind, name in session.execute(
        select(InspectionRow.id, InspectionRow.number, UnitRow.kind, UnitRow.name)
        .join(UnitRow, UnitRow.id == InspectionRow.unit_id)
        .where(InspectionRow.id.in_(ids.get("inspection", ())), visible_to(viewer))
    ):
        names["inspection", inspection_id] = f"{number} ({kind} {name})" if number else f"{kind} {name}"
    plain = (
        ("campaign", CampaignRow.id, CampaignRow.number),
        ("finding", FindingRow.id, FindingRow.code),
        ("submission", SubmissionRow.id, SubmissionRow.code),
    )
    for subject, id_column, name_column in plain:
        for id, name in session.execute(
            select(id_column, name_column).where(id_column.in_(ids.get(subject, ())))
        ):
            names[subject, id] = name
    return names
