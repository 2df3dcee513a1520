"""What arrived: submissions, their photos, drafts, and the file records of the evidence store.

A submission is never changed after it is received; only its settlement (`status`) is written later. Its id is the
primary key: that constraint, not a check in code, makes a repeated post one record.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint, exists, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from inspect_app.domain.problems import N_, NotFound

from .audit import watch_growth
from .base import Base, Uuid, new_id
from .inspections import InspectionRow
from .people import PersonRow


class SubmissionRow(Base):
    __tablename__ = "submission"
    __table_args__ = (Index("ix_submission_status_received_at", "status", "received_at"),)

    id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    inspection_id: Mapped[str | None] = mapped_column(ForeignKey("inspection.id"), index=True)
    checklist_version_id: Mapped[int | None] = mapped_column(ForeignKey("checklist_version.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    door: Mapped[str] = mapped_column(String(10))  # page, json, sealed, import
    status: Mapped[str] = mapped_column(String(10))  # accepted, kept, placed, set_aside
    reasons: Mapped[list[Any]] = mapped_column(
        default=list
    )  # why a person must look: slugs of domain/receipts.py
    faults: Mapped[list[Any]] = mapped_column(default=list)
    answers: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    replaces: Mapped[str | None] = mapped_column(Uuid)
    code: Mapped[str] = mapped_column(String(12), index=True)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    clock_offset: Mapped[int | None]  # seconds from the sending phone's clock to ours, as measured at sending
    # What was made of it and of a team-mate's submission: {with, taken, conflicts}, see domain/merging.py.
    merge: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    settled_by: Mapped[int | None]
    settled_at: Mapped[datetime | None]

    inspection: Mapped[InspectionRow | None] = relationship()
    person: Mapped[PersonRow] = relationship()


class SubmissionDocumentRow(Base):
    """Every document as it came: the first one of an id, and each other content that came under the same id."""

    __tablename__ = "submission_document"

    submission_id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    document: Mapped[dict[str, Any]]
    person_id: Mapped[int]
    received_at: Mapped[datetime]


watch_growth("submission_document")


class DraftRow(Base):
    """A checklist page kept on the server before it is sent: after a fault, or by the button Lưu nháp."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("inspection_id", "person_id"),)

    submission_id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    inspection_id: Mapped[str] = mapped_column(ForeignKey("inspection.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    answers: Mapped[dict[str, Any]]
    replaces: Mapped[str | None] = mapped_column(Uuid)
    started_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class BlobRow(Base):
    """A file in the evidence store, named by its content. Written once, never changed, never deleted."""

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str | None] = mapped_column(String(40))
    width: Mapped[int | None]
    height: Mapped[int | None]
    problem: Mapped[str | None] = mapped_column(String(30))  # slug of exchange/photos.py, found at receipt
    unreadable_at: Mapped[datetime | None]  # pixels failed to decode at the first view
    stored_at: Mapped[datetime]


class PhotoRow(Base):
    """A photo of an answer with its capture record. `state`: expected, stored, damaged, removed, beside.

    `beside` came with another content under the id of a submission that was received before.
    """

    __tablename__ = "photo"
    __table_args__ = (
        UniqueConstraint("submission_id", "question", "sha256"),
        Index("ix_photo_sha256", "sha256"),
    )

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    submission_id: Mapped[str] = mapped_column(Uuid)  # of a draft or of a submission
    question: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(120), default="")
    taken_at: Mapped[datetime | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    accuracy: Mapped[float | None]
    source: Mapped[str] = mapped_column(String(10), default="")
    original_sha256: Mapped[str | None] = mapped_column(String(64))
    original_size: Mapped[int | None] = mapped_column(BigInteger)
    caption: Mapped[str] = mapped_column(String(300), default="")
    covers: Mapped[str | None] = mapped_column(Uuid)  # the untouched photo that this blurred copy hides
    covered: Mapped[bool] = mapped_column(default=False)  # such an untouched photo: for reviewers only
    exif: Mapped[dict[str, Any]] = mapped_column(default=dict)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    received_at: Mapped[datetime]


ARRIVED = ("stored", "damaged")  # the bytes are here
LISTED = PhotoRow.state.not_in(("removed", "beside"))  # the photos that a draft or a submission consists of

UNCOVERED = PhotoRow.covered.is_(False)  # what may be shown to who may not open originals


def get_submission(session: Session, submission_id: str) -> SubmissionRow:
    row = session.get(SubmissionRow, submission_id)
    if row is None:
        raise NotFound(N_("Không tìm thấy biên nhận này."))
    return row


def list_photos(session: Session, submission_id: str, *, covered: bool = True) -> list[PhotoRow]:
    """Photos of a draft or submission that were not taken out, in the order of questions and positions.

    `covered`: also those that a blurred copy covers.
    """
    query = select(PhotoRow).where(PhotoRow.submission_id == submission_id, LISTED)
    if not covered:
        query = query.where(UNCOVERED)
    return list(session.scalars(query.order_by(PhotoRow.question, PhotoRow.position, PhotoRow.id)))


def list_announced(session: Session, submission_id: str, sha256: str, person_id: int) -> list[PhotoRow]:
    """The photos of these bytes that a person's submission lists, whether their bytes are here or not."""
    query = select(PhotoRow).where(PhotoRow.submission_id == submission_id, PhotoRow.sha256 == sha256)
    return list(session.scalars(query.where(PhotoRow.person_id == person_id)))


def list_awaited(session: Session, submission_id: str, sha256: str, person_id: int) -> list[PhotoRow]:
    """The photos of these bytes that other submissions of the same visit wait for: corrections, what was merged."""
    visit = select(SubmissionRow.inspection_id).where(
        SubmissionRow.id == submission_id, SubmissionRow.person_id == person_id
    )
    of_visit = select(SubmissionRow.id).where(SubmissionRow.inspection_id == visit.scalar_subquery())
    query = select(PhotoRow).where(PhotoRow.sha256 == sha256, PhotoRow.state == "expected")
    return list(session.scalars(query.where(PhotoRow.submission_id.in_(of_visit))))


def list_photo_keys(session: Session, submission_id: str) -> list[tuple[str, str, int]]:
    """Question, SHA-256 and size of the photos that `list_photos` lists, in its order."""
    rows = session.execute(
        select(PhotoRow.question, PhotoRow.sha256, PhotoRow.size)
        .where(PhotoRow.submission_id == submission_id, LISTED)
        .order_by(PhotoRow.question, PhotoRow.position, PhotoRow.id)
    )
    return [(question, sha256, size) for question, sha256, size in rows]


def find_draft(session: Session, inspection_id: str, person_id: int) -> DraftRow | None:
    return session.scalar(
        select(DraftRow).where(DraftRow.inspection_id == inspection_id, DraftRow.person_id == person_id)
    )


def is_held_by_another(session: Session, submission_id: str, person_id: int) -> bool:
    """Whether another person's draft, or photos on their way into it, already stand under an id nobody has sent yet."""
    draft = exists().where(DraftRow.submission_id == submission_id, DraftRow.person_id != person_id)
    photos = exists().where(PhotoRow.submission_id == submission_id, PhotoRow.person_id != person_id)
    return bool(session.scalar(select(or_(draft, photos))))


def list_submissions(session: Session, inspection_id: str) -> list[SubmissionRow]:
    return list(
        session.scalars(
            select(SubmissionRow)
            .where(SubmissionRow.inspection_id == inspection_id)
            .order_by(SubmissionRow.received_at, SubmissionRow.id)
        )
    )
