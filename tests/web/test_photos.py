"""Photos over HTTP: who sees which, derivatives without metadata, originals noted and boxed in, bad files flagged."""

import hashlib
import io
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from inspect_app.domain.documents import PhotoClaim
from inspect_app.domain.people import Role
from inspect_app.operations import reviewing
from inspect_app.storage.audit import AuditRow
from inspect_app.storage.findings import findings_of
from inspect_app.storage.submissions import BlobRow, PhotoRow
from tests.builders import BINH_SON
from tests.desks import Desks, Person, open_desks
from tests.photo_samples import SECRET, laden_jpeg, png
from tests.prepared import Stores

SIZES = ("thumb", "screen", "original")


@dataclass
class Shots:
    """A visit with two findings, one photo each: NY-01 (JPEG full of metadata) and NY-02 (PNG)."""

    desks: Desks
    visit: str
    ny_01: str
    ny_02: str


@pytest.fixture
def shots(prepared_stores: Callable[..., Stores], tmp_path: Path) -> Iterator[Shots]:
    with open_desks(prepared_stores(), tmp_path / "var") as desks:
        visit = desks.office.visit()
        inspector = desks.client("inspector", Role.INSPECTOR)
        answer = inspector.send_page(
            visit, {"ny_01": "fail", "ny_02": "fail"},
            [("ny_01", laden_jpeg(), "IMG 1.jpg"), ("ny_02", png(), "../../IMG 2.png")],
        )  # fmt: skip
        assert answer.status_code == 303, answer.text[:3000]
        photos = ids(desks)
        yield Shots(desks, visit, photos["ny_01"], photos["ny_02"])


def ids(desks: Desks) -> dict[str, str]:
    with desks.office.database.reading() as session:
        return {row.question: row.id for row in session.scalars(select(PhotoRow))}


def confirm(shots: Shots, criterion: str) -> None:
    with shots.desks.office.desk("chuyenvien", Role.REVIEWER) as desk:
        row = next(row for row in findings_of(desk.session, shots.visit) if row.criterion == criterion)
        reviewing.decide(desk, row.id, row.version, "confirm")


def codes(person: Person, photo: str) -> list[int]:
    return [person.get(f"/photos/{photo}/{size}").status_code for size in SIZES]


def audit(desks: Desks, act: str) -> list[AuditRow]:
    with desks.office.database.reading() as session:
        return list(session.scalars(select(AuditRow).where(AuditRow.act == act)))


@pytest.mark.parametrize(
    ("role", "wanted"),
    [
        (Role.REVIEWER, [200, 200, 200]),
        (Role.HEAD, [200, 200, 200]),
        (Role.LEADER, [200, 200, 403]),
        (Role.INSPECTOR, [200, 200, 403]),
        (Role.UNIT_OFFICER, [404, 404, 403]),
        (Role.INTERNAL_AFFAIRS, [403, 403, 403]),
        (Role.ADMIN, [403, 403, 403]),
    ],
)
def test_each_role_sees_what_it_may_and_no_byte_more(shots: Shots, role: Role, wanted: list[int]) -> None:
    person = shots.desks.client(f"nguoi-{role}", role)
    answers = [person.get(f"/photos/{shots.ny_01}/{size}") for size in SIZES]
    assert [answer.status_code for answer in answers] == wanted
    for answer in answers:
        is_picture = answer.data.startswith(b"\xff\xd8")
        assert is_picture == (answer.status_code == 200), "a refusal has no picture in its body"


def test_a_stranger_is_told_to_sign_in(shots: Shots) -> None:
    anonymous = shots.desks.app.test_client()
    answers = [anonymous.get(f"/photos/{shots.ny_01}/{size}") for size in SIZES]
    assert {answer.status_code for answer in answers} == {401}


def test_derivatives_fit_their_box_and_hold_no_metadata(shots: Shots) -> None:
    person = shots.desks.client("chuyenvien")
    for photo in (shots.ny_01, shots.ny_02):
        for size, box in (("thumb", 320), ("screen", 1600)):
            answer = person.get(f"/photos/{photo}/{size}")
            assert answer.content_type == "image/jpeg"
            with Image.open(io.BytesIO(answer.data)) as image:
                assert max(image.size) <= box and not image.getexif()
                assert not {"exif", "icc_profile", "xmp", "comment", "photoshop"} & set(image.info)
            assert SECRET.encode() not in answer.data and b"Exif" not in answer.data
            assert answer.headers["Cache-Control"] == "private, max-age=604800, immutable"
            assert "sandbox" in answer.headers["Content-Security-Policy"]
            again = person.get(f"/photos/{photo}/{size}", headers={"If-None-Match": answer.headers["ETag"]})
            assert again.status_code == 304 and not again.data


