"""Takes in photos in pieces (tus 1.0): resumed at the byte after any break, on any server, and evidence when whole.

Photos may come before their submission or after it; whichever comes second finds the other. No transaction is open
while bytes are on their way.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, Conflict
from inspect_app.domain.tus import Announced
from inspect_app.storage import uploads
from inspect_app.storage.evidence import EvidenceStore
from inspect_app.storage.submissions import ARRIVED, list_announced, list_awaited
from inspect_app.storage.uploads import UploadRow

from .desk import Desk
from .photographing import Upload, exif_json, fill_announced, insert_blobs, keep_arrived

LIFE = timedelta(days=14)  # since the last piece; phones queue for a week
OpenDesk = Callable[..., AbstractContextManager[Desk]]  # (writing=bool): a desk on a transaction of its own


def announce(desk: Desk, wanted: Announced) -> UploadRow:
    """Begin an upload. A photo that is here already, in the sender's own submission, is complete at once."""
    desk.require(Act.INSPECT)
    uploads.drop_expired(desk.session, desk.now)
    held = list_announced(desk.session, wanted.submission, wanted.sha256, desk.viewer.person_id)
    here = any(photo.state in ARRIVED for photo in held)
    row = UploadRow(
        person_id=desk.viewer.person_id, submission_id=wanted.submission, photo_id=wanted.photo, sha256=wanted.sha256,
        size=wanted.size, name=wanted.name, received=wanted.size if here else 0, state="complete" if here else "open",
        created_at=desk.now, expires_at=desk.now + LIFE,
    )  # fmt: skip
    desk.session.add(row)
    desk.session.flush()
    return row


def append(open_desk: OpenDesk, upload_id: str, start: int, data: Iterable[bytes]) -> int:
    """Add pieces from byte `start` on, each durable when the next is read; gives where the upload stands.

    Conflict when the upload stands elsewhere: the phone asks where (HEAD) and goes on from there.
    """
    at = start
    with open_desk(writing=False) as desk:
        _check_at(uploads.get_upload(desk.session, upload_id, desk.viewer.person_id), start)
    for piece in data:
        with open_desk(writing=True) as desk:
            if not uploads.add_piece(desk.session, upload_id, at, piece, desk.now + LIFE):
                _check_at(uploads.get_upload(desk.session, upload_id, desk.viewer.person_id), at)
                raise Conflict(N_("Phần gửi lên dài hơn ảnh đã khai báo."))
        at += len(piece)
    return at


def _check_at(row: UploadRow, start: int) -> None:
    if row.received != start:
        raise Conflict(N_("Lần tải lên đang ở byte %(at)s."), at=row.received)


def finish(open_desk: OpenDesk, evidence: EvidenceStore, upload_id: str) -> UploadRow:
    """Where an upload stands; what has come whole becomes evidence first, also after a crash at this very point."""
    with open_desk(writing=False) as desk:
        row = uploads.get_upload(desk.session, upload_id, desk.viewer.person_id)
        if row.state != "open" or row.received < row.size:
            return row
        stored = evidence.receive(uploads.pieces(desk.session, upload_id))
    if stored.sha256 != row.sha256:
        evidence.discard(stored)
        with open_desk(writing=True) as desk:
            return _close(desk, upload_id, "mismatched")
    arrived = keep_arrived(evidence, Upload("", row.name, stored))
    with open_desk(writing=True) as desk:
        insert_blobs(desk.session, desk.now, [arrived])  # before the lock, in the order of all doors
        uploads.hold_submission(desk.session, row.submission_id)
        told = desk.session, row.submission_id, row.sha256, desk.viewer.person_id
        for photo in {*list_announced(*told), *list_awaited(*told)}:
            fill_announced(photo, arrived)
        return _close(desk, upload_id, "complete", exif_json(arrived.exif))


def _close(desk: Desk, upload_id: str, state: str, exif: dict[str, Any] | None = None) -> UploadRow:
    """End an upload. Where another request has ended it meanwhile its word stands: ours found the pieces gone."""
    row = uploads.get_upload(desk.session, upload_id, desk.viewer.person_id)
    if row.state == "open":
        row.state, row.exif = state, exif or {}
        uploads.drop_pieces(desk.session, upload_id)
    return row


def give_up(desk: Desk, upload_id: str) -> None:
    """Forget an upload that is not complete; a complete one stays, its photo is evidence."""
    row = uploads.get_upload(desk.session, upload_id, desk.viewer.person_id)
    if row.state != "complete":
        uploads.drop_upload(desk.session, upload_id)
