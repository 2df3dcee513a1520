"""Photos on their way in: bytes become evidence before any write transaction begins, rows follow in one.

At receipt only the type, the size in pixels and the structural end are looked at (exchange/photos.py). A damaged file
is kept as well and shown to the reviewer: evidence is never refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inspect_app.domain.answers import Fault
from inspect_app.exchange.photos import MESSAGES, ExifFacts, PhotoFacts, inspect_file, read_capture
from inspect_app.storage.base import insert_into, insert_rows, new_id
from inspect_app.storage.evidence import EvidenceStore, Stored
from inspect_app.storage.submissions import BlobRow, PhotoRow, list_photos

from .desk import Desk


@dataclass(frozen=True)
class Capture:
    """What is known of a photo's taking besides its EXIF, and goes before it. An ordinary form says nothing."""

    taken_at: datetime | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy: float | None = None
    source: str = ""


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
        arrived.append(_look_at(upload, upload.stored))
        if problem := arrived[-1].facts.problem:
            faults.append(Fault(f"{upload.question}_photo", MESSAGES[problem]))
    evidence.keep_many([(item.stored, item.facts.media_type) for item in arrived])
    return arrived, faults


def keep_arrived(evidence: EvidenceStore, upload: Upload) -> Arrived:
    """Make one file that came by itself durable under its hash; call while no write transaction is open."""
    assert upload.stored is not None
    arrived = _look_at(upload, upload.stored)
    evidence.keep(upload.stored, arrived.facts.media_type)
    return arrived


def _look_at(upload: Upload, stored: Stored) -> Arrived:
    facts = inspect_file(stored.path, declared_name=upload.name)
    return Arrived(upload, stored, facts, read_capture(stored.path))


def record_photos(
    desk: Desk, submission_id: str, arrived: Sequence[Arrived], *, beside: bool = False
) -> None:
    """Note the photos of a draft; the same bytes under the same question are noted once.

    `beside`: they come under the id of what was sent before, whose photos stay as they are.
    """
    if not arrived:
        return
    insert_blobs(desk.session, desk.now, arrived)
    held = desk.session.scalars(select(PhotoRow).where(PhotoRow.submission_id == submission_id)).all()
    position = max((row.position for row in held), default=0)
    known = {(row.question, row.sha256): row for row in held}
    new: dict[tuple[str, str], dict[str, Any]] = {}
    for item in arrived:
        key = (item.upload.question, item.stored.sha256)
        if key in known:
            _returned(known[key], item, beside)
        elif key not in new:
            new[key] = _row(desk, submission_id, position + len(new) + 1, item)
            new[key]["state"] = "beside" if beside else new[key]["state"]
    insert_rows(desk.session, PhotoRow, list(new.values()))


def _returned(row: PhotoRow, item: Arrived, beside: bool) -> None:
    """The bytes of a photo that is noted already: an announced one has come, one taken out is back."""
    if row.state == "expected":
        fill_announced(row, item)
    elif row.state == "removed" and not beside:
        row.state = _state(item)


def fill_announced(row: PhotoRow, item: Arrived) -> None:
    """The bytes of a photo that its submission announced have come."""
    if row.state == "expected":
        row.state, row.name = _state(item), row.name or item.upload.name[:120]
        row.exif = exif_json(item.exif)


def _state(item: Arrived) -> str:
    return "stored" if item.facts.sound else "damaged"


def insert_blobs(session: Session, now: datetime, arrived: Sequence[Arrived]) -> None:
    """The bytes are on disk under their hash whoever inserts first, so a lost race loses nothing.

    In the order of their hashes, so that two who send the same photos at once never wait for each other in a ring.
    """
    rows = [
        {
            "sha256": item.stored.sha256,
            "size": item.stored.size,
            "media_type": item.facts.media_type,
            "width": item.facts.width,
            "height": item.facts.height,
            "problem": item.facts.problem,
            "stored_at": now,
        }
        for item in sorted(arrived, key=lambda item: item.stored.sha256)
    ]
    session.execute(insert_into(session, BlobRow).on_conflict_do_nothing(), rows)


def _row(desk: Desk, submission_id: str, position: int, item: Arrived) -> dict[str, Any]:
    capture, exif = item.upload.capture, item.exif
    return {
        "submission_id": submission_id,
        "question": item.upload.question,
        "position": position,
        "state": _state(item),
        "sha256": item.stored.sha256,
        "size": item.stored.size,
        "name": item.upload.name[:120],
        "taken_at": capture.taken_at or exif.taken_at,
        "lat": capture.lat if capture.lat is not None else exif.lat,
        "lon": capture.lon if capture.lon is not None else exif.lon,
        "accuracy": capture.accuracy,
        "source": capture.source,
        "exif": exif_json(exif),
        "person_id": desk.viewer.person_id,
        "received_at": desk.now,
    }


def exif_json(exif: ExifFacts) -> dict[str, Any]:
    """What the camera wrote into the file, as kept beside the photo."""
    return {
        "taken_at": exif.taken_at.isoformat() if exif.taken_at else None,
        "lat": exif.lat,
        "lon": exif.lon,
        "device": exif.device,
        "orientation": exif.orientation,
    }


def carry_photos_over(desk: Desk, old: str, new: str, removed: Sequence[str]) -> list[str]:
    """A correction begins with the photos of what it replaces.

    `removed` names photos as the page showed them; gives those names as they are now.
    """
    begun = desk.session.scalar(select(PhotoRow.id).where(PhotoRow.submission_id == new).limit(1))
    renamed = {} if begun else copy_photos(desk, old, new)
    return [renamed.get(photo_id, photo_id) for photo_id in removed]


def copy_photos(desk: Desk, old: str, new: str, *, as_own: bool = True) -> dict[str, str]:
    """List the photos of one submission under another too: the same bytes, none of them twice. Gives the id of each
    there. `as_own`: they become the actor's, since all photos of a draft are its owner's."""
    held = desk.session.scalars(select(PhotoRow).where(PhotoRow.submission_id == new))
    there = {(row.question, row.sha256): row for row in held}
    copies: dict[str, PhotoRow] = {}
    for photo in list_photos(desk.session, old):
        key = photo.question, photo.sha256
        if key not in there:
            kept = {name: getattr(photo, name) for name in COPIED}
            owner = desk.viewer.person_id if as_own else photo.person_id
            there[key] = PhotoRow(id=new_id(), submission_id=new, person_id=owner, **kept)
            desk.session.add(there[key])
        copies[photo.id] = there[key]
    for copy in copies.values():
        if copy.covers in copies:
            copy.covers = copies[copy.covers].id
    desk.session.flush()
    return {photo_id: copy.id for photo_id, copy in copies.items()}


COPIED = tuple(
    column.key
    for column in PhotoRow.__table__.columns
    if column.key not in ("id", "submission_id", "person_id")
)


def remove_photos(desk: Desk, submission_id: str, photo_ids: Sequence[str]) -> None:
    """Take photos out of a draft of one's own, a blurred copy with the photo it covers. The bytes stay in the store;
    the row says it was removed."""
    if photo_ids:
        own = PhotoRow.submission_id == submission_id
        covered = select(PhotoRow.covers).where(own, PhotoRow.id.in_(photo_ids), PhotoRow.covers.is_not(None))
        covered_ids = desk.session.scalars(covered).all()
        taken_out = PhotoRow.id.in_([*photo_ids, *filter(None, covered_ids)])
        desk.session.execute(update(PhotoRow).where(own, taken_out).values(state="removed"))
