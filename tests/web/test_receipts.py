"""A receipt tells its sender the truth: received and counted, or kept safe, why, and what there is to do."""

import re
from io import BytesIO

from inspect_app.domain.people import Role
from inspect_app.domain.receipts import REASONS
from inspect_app.operations import planning, settling
from inspect_app.storage.inspections import InspectionRow
from inspect_app.web.receipts import KEPT
from tests.builders import BINH_SON
from tests.doors import Doors, seen
from tests.photo_samples import jpeg

ANSWERS = {"ny_01": "fail", "ny_01_note": "Bảng treo sau quầy"}
KEPT_SAFE = "Phiếu được giữ an toàn, chờ văn phòng xem"
RECEIVED = "Đã nhận phiếu kiểm tra"


def receipt(doors: Doors, id: str, reader: str = "inspector", role: Role = Role.INSPECTOR) -> str:
    return seen(doors.visitor(reader, role).get(f"/receipts/{id}"))


def test_every_reason_to_keep_a_submission_is_told_to_its_sender() -> None:
    assert KEPT.keys() == REASONS.keys()


def test_a_submission_that_counts_is_received(doors: Doors) -> None:
    sent = doors.office.send(doors.office.visit(), ANSWERS)
    page = receipt(doors, sent.submission.id)
    assert RECEIVED in page
    assert "Vì sao chưa được tính" not in page


def test_what_was_not_checked_is_counted_with_the_way_back(doors: Doors) -> None:
    visit = doors.office.visit()
    sent = doors.office.send(visit, {**ANSWERS, "ts_01": "pass", "ns_03": "unchecked"})
    page = doors.visitor("inspector").get(f"/receipts/{sent.submission.id}").text
    assert re.search(r"<dt>Chưa kiểm tra</dt><dd>24 · <a href=\"(.+?)\"", page)[1] == f"/inspect/{visit}"


def test_a_submission_on_an_unknown_version_says_so_and_that_nothing_is_to_be_done(doors: Doors) -> None:
    sent = doors.office.send(doors.office.visit(), ANSWERS, version="1999.01")
    page = receipt(doors, sent.submission.id)
    assert KEPT_SAFE in page
    assert RECEIVED not in page
    assert "phiên bản biểu mẫu mà máy chủ chưa có" in page
    assert "Bạn không phải làm gì" in page
    told_to_the_office = receipt(doors, sent.submission.id, "chuyenvien", Role.REVIEWER)
    assert "Bạn cần làm gì" not in told_to_the_office


def test_a_submission_after_the_campaign_closed_asks_for_a_call(doors: Doors) -> None:
    visit = doors.office.plan(BINH_SON, "inspector", kind="surprise", day=doors.office.now.date())
    with doors.office.desk("head", Role.HEAD) as desk:
        campaign = desk.session.get_one(InspectionRow, visit).campaign_id
        planning.close_campaign(desk, str(campaign))
    page = receipt(doors, doors.office.send(visit, ANSWERS).submission.id)
    assert KEPT_SAFE in page
    assert "Đợt kiểm tra đã đóng trước khi phiếu tới máy chủ" in page
    assert "Hãy gọi văn phòng để báo phiếu gửi sau khi đóng đợt" in page


def test_other_content_sent_from_an_old_page_is_not_called_received(doors: Doors) -> None:
    visit = doors.office.visit(by="kiemtra1")
    inspector = doors.visitor("kiemtra1")
    first = doors.office.send(visit, ANSWERS, by="kiemtra1").submission
    fields = {"submission_id": first.id, "replaces": "", "action": "send"}
    address = inspector.post(f"/inspect/{visit}", ny_01="pass", **fields).headers["Location"]
    page = seen(inspector.get(address))
    assert page.count("Nội dung gửi sau được giữ an toàn, chờ văn phòng xem") == 1
    assert RECEIVED not in page
    assert "Nội dung tới trước vẫn được tính" in page
    assert f"Nội dung tới trước, mã {first.code}" in page
    again = inspector.post(f"/inspect/{visit}", **ANSWERS, **fields).headers["Location"]
    assert again == address


def test_photos_of_other_content_are_shown_to_the_office_and_change_nothing_of_what_came_first(
    doors: Doors,
) -> None:
    visit = doors.office.visit(by="kiemtra1")
    inspector, desk = doors.visitor("kiemtra1"), doors.visitor("chuyenvien", Role.REVIEWER)
    first = doors.office.send(visit, ANSWERS, by="kiemtra1").submission
    fields, late = {"submission_id": first.id, "replaces": "", "action": "send", **ANSWERS}, jpeg()
    inspector.post(f"/inspect/{visit}", ny_01_photo=(BytesIO(late), "muộn.jpg"), **fields)
    assert "/photos/" not in desk.get(f"/review/{visit}").text
    (shot,) = set(re.findall(r"/photos/([0-9a-f-]{36})/thumb", desk.get(f"/kept/{first.id}").text))
    assert desk.get(f"/photos/{shot}/original").data == late


def test_a_submission_the_office_left_out_says_so(doors: Doors) -> None:
    sent = doors.office.send(doors.office.visit(), ANSWERS, version="1999.01").submission
    with doors.office.desk("chuyenvien", Role.REVIEWER) as desk:
        settling.set_aside(desk, sent.id, "Gửi nhầm")
    page = receipt(doors, sent.id)
    assert "Văn phòng đã xem và để phiếu này ra ngoài" in page
    assert RECEIVED not in page
