"""A whole day in the field: signed in once, then no server; killed, closed, and everything arrives, once, when there is one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from inspect_app.domain.people import Role
from inspect_app.storage.inspections import InspectionRow
from inspect_app.storage.submissions import PhotoRow, SubmissionRow, list_photos
from tests.client import photo_of
from tests.pages import Phone, sign_in
from tests.pocket import PASSWORD, Pocket

pytestmark = pytest.mark.browser

FAILED = {
    "ny_02": {"note": "Thiếu thủ tục đất đai; Đức Phổ, Ngọk Réo, Ia H'Drai", "n": "3", "of": "10"},
    "gq_04": {"note": "Không có văn bản xin lỗi", "n": "5", "of": "6"},
}


def test_everything_given_without_a_server_arrives_once_with_one_receipt_code(
    pocket: Pocket, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    pocket.house.server.stop()
    pocket.open()
    visit = pocket.start_visit("Phản ánh về trễ hẹn ở Đức Phổ")
    phone = Phone(pocket.page, pocket.house.url)
    names = phone.criteria()
    assert len(names) == 26
    pictures = []
    for number in range(6):
        pictures.append(tmp_path / f"{number}.jpg")
        pictures[-1].write_bytes(photo_of(number))

    give(pocket, visit, names[:9], pictures[:2])
    pocket.kill_tab()
    give(pocket, visit, names[9:18], pictures[2:4])
    pocket.kill_tab()
    give(pocket, visit, names[18:], pictures[4:])
    assert pocket.page.inner_text("[data-done]") == "26/26"
    pocket.page.click("button[name=action][value=send]")
    pocket.page.wait_for_url("**/inspect/#waiting")
    expect(pocket.page.locator("#waiting [data-state]")).to_have_text("Trên máy này, chưa gửi")
    pocket.close()

    pocket.house.server.start()
    page = pocket.open()
    pocket.go("/inspect/")
    page.click("#waiting [data-done] > summary", timeout=60_000)

    with pocket.house.people.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(InspectionRow)) == 1
        (row,) = session.scalars(select(SubmissionRow)).all()
        assert (row.inspection_id, row.status) == (visit, "accepted")
        assert {name: (row.answers or {})[name] for name in names} == {
            name: "fail" if name in FAILED else "pass" for name in names
        }
        photos = list_photos(session, row.id)
        assert sorted(photo.name for photo in photos) == [path.name for path in pictures]
        assert {photo.state for photo in photos} == {"stored"}
        assert session.scalar(select(func.count()).select_from(PhotoRow)) == 6
    pocket.house.people.give_password("rasoat", PASSWORD, Role.REVIEWER)
    desk = open_page(width=1280, height=800)
    sign_in(desk, pocket.house.url, "rasoat", PASSWORD)
    desk.goto(f"{pocket.house.url}/review/{visit}")
    assert row.code in page.inner_text("#waiting [data-done-list]")
    assert row.code in desk.inner_text("main")


def give(pocket: Pocket, visit: str, names: list[str], pictures: list[Path]) -> None:
    pocket.go(f"/inspect/{visit}")
    pocket.wait_for_form()
    phone = Phone(pocket.page, pocket.house.url)
    for name in names:
        phone.answer(name, "fail" if name in FAILED else "pass", **FAILED.get(name, {}))
    wanted = next(name for name in names if pocket.page.query_selector(f"#{name}_photo"))
    phone.add_photos(wanted, pictures)
    expect(pocket.page.locator(f"[data-photos={wanted}] .thumb-acts")).to_have_count(len(pictures))
    pocket.page.wait_for_selector("[data-saved].saved")


def test_the_office_knows_of_a_visit_while_it_is_going_on(pocket: Pocket) -> None:
    visit = pocket.start_visit("Phản ánh về trễ hẹn")
    for _ in range(100):
        with pocket.house.people.database.reading() as session:
            found = session.get(InspectionRow, visit)
            if found is not None:
                assert (found.state, found.reason) == ("started", "Phản ánh về trễ hẹn")
                return
        pocket.page.wait_for_timeout(100)
    raise AssertionError("never announced")