def test_an_original_is_byte_for_byte_boxed_in_named_plainly_and_noted_each_time(shots: Shots) -> None:
    person = shots.desks.client("chuyenvien")
    for photo, name, kind in (
        (shots.ny_01, "NY-01_1.jpg", "image/jpeg"),
        (shots.ny_02, "NY-02_1.png", "image/png"),
    ):
        answer = person.get(f"/photos/{photo}/original")
        with shots.desks.office.database.reading() as session:
            row = session.get_one(PhotoRow, photo)
        assert hashlib.sha256(answer.data).hexdigest() == row.sha256
        headers = answer.headers
        assert headers["Content-Disposition"] == f"attachment; filename={BINH_SON}_KT-2026-0001_{name}"
        assert (headers["Content-Type"], headers["X-Content-Type-Options"]) == (kind, "nosniff")
        assert "sandbox" in headers["Content-Security-Policy"] and headers["Cache-Control"] == "no-store"
        assert int(headers["Content-Length"]) == row.size
    person.get(f"/photos/{shots.ny_01}/original")
    lines = audit(shots.desks, "photo_original_viewed")
    assert [line.subject_id for line in lines] == [shots.ny_01, shots.ny_02, shots.ny_01]
    assert {line.person_id for line in lines} == {shots.desks.office.people["chuyenvien"]}
    refused = shots.desks.client("lanhdao", Role.LEADER).get(f"/photos/{shots.ny_01}/original")
    assert refused.status_code == 403 and len(audit(shots.desks, "photo_original_viewed")) == 3


def test_an_officer_sees_only_the_photos_of_what_was_confirmed_against_the_own_unit(shots: Shots) -> None:
    own = shots.desks.client("donvi", Role.UNIT_OFFICER, BINH_SON, on=date(2026, 1, 1))
    other = shots.desks.client("donvikhac", Role.UNIT_OFFICER, "21025", on=date(2026, 1, 1))
    assert codes(own, shots.ny_01) == [404, 404, 403]
    confirm(shots, "NY-01")
    assert codes(own, shots.ny_01) == [200, 200, 403]
    assert codes(own, shots.ny_02) == [404, 404, 403], "not decided yet"
    assert codes(other, shots.ny_01) == [404, 404, 403]


def test_an_officer_loses_a_photo_that_a_correction_took_out(shots: Shots) -> None:
    confirm(shots, "NY-01")
    own = shots.desks.client("donvi", Role.UNIT_OFFICER, BINH_SON, on=date(2026, 1, 1))
    with shots.desks.office.database.reading() as session:
        first = session.get_one(PhotoRow, shots.ny_01).submission_id
    shots.desks.office.send(shots.visit, {"ny_01": "fail", "ny_02": "pass"}, replaces=first)
    assert codes(own, shots.ny_01) == [404, 404, 403]
    assert codes(shots.desks.client("chuyenvien"), shots.ny_01) == [200, 200, 200], (
        "the old ones stay readable"
    )


def test_a_photo_of_another_area_does_not_exist(shots: Shots) -> None:
    for role in (Role.REVIEWER, Role.INSPECTOR, Role.LEADER):
        person = shots.desks.client(f"xakhac-{role}", role, "21025", on=date(2026, 1, 1))
        assert set(codes(person, shots.ny_01)) <= {404, 403}
    assert shots.desks.client("chuyenvien").get(f"/photos/{uuid.uuid4()}/thumb").status_code == 404


def test_photos_of_a_draft_and_of_a_planned_surprise_are_seen_by_their_sender_alone(shots: Shots) -> None:
    desks = shots.desks
    secret = desks.office.plan(BINH_SON, "mate")
    with desks.office.desk("mate") as desk:
        claim = PhotoClaim("ny_01", "0" * 64, 10)
        from inspect_app.domain.documents import Document
        from inspect_app.operations.receiving import receive

        document = Document(
            str(uuid.uuid4()),
            secret,
            "dot-xuat",
            "2020.1",
            {"ny_02": "fail", "ny_02_n": 1},
            "json",
            photos=[claim],
        )
        assert receive(desk, document).reasons == ["faults"]
    with desks.office.database.writing.begin() as session:
        hidden = session.scalars(select(PhotoRow.id).where(PhotoRow.sha256 == "0" * 64)).one()
        sha256 = session.get_one(PhotoRow, shots.ny_01).sha256
        session.execute(update(PhotoRow).where(PhotoRow.id == hidden).values(state="stored", sha256=sha256))
        draft = session.get_one(PhotoRow, shots.ny_02)
        draft.submission_id = str(uuid.uuid4())
    assert codes(desks.client("mate", Role.INSPECTOR), hidden) == [200, 200, 403]
    assert codes(desks.client("truongphong", Role.HEAD), hidden) == [200, 200, 200]
    for username, role in (("chuyenvien", Role.REVIEWER), ("inspector", Role.INSPECTOR)):
        assert set(codes(desks.client(username, role), hidden)) <= {404, 403}
    assert codes(desks.client("inspector", Role.INSPECTOR), shots.ny_02) == [200, 200, 403]
    assert codes(desks.client("chuyenvien"), shots.ny_02) == [404, 404, 404]


