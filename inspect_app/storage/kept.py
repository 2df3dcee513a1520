"""What was kept for a person to settle: submissions, other contents under a known id, and photos in trouble.

Whether another content was seen is told by the audit log itself: documents are never changed, not even to be ticked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from inspect_app.domain.problems import N_, NotFound

from .audit import AuditRow
from .inspections import InspectionMemberRow, InspectionRow, Viewer, visible_to
from .people import PersonRow
from .submissions import LISTED, BlobRow, PhotoRow, SubmissionDocumentRow, SubmissionRow

LIMIT = 200
SET_ASIDE = "document_set_aside"


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A kept submission; `number` and `unit_id` only where the inspection is known and the viewer may know of it."""

    id: str
    code: str
    reasons: list[str]
    received_at: datetime
    sender: str
    inspection_id: str | None
    number: str | None
    unit_id: int | None


@dataclass(frozen=True, slots=True)
class OtherContent:
    """A second content that came under an id that was taken; the first one counts."""

    submission_id: str
    content_hash: str
    received_at: datetime
    sender: str
    number: str | None


@dataclass(frozen=True, slots=True)
class TroubledPhoto:
    """A photo that is damaged, cannot be decoded, or was announced and has not come."""

    id: str
    submission_id: str
    question: str
    state: str
    problem: str
    received_at: datetime
    sender: str
    inspection_id: str | None
    number: str | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """A line of the audit log about a submission, with the name of who acted."""

    at: datetime
    person: str
    act: str
    detail: Mapping[str, Any]


def seen_kept(viewer: Viewer) -> ColumnElement[bool]:
    """Kept documents whose visit the viewer may know of, or that name none we know."""
    return or_(SubmissionRow.inspection_id.is_(None), visible_to(viewer))


def list_kept(session: Session, viewer: Viewer) -> list[KeptLine]:
    """The submissions that wait, oldest first."""
    rows = session.execute(
        select(
            SubmissionRow.id, SubmissionRow.code, SubmissionRow.reasons, SubmissionRow.received_at,
            PersonRow.full_name, SubmissionRow.inspection_id, InspectionRow.number, InspectionRow.unit_id,
        )
        .join(PersonRow, PersonRow.id == SubmissionRow.person_id)
        .outerjoin(InspectionRow, InspectionRow.id == SubmissionRow.inspection_id)
        .where(SubmissionRow.status == "kept", seen_kept(viewer))
        .order_by(SubmissionRow.received_at, SubmissionRow.id)
        .limit(LIMIT)
    )  # fmt: skip
    return [KeptLine(*row) for row in rows]


def get_kept(session: Session, viewer: Viewer, submission_id: str, *, lock: bool = False) -> SubmissionRow:
    """A submission that needs or needed settling; NotFound for one the viewer may not know of."""
    query = (
        select(SubmissionRow)
        .outerjoin(InspectionRow, InspectionRow.id == SubmissionRow.inspection_id)
        .where(SubmissionRow.id == submission_id, seen_kept(viewer))
        .execution_options(populate_existing=True)
    )
    row = session.scalar(query.with_for_update(of=SubmissionRow) if lock else query)
    if row is None:
        raise NotFound(N_("Không tìm thấy phiếu này."))
    return row


def document_key(submission_id: str, content_hash: str) -> str:
    """How the audit log names one document of a submission (its column holds 60 letters)."""
    return f"{submission_id}:{content_hash[:20]}"


def list_other_contents(
    session: Session, viewer: Viewer, submission_id: str | None = None
) -> list[OtherContent]:
    """Contents that came under a taken id and that nobody has set aside, oldest first; of one submission or of all."""
    query = (
        select(
            SubmissionDocumentRow.submission_id, SubmissionDocumentRow.content_hash,
            SubmissionDocumentRow.received_at, PersonRow.full_name, InspectionRow.number,
        )
        .join(SubmissionRow, SubmissionRow.id == SubmissionDocumentRow.submission_id)
        .join(PersonRow, PersonRow.id == SubmissionDocumentRow.person_id)
        .outerjoin(InspectionRow, InspectionRow.id == SubmissionRow.inspection_id)
        .where(SubmissionDocumentRow.content_hash != SubmissionRow.content_hash, seen_kept(viewer), ~_document_set_aside())
        .order_by(SubmissionDocumentRow.received_at, SubmissionDocumentRow.submission_id)
        .limit(LIMIT)
    )  # fmt: skip
    if submission_id is not None:
        query = query.where(SubmissionDocumentRow.submission_id == submission_id)
    return [OtherContent(*row) for row in session.execute(query)]


def came_with(document: Mapping[str, Any]) -> ColumnElement[bool]:
    """The photos that came beside what was received before, with this content."""
    hashes = [sha256 for _, sha256 in document.get("photos", ())]
    return and_(PhotoRow.state == "beside", PhotoRow.sha256.in_(hashes))


def _document_set_aside() -> ColumnElement[bool]:
    return exists().where(
        AuditRow.subject == "document",
        AuditRow.subject_id
        == SubmissionDocumentRow.submission_id + ":" + func.substr(SubmissionDocumentRow.content_hash, 1, 20),
        AuditRow.act == SET_ASIDE,
    )


