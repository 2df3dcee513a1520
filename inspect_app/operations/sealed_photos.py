"""Photos out of sealed rows: their pieces go the way of tus, on from where the server's upload stands."""

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inspect_app.domain.phone_rows import piece_size
from inspect_app.domain.problems import Conflict
from inspect_app.domain.text import nfc
from inspect_app.domain.tus import LARGEST, Announced
from inspect_app.storage.evidence import EvidenceStore
from inspect_app.storage.submissions import PhotoRow
from inspect_app.storage.uploads import find_upload

from . import uploading
from .sealed_rows import PersonRows
from .uploading import OpenDesk

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class TakenPhoto:
    """Where a photo stands: `received` of its bytes are here. `submission`: under which the server holds it.

    `state`: open, complete, mismatched (what came is not what was announced, and is asked for anew), unreadable.
    """

    photo: str
    submission: str
    sha256: str
    size: int
    received: int
    state: str


def take_photo(
    open_desk: OpenDesk, evidence: EvidenceStore, rows: PersonRows, photo: str, held: Mapping[str, str]
) -> TakenPhoto:
    """Add what the rows have of a photo. `held`: under which id the server holds each record of these rows."""
    wanted = _announced(rows, photo)
    if wanted is None:
        return TakenPhoto(photo, "", "", 0, 0, "unreadable")
    with open_desk(writing=True) as desk:
        desk.one_at_a_time()  # a page and its service worker may send the same photo at once
        there = held.get(wanted.submission) or _listed_under(
            desk.session.get(PhotoRow, photo), wanted, desk.viewer.person_id
        )
        wanted = Announced(there, photo, wanted.sha256, wanted.name, wanted.size)
        row = find_upload(desk.session, wanted, desk.viewer.person_id) or uploading.announce(desk, wanted)
    try:
        if row.state == "open":
            uploading.append(open_desk, row.id, row.received, _pieces(rows, photo, row.received))
    except Conflict:
        pass  # another request brings it; where it stands now is said below
    row = uploading.finish(open_desk, evidence, row.id)
    received = 0 if row.state == "mismatched" else row.received
    return TakenPhoto(photo, there, row.sha256, row.size, received, row.state)


def _announced(rows: PersonRows, photo: str) -> Announced | None:
    """What the photo's own row says of it; None if it says nothing that can be used."""
    clear, said = rows.clear("photos", photo), rows.said("photos", photo)
    submission, sha256, size = (clear.get(name) for name in ("submission", "sha256", "size"))
    if said is None or said.get("submission", submission) != submission:
        return None
    if not (
        isinstance(sha256, str) and _SHA256.fullmatch(sha256) and type(size) is int and 0 < size <= LARGEST
    ):
        return None
    try:
        ids = str(uuid.UUID(str(submission))), str(uuid.UUID(photo))
    except ValueError:
        return None
    return Announced(*ids, sha256, nfc(str(said.get("name") or ""))[:120], size)


def _listed_under(listed: PhotoRow | None, wanted: Announced, person_id: int) -> str:
    """The submission that lists the photo: the server may hold the record under another id than the phone."""
    own = listed is not None and (listed.person_id, listed.sha256) == (person_id, wanted.sha256)
    return listed.submission_id if listed is not None and own else wanted.submission


def _pieces(rows: PersonRows, photo: str, at: int) -> Iterator[bytes]:
    """What follows byte `at`, as far as the rows have it without a gap."""
    size = piece_size(rows.clear("photos", photo))
    while (plain := rows.open("pieces", f"{photo}:{at // size:04}")) is not None:
        left = plain[at % size : size]
        if not left:
            return
        yield left
        at += len(left)
