"""Photos on their way in pieces: each piece is a row, so that any server goes on where another was cut off.

Pieces live in the database, not in a file of one server: a piece and the count of what has come are then durable in
one commit. They are small and short-lived; the whole photo becomes evidence and its pieces go.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    delete,
    exists,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from inspect_app.domain.problems import N_, NotFound
from inspect_app.domain.tus import Announced

from .base import Base, Uuid, insert_rows, new_id
from .people import PersonRow
from .submissions import PhotoRow

SPACE = 6167  # of advisory locks; repeat_locks.py has its own
PATIENCE = timedelta(hours=1)  # photos may overtake their checklist by as much before anybody is told


class UploadRow(Base):
    """`state`: open, complete (the photo is evidence), mismatched (what came is not the file that was announced)."""

    __tablename__ = "upload"
    __table_args__ = (
        Index("ix_upload_submission_id", "submission_id"),
        Index("ix_upload_state_expires_at", "state", "expires_at"),
    )

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    submission_id: Mapped[str] = mapped_column(Uuid)  # may come later than its photos
    photo_id: Mapped[str] = mapped_column(Uuid)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(120))
    received: Mapped[int] = mapped_column(BigInteger, default=0)  # bytes, the offset of tus
    state: Mapped[str] = mapped_column(String(10), default="open")
    exif: Mapped[dict[str, Any]] = mapped_column(default=dict)  # for the photo's row, which may come later
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class UploadPieceRow(Base):
    __tablename__ = "upload_piece"

    upload_id: Mapped[str] = mapped_column(ForeignKey("upload.id", ondelete="CASCADE"), primary_key=True)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary)


def hold_submission(session: Session, submission_id: str) -> None:
    """A submission and its photos come by different doors at the same moment: who links them goes in turn."""
    if session.get_bind().dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(:space, hashtext(:id))")
        session.execute(lock, {"space": SPACE, "id": submission_id})


def get_upload(session: Session, upload_id: str, person_id: int) -> UploadRow:
    """One's own upload, as it is now in the database."""
    row = session.get(UploadRow, upload_id, populate_existing=True)
    if row is None or row.person_id != person_id:
        raise NotFound(N_("Không có lần tải lên này, hoặc đã quá hạn. Hãy gửi lại ảnh từ đầu."))
    return row


def find_upload(session: Session, wanted: Announced, person_id: int) -> UploadRow | None:
    """The upload of a photo that is on its way or here, the one that has got furthest."""
    query = select(UploadRow).where(
        UploadRow.submission_id == wanted.submission,
        UploadRow.photo_id == wanted.photo,
        UploadRow.sha256 == wanted.sha256,
        UploadRow.size == wanted.size,
        UploadRow.person_id == person_id,
        UploadRow.state.in_(("open", "complete")),
    )
    return session.scalar(query.order_by(UploadRow.received.desc(), UploadRow.id).limit(1))


def add_piece(session: Session, upload_id: str, start: int, data: bytes, expires_at: datetime) -> bool:
    """Append to what has come; false when another request has appended there first."""
    moved = session.execute(
        update(UploadRow)
        .where(UploadRow.id == upload_id, UploadRow.received == start, UploadRow.state == "open")
        .where(UploadRow.size >= start + len(data))
        .values(received=start + len(data), expires_at=expires_at)
        .execution_options(synchronize_session=False)
    )
    if not moved.rowcount:  # type: ignore[attr-defined]
        return False
    insert_rows(session, UploadPieceRow, [{"upload_id": upload_id, "start": start, "data": data}])
    return True


def pieces(session: Session, upload_id: str) -> Iterator[bytes]:
    """What has come, in order, one piece in memory at a time."""
    query = select(UploadPieceRow.data).where(UploadPieceRow.upload_id == upload_id)
    yield from session.scalars(query.order_by(UploadPieceRow.start).execution_options(yield_per=1))


def drop_pieces(session: Session, upload_id: str) -> None:
    session.execute(delete(UploadPieceRow).where(UploadPieceRow.upload_id == upload_id))


def drop_upload(session: Session, upload_id: str) -> None:
    drop_pieces(session, upload_id)
    session.execute(delete(UploadRow).where(UploadRow.id == upload_id))


def list_complete(session: Session, submission_id: str, person_id: int) -> dict[str, UploadRow]:
    """The photos that came for a submission from this person, whole, by their hash."""
    query = select(UploadRow).where(UploadRow.submission_id == submission_id)
    rows = session.scalars(query.where(UploadRow.person_id == person_id, UploadRow.state == "complete"))
    return {row.sha256: row for row in rows}


def drop_expired(session: Session, now: datetime) -> int:
    """Remove uploads that nobody went on with, and complete ones whose photo has long had its place; how many.

    A photo that came without a checklist stays: it is evidence, and nobody has told whose.
    """
    over = UploadRow.state.in_(("open", "mismatched")) | (UploadRow.state == "complete") & _has_its_place()
    expired = select(UploadRow.id).where(UploadRow.expires_at < now, over)
    ids = list(session.scalars(expired))
    for upload_id in ids:
        drop_upload(session, upload_id)
    return len(ids)


def _has_its_place() -> ColumnElement[bool]:
    """Whether a submission lists the photo; its state there is none of our business."""
    return exists().where(
        PhotoRow.submission_id == UploadRow.submission_id, PhotoRow.sha256 == UploadRow.sha256
    )


@dataclass(frozen=True, slots=True)
class LonePhotos:
    """Photos that one person sent whole for one submission, and no checklist that came lists them."""

    submission_id: str
    sender: str
    count: int
    size: int
    first: datetime
    last: datetime


def list_lone_photos(session: Session, now: datetime) -> list[LonePhotos]:
    """What has waited for its checklist for an hour and more, oldest first."""
    first = func.min(UploadRow.created_at)
    rows = session.execute(
        select(
            UploadRow.submission_id, PersonRow.full_name, func.count(UploadRow.sha256.distinct()),
            func.sum(UploadRow.size), first, func.max(UploadRow.created_at),
        )
        .join(PersonRow, PersonRow.id == UploadRow.person_id)
        .where(UploadRow.state == "complete", UploadRow.created_at < now - PATIENCE, ~_has_its_place())
        .group_by(UploadRow.submission_id, PersonRow.id, PersonRow.full_name)
        .order_by(first, UploadRow.submission_id)
        .limit(200)
    )  # fmt: skip
    return [LonePhotos(id, name, count, int(size), *times) for id, name, count, size, *times in rows]
