"""Seeing evidence: who may see which photo, derivatives made at the first view, and a line for every original.

A file whose pixels cannot be read is flagged for the reviewer and stays where it is: evidence is never deleted.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import update

from inspect_app.domain.people import Act
from inspect_app.domain.receipts import photo_name
from inspect_app.exchange.photos import SCREEN, THUMB, Undecodable, make_derivative
from inspect_app.storage.evidence import EvidenceStore
from inspect_app.storage.photo_access import get_photo_for, place_in_question
from inspect_app.storage.submissions import BlobRow

from .desk import Desk

BOXES = {"thumb": THUMB, "screen": SCREEN}


@dataclass(frozen=True)
class Viewing:
    """A photo that may be seen. `name` is the readable ASCII name under which the original leaves the program."""

    photo_id: str
    sha256: str
    size: int
    media_type: str | None
    name: str
    unreadable_at: datetime | None
    covered: bool


def find_viewing(desk: Desk, photo_id: str, *, original: bool = False) -> Viewing:
    """The photo, if this person may see it; NotFound else, as for one that is not there. Forbidden by role first."""
    if original:
        desk.require(Act.SEE_ORIGINALS)
    found = get_photo_for(desk.session, desk.viewer, photo_id)
    unit = desk.gazetteer.by_id(found.unit_id).code if found.unit_id else "chua-ro"
    position = place_in_question(desk.session, found)
    number = found.number or found.submission_id[:8]
    return Viewing(
        photo_id=found.id,
        sha256=found.sha256,
        size=found.size,
        media_type=found.media_type,
        name=photo_name(unit, number, found.question.upper().replace("_", "-"), position, found.media_type),
        unreadable_at=found.unreadable_at,
        covered=found.covered,
    )


def open_derivative(evidence: EvidenceStore, viewing: Viewing, kind: str) -> BinaryIO:
    """The thumbnail or screen size, made now if nobody has looked before. Raises Undecodable, NotFound.

    Call outside every transaction: decoding takes up to a second.
    """
    if viewing.unreadable_at is not None:
        raise Undecodable("unreadable")
    return evidence.derivative(viewing.sha256, kind, partial(_make, BOXES[kind]))


def _make(box: int, source: Path, target: Path) -> None:
    make_derivative(source, target, box)


def flag_unreadable(desk: Desk, viewing: Viewing, reason: str) -> None:
    """Note once that the pixels of a file cannot be read. The file stays as it came."""
    done = desk.session.execute(
        update(BlobRow)
        .where(BlobRow.sha256 == viewing.sha256, BlobRow.unreadable_at.is_(None))
        .values(unreadable_at=desk.now)
        .returning(BlobRow.sha256)
    ).first()
    if done is not None:
        desk.audit("photo_unreadable", "photo", viewing.photo_id, reason=reason)


def note_original(desk: Desk, viewing: Viewing) -> None:
    """Every look at an original is noted: it may show names, places and papers of citizens."""
    desk.require(Act.SEE_ORIGINALS)
    desk.audit("photo_original_viewed", "photo", viewing.photo_id, sha256=viewing.sha256)