def list_contents_beside(session: Session, submission: SubmissionRow) -> list[tuple[str, datetime]]:
    """Hash and time of what the sender of a submission sent later under its id and nobody has settled, oldest first."""
    query = (
        select(SubmissionDocumentRow.content_hash, SubmissionDocumentRow.received_at)
        .where(
            SubmissionDocumentRow.submission_id == submission.id,
            SubmissionDocumentRow.person_id == submission.person_id,
            SubmissionDocumentRow.content_hash != submission.content_hash,
            ~_document_set_aside(),
        )
        .order_by(SubmissionDocumentRow.received_at)
    )
    return [(content_hash, received_at) for content_hash, received_at in session.execute(query)]


def list_waiting(session: Session, person_id: int, inspection_id: str) -> list[SubmissionRow]:
    """What a person sent for a visit before it was announced, kept for no other reason, oldest first."""
    query = (
        select(SubmissionRow)
        .join(
            SubmissionDocumentRow,
            and_(
                SubmissionDocumentRow.submission_id == SubmissionRow.id,
                SubmissionDocumentRow.content_hash == SubmissionRow.content_hash,
            ),
        )
        .where(SubmissionRow.status == "kept", SubmissionRow.person_id == person_id)
        .where(SubmissionRow.inspection_id.is_(None))
        .where(SubmissionDocumentRow.document["inspection"].as_string() == inspection_id)
        .order_by(SubmissionRow.received_at, SubmissionRow.id)
    )
    return [
        row for row in session.scalars(query) if set(row.reasons) <= {"unknown_inspection", "unknown_unit"}
    ]


def get_document(session: Session, submission_id: str, content_hash: str) -> SubmissionDocumentRow:
    row = session.get(SubmissionDocumentRow, (submission_id, content_hash))
    if row is None:
        raise NotFound(N_("Không tìm thấy phiếu này."))
    return row


def list_troubled_photos(session: Session, viewer: Viewer) -> list[TroubledPhoto]:
    """Of current submissions still under review and of kept ones; newest first."""
    under_review = and_(
        InspectionRow.current_submission_id == SubmissionRow.id,
        InspectionRow.state.in_(("submitted", "returned")),
    )
    rows = session.execute(
        select(
            PhotoRow.id, PhotoRow.submission_id, PhotoRow.question, PhotoRow.state, BlobRow.problem,
            BlobRow.unreadable_at, PhotoRow.received_at, PersonRow.full_name, SubmissionRow.inspection_id,
            InspectionRow.number,
        )
        .join(SubmissionRow, SubmissionRow.id == PhotoRow.submission_id)
        .join(PersonRow, PersonRow.id == PhotoRow.person_id)
        .outerjoin(BlobRow, BlobRow.sha256 == PhotoRow.sha256)
        .outerjoin(InspectionRow, InspectionRow.id == SubmissionRow.inspection_id)
        .where(seen_kept(viewer), LISTED)
        .where(or_(PhotoRow.state.in_(("damaged", "expected")), BlobRow.unreadable_at.is_not(None)))
        .where(or_(SubmissionRow.status == "kept", under_review))
        .order_by(PhotoRow.received_at.desc(), PhotoRow.id)
        .limit(LIMIT)
    )  # fmt: skip
    return [
        TroubledPhoto(
            id, submission_id, question, state,
            "expected" if state == "expected" else problem or ("unreadable" if unreadable_at else ""),
            received_at, sender, inspection_id, number,
        )
        for id, submission_id, question, state, problem, unreadable_at, received_at, sender, inspection_id, number in rows
    ]  # fmt: skip


def list_settlements(session: Session, submission_id: str) -> list[Settlement]:
    """What was done with a submission and its documents, oldest first."""
    rows = session.execute(
        select(AuditRow.at, PersonRow.full_name, AuditRow.act, AuditRow.detail)
        .outerjoin(PersonRow, PersonRow.id == AuditRow.person_id)
        .where(
            or_(
                and_(AuditRow.subject == "submission", AuditRow.subject_id == submission_id),
                and_(
                    AuditRow.subject == "document",
                    AuditRow.subject_id >= f"{submission_id}:",
                    AuditRow.subject_id < f"{submission_id};",
                ),
            )
        )
        .order_by(AuditRow.id)
    )
    return [Settlement(at, name or "", act, detail) for at, name, act, detail in rows]


def list_possible_inspections(session: Session, viewer: Viewer, person_id: int) -> list[InspectionRow]:
    """Visits of a sender's teams that the viewer may know of and that can still take a submission, newest first."""
    return list(
        session.scalars(
            select(InspectionRow)
            .join(InspectionMemberRow, InspectionMemberRow.inspection_id == InspectionRow.id)
            .where(InspectionMemberRow.person_id == person_id, visible_to(viewer))
            .where(InspectionRow.state.in_(("planned", "started", "submitted", "returned")))
            .order_by(InspectionRow.day.desc(), InspectionRow.id)
            .limit(40)
        ).unique()
    )


def find_by_number(session: Session, viewer: Viewer, number: str) -> InspectionRow | None:
    return session.scalar(
        select(InspectionRow).where(InspectionRow.number == number.strip().upper(), visible_to(viewer))
    )
