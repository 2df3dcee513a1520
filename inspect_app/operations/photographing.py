"""Photos on their way in: bytes become evidence before any write transaction begins, rows follow in one.

At receipt only the type, the size in pixels and the structural end are looked at (exchange/photos.py). A damaged file
is kept as well and shown to the reviewer: evidence is never refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.domain.answers import Fault
from inspect_app.exchange.photos import MESSAGES, ExifFacts, PhotoFacts, inspect_file, read_capture
from inspect_app.storage.base import insert_into
from inspect_app.storage.evidence import EvidenceStore, Stored
from inspect_app.storage.submissions import BlobRow, PhotoRow

from .desk import Desk


@dataclass(frozen=True)
class Capture:
    """What the page says of a photo's taking. Said, not proven: it stands beside the EXIF, never instead of it."""

    taken_at: datetime | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy: float | None = None
    source: str = ""
    original_sha256: str | None = None
    original_size: int | None = None


@dataclass(frozen=True)
class Upload:
    """A file of the checklist page, wholly on disk. `stored` is None for a file of zero bytes."""

    question: str
    name: str
    stored: Stored | None
    capture: Capture = field(default_factory=Capture)


@dataclass(frozen=True)
class Arrived:
    upload: Upload
    stored: Stored
    facts: PhotoFacts
    exif: ExifFacts


def keep_uploads(evidence: EvidenceStore, uploads: Iterable[Upload]) -> tuple[list[Arrived], list[Fault]]:
    """Make every file durable under its hash; returns what arrived and a fault for each file that is no good photo.

    Call before the write transaction begins: it waits for the disk.
    """
    arrived: list[Arrived] = []
    faults: list[Fault] = []
    for upload in uploads:
        if upload.stored is None:
            faults.append(Fault(f"{upload.question}_photo", MESSAGES["empty"]))
            continue
        facts = inspect_file(upload.stored.path, declared_name=upload.name)
        exif = read_capture(upload.stored.path)
        evidence.keep(upload.stored, facts.media_type)
        arrived.append(Arrived(upload, upload.stored, facts, exif))
        if facts.problem:
            faults.append(Fault(f"{upload.question}_photo", MESSAGES[facts.problem]))
    return arrived, faults


def record_photos(desk: Desk, submission_id: str, arrived: Iterable[Arrived]) -> None:
    """Note the photos of a draft; the same bytes under the same question are noted once."""
    position = int(
        desk.session.scalar(
            select(func.max(PhotoRow.position)).where(PhotoRow.submission_id == submission_id)
        )
        or 0
    )
    for item in arrived:
        _insert_blob(desk.session, desk.now, item)
        existing = desk.session.scalar(
            select(PhotoRow).where(
                PhotoRow.submission_id == submission_id,
                PhotoRow.question == item.upload.question,
                PhotoRow.sha256 == item.stored.sha256,
            )
        )
        if existing is not None:
            existing.state = _state(item) if existing.state in ("removed", "expected") else existing.state
            continue
        position += 1
        desk.session.add(_row(desk, submission_id, position, item))
        desk.session.flush()


def _state(item: Arrived) -> str:
    return "stored" if item.facts.sound else "damaged"


def _insert_blob(session: Session, now: datetime, item: Arrived) -> None:
    """The bytes are on disk under their hash whoever inserts first, so a lost race loses nothing."""
    session.execute(
        insert_into(session, BlobRow)
        .values(
            sha256=item.stored.sha256,
            size=item.stored.size,
            media_type=item.facts.media_type,
            width=item.facts.width,
            height=item.facts.height,
            problem=item.facts.problem,
            stored_at=now,
        )
        .on_conflict_do_nothing()
    )


def _row(desk: Desk, submission_id: str, position: int, item: Arrived) -> PhotoRow:
    capture, exif = item.upload.capture, item.exif
    return PhotoRow(
        submission_id=submission_id,
        question=item.upload.question,
        position=position,
        state=_state(item),
        sha256=item.stored.sha256,
        size=item.stored.size,
        name=item.upload.name[:120],
        taken_at=capture.taken_at or exif.taken_at,
        lat=capture.lat if capture.lat is not None else exif.lat,
        lon=capture.lon if capture.lon is not None else exif.lon,
        accuracy=capture.accuracy,
        source=capture.source,
        original_sha256=capture.original_sha256,
        original_size=capture.original_size,
        exif={
            "taken_at": exif.taken_at.isoformat() if exif.taken_at else None,
            "lat": exif.lat,
            "lon": exif.lon,
            "device": exif.device,
            "orientation": exif.orientation,
        },
        person_id=desk.viewer.person_id,
        received_at=desk.now,
    )