def test_who_announces_the_hash_of_anothers_photo_does_not_get_it(shots: Shots) -> None:
    desks = shots.desks
    with desks.office.database.reading() as session:
        sha256 = session.get_one(PhotoRow, shots.ny_01).sha256
    visit = desks.office.visit(by="thief")
    desks.office.send(visit, {"ny_01": "fail"}, by="thief", photos=[PhotoClaim("ny_01", sha256, 10)])
    with desks.office.database.reading() as session:
        claimed = session.scalars(
            select(PhotoRow).where(PhotoRow.sha256 == sha256, PhotoRow.state == "expected")
        ).one()
    for username, role in (("thief", Role.INSPECTOR), ("chuyenvien", Role.REVIEWER)):
        assert set(codes(desks.client(username, role), claimed.id)) <= {404, 403}
    page = desks.client("chuyenvien").get(f"/review/{visit}").text
    assert "chưa nhận được tệp" in page and f"/photos/{claimed.id}/" not in page


def torn(shots: Shots) -> TestResponse:
    """Look at NY-01 after its bytes on disk stopped being a picture (the hash is that of the torn bytes)."""
    desks = shots.desks
    data = b"\xff\xd8\xff\xe0" + b"\x00" * 200
    evidence = desks.app.extensions["inspect"].evidence
    stored = evidence.receive(io.BytesIO(data))
    evidence.keep(stored)
    with desks.office.database.writing.begin() as session:
        session.add(
            BlobRow(sha256=stored.sha256, size=len(data), media_type="image/jpeg", stored_at=desks.office.now)
        )
        session.get_one(PhotoRow, shots.ny_01).sha256 = stored.sha256
    return desks.client("chuyenvien").get(f"/photos/{shots.ny_01}/screen")


def test_a_file_that_can_not_be_decoded_is_shown_as_such_flagged_once_and_kept(shots: Shots) -> None:
    answer = torn(shots)
    assert (answer.status_code, answer.content_type.split(";")[0]) == (200, "image/svg+xml")
    assert answer.headers["X-Photo-Problem"] == "unreadable" and answer.headers["Cache-Control"] == "no-store"
    person = shots.desks.client("chuyenvien")
    assert person.get(f"/photos/{shots.ny_01}/thumb").headers["X-Photo-Problem"] == "unreadable"
    assert len(audit(shots.desks, "photo_unreadable")) == 1
    with shots.desks.office.database.reading() as session:
        blob = session.get_one(BlobRow, session.get_one(PhotoRow, shots.ny_01).sha256)
    assert blob.unreadable_at == shots.desks.office.now
    original = person.get(f"/photos/{shots.ny_01}/original")
    assert hashlib.sha256(original.data).hexdigest() == blob.sha256, "the bytes stay as they came"
    page = person.get(f"/review/{shots.visit}").text
    assert "Không mở được ảnh này để xem" in page
    assert shots.ny_01 in person.get("/kept").text


def test_a_flagged_file_is_not_decoded_again(shots: Shots) -> None:
    with shots.desks.office.database.writing.begin() as session:
        row = session.get_one(PhotoRow, shots.ny_02)
        session.execute(
            update(BlobRow).where(BlobRow.sha256 == row.sha256).values(unreadable_at=shots.desks.office.now)
        )
    answer = shots.desks.client("chuyenvien").get(f"/photos/{shots.ny_02}/screen")
    assert answer.headers["X-Photo-Problem"] == "unreadable"


def test_a_look_at_a_derivative_waits_for_no_writer(shots: Shots) -> None:
    person = shots.desks.client("chuyenvien")
    person.get("/review")
    with shots.desks.office.database.writing.begin() as session:
        session.execute(select(PhotoRow.id))  # holds the one place of a writer
        for _ in range(2):
            assert person.get(f"/photos/{shots.ny_02}/thumb").status_code == 200


def test_the_review_page_shows_the_photo_large_and_the_others_small(shots: Shots) -> None:
    page = shots.desks.client("chuyenvien").get(f"/review/{shots.visit}").text
    assert re.search(rf'<img class="large" src="/photos/{shots.ny_01}/screen"', page)
    assert f"/photos/{shots.ny_01}/original" in page
    assert f'data-ahead="/photos/{shots.ny_02}/screen"' in page, "the next one is fetched ahead"
