"""The office finds what phones sent and nothing took in: a visit nobody made, photos whose checklist never came."""

import hashlib
import uuid
from datetime import timedelta
from pathlib import Path

from inspect_app.domain.people import Role
from inspect_app.domain.tus import Announced
from inspect_app.operations import uploading
from inspect_app.storage.evidence import open_store
from tests.builders import BINH_SON, Office
from tests.client import photo_of
from tests.doors import Doors, seen

GOOD = {"ny_01": "fail", "ny_01_note": "Bảng treo khuất"}


def upload(office: Office, folder: Path, submission: str, data: bytes, whole: bool = True) -> None:
    told = Announced(submission, str(uuid.uuid4()), hashlib.sha256(data).hexdigest(), "a.jpg", len(data))
    with office.desk() as desk:
        upload_id = uploading.announce(desk, told).id
    uploading.append(office.open_desk, upload_id, 0, [data if whole else data[:50]])
    uploading.finish(office.open_desk, open_store(str(folder / "evidence"), folder / "scratch"), upload_id)


def test_photos_whose_checklist_never_came_are_told_until_it_comes(doors: Doors, tmp_path: Path) -> None:
    office, visit, id = doors.office, doors.office.visit(), str(uuid.uuid4())
    one, two = photo_of(1), photo_of(2)
    for data in (one, two):
        upload(office, tmp_path, id, data)
    upload(office, tmp_path, str(uuid.uuid4()), photo_of(3), whole=False)
    desk = doors.visitor("chuyenvien", Role.REVIEWER)
    assert "Ảnh tới mà chưa có phiếu" not in seen(desk.get("/kept")), "it may only be on its way"
    office.now += timedelta(hours=2)
    page = seen(desk.get("/kept"))
    assert "Ảnh tới mà chưa có phiếu (1)" in page and id[:8] in page and "inspector 2 " in page
    office.now += timedelta(days=30)
    upload(office, tmp_path, str(uuid.uuid4()), photo_of(4))
    assert id[:8] in seen(desk.get("/kept")), "evidence does not expire"
    from inspect_app.domain.documents import PhotoClaim

    claims = [PhotoClaim("ny_01", hashlib.sha256(data).hexdigest(), len(data)) for data in (one, two)]
    sent = office.send(visit, GOOD, id=id, photos=claims)
    assert {photo.state for photo in sent.photos} == {"stored"}
    assert id[:8] not in seen(desk.get("/kept"))


def test_a_new_visit_is_proposed_from_what_the_phone_told(doors: Doors) -> None:
    office = doors.office
    began = office.now + timedelta(days=2, hours=-30)
    sent = office.send(
        str(uuid.uuid4()), GOOD, visit={"unit": BINH_SON, "reason": "Phản ánh <của> dân"},
        started_at=began, clock_offset=-2 * 86400,
    )  # fmt: skip
    desk = doors.visitor("chuyenvien", Role.REVIEWER)
    address = f"/kept/{sent.submission.id}"
    page = desk.get(address).text
    assert f'value="{BINH_SON} · Xã Bình Sơn"' in page
    assert 'value="2026-11-21"' in page and "Phản ánh &lt;của&gt; dân" in page
    wrong = desk.post(f"{address}/visit", 400, unit="không có", day="2026-11-21", visit_reason="Phản ánh")
    assert "không có" in wrong.text and "Hãy ghi mã hoặc tên đầy đủ" in wrong.text
    answer = desk.post(
        f"{address}/visit", unit=f"{BINH_SON} · Xã Bình Sơn", day="2026-11-21", visit_reason="Phản ánh"
    )
    assert "Bảng treo khuất" in desk.get(answer.headers["Location"]).text
    assert "Lập cuộc kiểm tra mới" not in desk.get(address).text


def test_what_has_its_visit_is_offered_no_new_one(doors: Doors) -> None:
    sent = doors.office.send(doors.office.visit(), {"ny_02": "fail", "ny_02_n": 11, "ny_02_of": 10})
    page = doors.visitor("chuyenvien", Role.REVIEWER).get(f"/kept/{sent.submission.id}").text
    assert "Lập cuộc kiểm tra mới" not in page
