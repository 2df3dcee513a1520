"""Photos a document lists are linked to the bytes that are here, by whatever way they came; captions and covers stay."""

import hashlib
import uuid
from pathlib import Path
from typing import Any

import pytest

from inspect_app.domain.documents import PhotoClaim
from inspect_app.domain.tus import Announced
from inspect_app.operations import uploading
from inspect_app.operations.receiving import Receipt
from inspect_app.storage.evidence import EvidenceStore, open_store
from inspect_app.storage.submissions import PhotoRow
from tests.builders import Office
from tests.client import photo_of

PLAIN, BLURRED, OTHER = photo_of(1), photo_of(2), photo_of(3)
FAIL = {"ny_02": "fail", "ny_02_note": "Thiếu bảng"}


@pytest.fixture
def evidence(tmp_path: Path) -> EvidenceStore:
    return open_store(str(tmp_path / "evidence"), tmp_path / "scratch")


def claim(data: bytes, question: str = "ny_02", **more: Any) -> PhotoClaim:
    more = {"id": str(uuid.uuid4()), **more}
    return PhotoClaim(question, hashlib.sha256(data).hexdigest(), len(data), **more)


def upload(office: Office, evidence: EvidenceStore, submission: str, data: bytes) -> None:
    wanted = Announced(submission, str(uuid.uuid4()), hashlib.sha256(data).hexdigest(), "a.jpg", len(data))
    with office.desk() as desk:
        upload_id = uploading.announce(desk, wanted).id
    uploading.append(office.open_desk, upload_id, 0, [data])
    uploading.finish(office.open_desk, evidence, upload_id)


def photos(office: Office, submission: str) -> dict[str, PhotoRow]:
    """By hash."""
    with office.database.reading() as session:
        return {row.sha256: row for row in session.query(PhotoRow).filter_by(submission_id=submission)}


def of(found: dict[str, PhotoRow], data: bytes) -> PhotoRow:
    return found[hashlib.sha256(data).hexdigest()]


def first(office: Office, evidence: EvidenceStore, visit: str, *claims: PhotoClaim) -> Receipt:
    sent = office.send(visit, FAIL, photos=claims)
    for data in (PLAIN, BLURRED):
        upload(office, evidence, sent.submission.id, data)
    return sent


def test_a_correction_need_not_bring_the_photos_of_what_it_replaces(
    office: Office, evidence: EvidenceStore
) -> None:
    visit = office.visit()
    old = first(office, evidence, visit, claim(PLAIN, caption="Quầy số 2", source="camera"), claim(OTHER))
    new = office.send(visit, FAIL, replaces=old.submission.id, photos=[claim(PLAIN), claim(OTHER)])
    found = photos(office, new.submission.id)
    assert (of(found, PLAIN).state, of(found, PLAIN).caption, of(found, PLAIN).source) == (
        "stored", "Quầy số 2", "camera",
    )  # fmt: skip
    assert of(found, OTHER).state == "expected"
    upload(office, evidence, old.submission.id, OTHER)
    assert of(photos(office, new.submission.id), OTHER).state == "stored", (
        "announced for one, awaited by both"
    )


def test_the_photos_of_a_visit_one_has_no_part_in_are_not_given_away(
    office: Office, evidence: EvidenceStore
) -> None:
    old = first(office, evidence, office.visit(), claim(PLAIN))
    for visit, sender in (
        (office.visit(by="stranger"), "stranger"),
        (str(old.submission.inspection_id), "stranger"),
    ):
        other = office.send(visit, FAIL, by=sender, replaces=old.submission.id, photos=[claim(PLAIN)])
        assert of(photos(office, other.submission.id), PLAIN).state == "expected"


def test_one_photo_under_two_questions_comes_once(office: Office, evidence: EvidenceStore) -> None:
    visit, id = office.visit(), str(uuid.uuid4())
    upload(office, evidence, id, PLAIN)
    sent = office.send(visit, FAIL, id=id, photos=[claim(PLAIN), claim(PLAIN, "ny_01")])
    assert [photo.state for photo in sent.photos] == ["stored", "stored"]


def test_two_photos_that_bear_one_id_are_two(office: Office) -> None:
    twice = str(uuid.uuid4())
    sent = office.send(office.visit(), FAIL, photos=[claim(PLAIN, id=twice), claim(OTHER, id=twice)])
    assert len({photo.id for photo in sent.photos}) == 2


def test_what_a_blurred_copy_covers_is_marked_in_all_submissions_of_the_visit(
    office: Office, evidence: EvidenceStore
) -> None:
    visit, plain = office.visit(), claim(PLAIN)
    old = first(office, evidence, visit, plain)
    assert not of(photos(office, old.submission.id), PLAIN).covered
    new = office.send(
        visit, FAIL, replaces=old.submission.id, photos=[claim(BLURRED, covers=plain.id), claim(OTHER)]
    )
    found = photos(office, new.submission.id)
    assert of(found, BLURRED).covers == of(found, PLAIN).id, "the untouched one comes along, unlisted"
    assert [of(found, data).covered for data in (PLAIN, BLURRED, OTHER)] == [True, False, False]
    assert of(photos(office, old.submission.id), PLAIN).covered


def test_a_correction_keeps_what_its_copies_cover(office: Office, evidence: EvidenceStore) -> None:
    visit, plain = office.visit(), claim(PLAIN)
    old = first(office, evidence, visit, claim(BLURRED, covers=plain.id), plain)
    assert of(photos(office, old.submission.id), BLURRED).covers == plain.id
    new = office.send(visit, FAIL, replaces=old.submission.id, photos=[claim(BLURRED)])
    found = photos(office, new.submission.id)
    assert of(found, BLURRED).covers == of(found, PLAIN).id != plain.id
    assert of(found, PLAIN).covered and of(found, PLAIN).state == "stored"


def test_a_photo_taken_out_of_the_draft_and_listed_all_the_same_is_there(
    office: Office, evidence: EvidenceStore
) -> None:
    visit, id, listed = office.visit(), str(uuid.uuid4()), claim(PLAIN)
    upload(office, evidence, id, PLAIN)
    with office.desk() as desk:
        desk.session.add(
            PhotoRow(
                submission_id=id, question="ny_02", position=1, state="removed", sha256=listed.sha256,
                size=listed.size, person_id=desk.viewer.person_id, received_at=desk.now,
            )
        )  # fmt: skip
    assert [photo.state for photo in office.send(visit, FAIL, id=id, photos=[listed]).photos] == ["stored"]
