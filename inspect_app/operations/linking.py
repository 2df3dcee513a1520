"""Links the photos a document lists to the bytes that are here: of its draft, in pieces, or of what it corrects.

The bytes of the rest are expected. A blurred copy and the untouched photo it covers stay together.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select, update

from inspect_app.domain.documents import Document, PhotoClaim
from inspect_app.storage.base import new_id
from inspect_app.storage.submissions import ARRIVED, BlobRow, PhotoRow, SubmissionRow
from inspect_app.storage.uploads import hold_submission, list_complete

from .desk import Desk


def link_photos(desk: Desk, document: Document, visit: str | None, sources: Collection[str] = ()) -> None:
    """Note every photo of a document. `visit`: the inspection it belongs to; `sources`: submissions of that visit
    whose photos its sender need not send again."""
    for submission_id in (document.id, *sources) if document.photos else sources:
        hold_submission(desk.session, submission_id)
    if not document.photos:
        return
    linking = _Linking(desk, document, _here(desk, document.id, visit, sources))
    for claim in document.photos:
        linking.note(claim)
    hidden = linking.covered()
    desk.session.flush()
    if hidden and visit:
        _hide(desk, visit, hidden)


def _here(desk: Desk, submission_id: str, visit: str | None, sources: Collection[str]) -> Sequence[PhotoRow]:
    """The photos that stand under the document's id, and those of its sources."""
    wanted = PhotoRow.submission_id == submission_id
    if visit and sources:
        known = SubmissionRow.id.in_(sources), SubmissionRow.inspection_id == visit
        wanted = or_(wanted, PhotoRow.submission_id.in_(select(SubmissionRow.id).where(*known)))
    query = select(PhotoRow).where(wanted).execution_options(populate_existing=True)
    return desk.session.scalars(query).all()


def _hide(desk: Desk, visit: str, hashes: set[str]) -> None:
    """What is covered in one submission is for reviewers only in all submissions of the visit."""
    of_visit = select(SubmissionRow.id).where(SubmissionRow.inspection_id == visit)
    here = PhotoRow.sha256.in_(hashes), PhotoRow.submission_id.in_(of_visit)
    desk.session.execute(update(PhotoRow).where(*here).values(covered=True))


class _Linking:
    """The photos of one document in the making; `called` are they by the ids under which the document lists them."""

    def __init__(self, desk: Desk, document: Document, here: Sequence[PhotoRow]) -> None:
        self.desk, self.document = desk, document
        self.photos = {(row.question, row.sha256): row for row in here if row.submission_id == document.id}
        self.old = {row.id: row for row in here if row.submission_id != document.id}
        self.held = {row.sha256: row for row in [*here, *self.old.values()] if row.state in ARRIVED}
        self.called: dict[str, PhotoRow] = {}
        listed = {(claim.question, claim.sha256) for claim in document.photos}
        new = not listed <= self.photos.keys()
        self.come = list_complete(desk.session, document.id, desk.viewer.person_id) if new else {}
        blobs = select(BlobRow).where(BlobRow.sha256.in_(self.come))
        self.blobs = desk.session.scalars(blobs).all() if self.come else ()  # held, so that `get` finds them
        names = [claim.id for claim in document.photos if claim.id]
        taken = select(PhotoRow.id).where(PhotoRow.id.in_(names))
        self.taken = set(desk.session.scalars(taken)) if names else set()

    def note(self, claim: PhotoClaim) -> PhotoRow:
        key = claim.question, claim.sha256
        row = self.photos.get(key)
        if row is None:
            row = self.photos[key] = self._new(claim)
        elif row.state == "removed":  # taken out of the draft, and listed all the same
            row.state = self._state(row.sha256)
        _tell(row, claim)
        if held := self.held.get(claim.sha256):
            _tell(row, held)
        self.called.setdefault(claim.id, row)
        return row

    def _new(self, claim: PhotoClaim) -> PhotoRow:
        row = PhotoRow(
            id=claim.id if claim.id and claim.id not in self.taken else new_id(), submission_id=self.document.id,
            question=claim.question, position=len(self.photos) + 1, sha256=claim.sha256, size=claim.size,
            state="expected", person_id=self.desk.viewer.person_id, received_at=self.desk.now,
        )  # fmt: skip
        self.taken.add(row.id)
        if held := self.held.get(claim.sha256):
            row.state, row.name, row.exif, row.covered = held.state, held.name, held.exif, held.covered
        elif upload := self.come.get(claim.sha256):
            row.state, row.name, row.exif = self._state(claim.sha256), upload.name, upload.exif
        self.desk.session.add(row)
        return row

    def _state(self, sha256: str) -> str:
        return "damaged" if self.desk.session.get_one(BlobRow, sha256).problem else "stored"

    def covered(self) -> set[str]:
        """Note which photo each blurred copy covers; gives the hashes of what is covered."""
        hidden: set[str] = set()
        for claim in self.document.photos:
            row, held = self.photos[claim.question, claim.sha256], self.held.get(claim.sha256)
            covers = claim.covers or (held.covers if held else None)
            original = (self.called.get(covers) or self._carried(covers)) if covers else None
            if original is not None and original is not row:
                row.covers, original.covered = original.id, True
                hidden.add(original.sha256)
        return hidden

    def _carried(self, photo_id: str) -> PhotoRow | None:
        """The untouched photo of a copy that is listed again comes along: its team may not see that it is there."""
        original = self.old.get(photo_id)
        if original is None:
            return None
        row = self.note(PhotoClaim(original.question, original.sha256, original.size))
        row.person_id = original.person_id
        return self.called.setdefault(photo_id, row)


TOLD = ("taken_at", "lat", "lon", "accuracy", "source", "caption", "original_sha256", "original_size")


def _tell(row: PhotoRow, source: PhotoClaim | PhotoRow) -> None:
    """Fill in what is not yet known of how a photo was taken."""
    for name in TOLD:
        if getattr(row, name) in (None, ""):
            setattr(row, name, getattr(source, name))
