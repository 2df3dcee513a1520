"""The import of a phone's export file at the office: what came, with codes and links; twice without harm."""

import io
from datetime import date
from pathlib import Path

from werkzeug.test import TestResponse

from inspect_app.domain.people import Role
from inspect_app.domain.phone_rows import HEAD
from inspect_app.storage.audit import AuditRow
from inspect_app.storage.people import PersonRow
from tests.builders import BINH_SON
from tests.client import photo_of
from tests.doors import Doors, seen
from tests.phone_files import held, phone_of

ANSWERS = {"ny_01": "pass", "ny_02": "fail", "ny_02_note": "Thiếu bảng"}


def bring(doors: Doors, data: bytes, status: int = 200, by: str = "reviewer") -> TestResponse:
    visitor = doors.visitor(by, Role.REVIEWER)
    return visitor.post("/kept/import", status, file=(io.BytesIO(data), "phieu-an-20261122-1000.phieu"))


def test_a_file_is_taken_in_and_every_record_shown_with_code_and_link(doors: Doors) -> None:
    office, phone = doors.office, phone_of(doors.office)
    visit = office.visit()
    sent = phone.record(visit, ANSWERS, {"ny_02": photo_of(1)})
    draft = phone.record(office.visit("21136"), {"ny_01": "pass"}, finished=False)
    page = bring(doors, sent.file + draft.file.removeprefix(HEAD))
    row = held(office, sent.submission)
    assert row and row.status == "accepted" and row.door == "import"
    text, code = seen(page), page.get_data(as_text=True)
    assert f"inspector Xã Bình Sơn 22/11/2026 3 câu trả lời · 1/1 ảnh đã tới {row.code} Đã nhận" in text
    assert f'<a href="/review/{visit}"><code>{row.code}</code></a>' in code
    assert "Giữ chờ xử lý Phiếu chưa điền xong" in text
    assert code.count('href="/kept/') == 1
    again = seen(bring(doors, sent.file + draft.file.removeprefix(HEAD)))
    assert f"{row.code} Đã có từ trước" in again
    assert "Đã có từ trước Phiếu chưa điền xong" in again
    with office.database.reading() as session:
        lines = session.query(AuditRow).filter_by(act="phone_file_imported").all()
    assert [line.detail for line in lines] == [{"records": 2, "photos": 1}] * 2


def test_rows_of_a_disabled_account_are_kept(doors: Doors) -> None:
    phone, visit = phone_of(doors.office), doors.office.visit()
    with doors.office.database.writing.begin() as session:
        session.get_one(PersonRow, phone.person).active = False
    assert "Tài khoản của người gửi đã bị khóa" in seen(bring(doors, phone.record(visit, ANSWERS).file))


def test_what_could_not_be_taken_in_is_said(doors: Doors) -> None:
    office, phone = doors.office, phone_of(doors.office)
    good, lame = phone.record(office.visit(), ANSWERS), phone.record(office.visit("21136"), ANSWERS)
    cut = phone.record(office.visit("23293"), ANSWERS, {"ny_02": photo_of(2)})
    body = good.file + b"".join(
        [lame.file.replace(lame.rows[0].sealed[:20], bytes(20)), cut.file[:-9]]
    ).replace(HEAD, b"")
    text = seen(bring(doors, body))
    assert "khóa. Chưa nhập được" in text and "Không mở được: tệp hỏng" in text
    assert "1 đoạn của tệp bị hỏng hoặc bị cắt cụt" in text
    assert "0/1 ảnh đã tới" in text
    assert held(office, good.submission) and held(office, cut.submission)


def test_no_file_and_another_file_are_answered_with_the_same_page(doors: Doors) -> None:
    assert "Tệp này không phải là tệp phiếu" in seen(bring(doors, b"PK\x03\x04", 400))
    assert "Hãy chọn tệp .phieu" in seen(doors.visitor("reviewer", Role.REVIEWER).post("/kept/import", 400))


def test_of_visits_out_of_sight_only_the_code_is_shown(doors: Doors) -> None:
    office, phone = doors.office, phone_of(doors.office)
    office.person("far", Role.REVIEWER, "21439", on=date(2026, 11, 22))
    record = phone.record(office.visit(BINH_SON), ANSWERS)
    page = bring(doors, record.file, by="far")
    row = held(office, record.submission)
    assert row and row.code in seen(page)
    assert "Bình Sơn" not in page.get_data(as_text=True)
    assert row.id not in page.get_data(as_text=True)


def test_no_scratch_file_is_left(doors: Doors) -> None:
    bring(doors, phone_of(doors.office).record(doors.office.visit(), ANSWERS, {"ny_01": photo_of(3)}).file)
    bring(doors, b"PK\x03\x04", 400)
    scratch: Path = doors.app.extensions["inspect"].settings.scratch
    assert not list(scratch.glob("*"))
