"""The home of each role shows what waits for this person: the page of their one duty, or a count of each of several."""

from datetime import date
from pathlib import Path

import pytest

from inspect_app.domain.people import Role
from tests.builders import Office, open_office
from tests.doors import Doors, open_doors, seen
from tests.prepared import prepared_sqlite


@pytest.fixture
def doors(shared_folder: Path, tmp_path: Path) -> Doors:
    stores = prepared_sqlite(shared_folder, tmp_path, demo=False)
    return open_doors(open_office(stores.database_url), stores.database_url, tmp_path)


def home_of(doors: Doors, role: Role) -> str:
    return seen(doors.visitor(role.value, role).get("/"))


def send_a_violation(office: Office) -> None:
    office.send(office.visit(), {"ny_01": "fail", "ny_01_note": "Bảng treo khuất"})


@pytest.mark.parametrize(
    ("role", "landing"),
    [
        (Role.REVIEWER, "/review"),
        (Role.INSPECTOR, "/inspect/"),
        (Role.LEADER, "/totals"),
        (Role.INTERNAL_AFFAIRS, "/findings"),
        (Role.UNIT_OFFICER, "/findings"),
    ],
)
def test_who_has_one_kind_of_work_lands_at_it(doors: Doors, role: Role, landing: str) -> None:
    assert doors.visitor(role.value, role).get("/", 302).headers["Location"] == landing


def test_the_head_sees_what_waits_in_each_duty_and_nothing_that_does_not(doors: Doors) -> None:
    assert "Không có việc nào đang chờ." in home_of(doors, Role.HEAD)
    send_a_violation(doors.office)
    doors.office.plan("21439", "doan", day=date(2026, 11, 21))
    doors.office.plan("21499", "doan", day=date(2026, 11, 28))
    doors.office.plan("21496", "doan", day=date(2026, 11, 29))
    home = home_of(doors, Role.HEAD)
    assert "1 cuộc kiểm tra có phát hiện chờ quyết định" in home
    assert "1 cuộc kiểm tra quá ngày, chưa bắt đầu" in home
    assert "1 cuộc kiểm tra trong 7 ngày tới" in home
    assert "chờ duyệt" not in home and "tài khoản" not in home


def test_the_administrator_sees_accounts_that_were_never_opened(doors: Doors) -> None:
    doors.office.give_password("da.mo", "một câu đủ dài để nhớ")
    doors.office.person("chua.mo")
    home = home_of(doors, Role.ADMIN)  # whose account has no password either: the test signs it in
    assert "2 tài khoản chưa đặt mật khẩu" in home
    assert "chờ quyết định" not in home
