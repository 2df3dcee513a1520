"""What a person sees of the sending on "Việc của tôi": three states, what is wrong and what to do, nothing silent."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.test_outbox import House, Pocket, house, pocket, signed_in
from tests.client import photo_of

__all__ = ["house", "pocket"]  # the server and the signed-in phone of test_outbox.py
pytestmark = pytest.mark.browser

DRAFT = """
async ({ person, visit }) => {
  const { own, Draft } = await phone(person);
  const draft = await Draft.begin(own, { inspection: visit, unit: { full: "Xã Ba Gia" }, title: "Đột xuất", form: "dot-xuat" });
  await draft.note("ny_01", "pass");
}
"""
LOCK = 'async () => { const { lockAll } = await import("/static/v/x/js/phone/persons.js"); await lockAll(); }'


def again(pocket: Pocket) -> None:
    """The page anew, when all that it draws by itself is drawn."""
    pocket.page.goto(f"{pocket.house.url}/inspect/")
    expect(pocket.page.locator("#waiting")).to_be_visible()
    expect(pocket.page.locator("[data-ready-light] a")).to_be_visible()


def send_now(pocket: Pocket) -> None:
    pocket.page.get_by_role("button", name="Gửi ngay").click()


def cards(page: Page) -> Locator:
    return page.locator("#waiting [data-records] > li")


def refuse(pocket: Pocket, pattern: str, status: int, body: str = "{}") -> None:
    def answer(route: Route) -> None:
        route.fulfill(status=status, body=body)

    pocket.page.route(pattern, answer)


def test_when_nothing_waits_it_says_so(pocket: Pocket) -> None:
    again(pocket)
    expect(pocket.page.locator("#waiting")).to_contain_text("không còn phiếu nào chờ gửi")
    expect(pocket.page.get_by_role("button", name="Gửi ngay")).to_be_hidden()


def test_the_three_states_differ_in_words_icon_and_colour(pocket: Pocket) -> None:
    page = pocket.page
    refuse(pocket, "**/api/v1/me", 503)
    pocket.finish([photo_of(21), photo_of(22)])
    again(pocket)
    looks = []

    def look(card: Locator) -> None:
        state = card.locator(".state")
        colours = state.evaluate(
            "(box) => [getComputedStyle(box).color, getComputedStyle(box).backgroundColor].join()"
        )
        looks.append((state.inner_text().strip(), state.locator("use").get_attribute("href"), colours))

    expect(cards(page)).to_have_count(1)
    expect(cards(page)).to_contain_text("2 câu")
    expect(page.locator("#waiting [data-sum]")).to_contain_text("1\u00a0phiếu · 2\u00a0ảnh")
    look(cards(page).first)
    page.unroute("**/api/v1/me")
    refuse(pocket, "**/api/v1/uploads", 503)
    send_now(pocket)
    expect(cards(page).locator(".state")).to_have_text("Đã nhận câu trả lời, còn ảnh")
    expect(cards(page)).to_contain_text("ảnh đã tới 0/2")
    expect(cards(page)).to_contain_text("máy tự gửi lại")
    look(cards(page).first)
    page.unroute("**/api/v1/uploads")
    send_now(pocket)
    expect(cards(page)).to_have_count(0)
    expect(page.locator("#waiting")).to_contain_text("không còn phiếu nào chờ gửi")
    page.locator("[data-done] summary").click()
    done = page.locator("[data-done-list] > li").first
    expect(done.locator("[data-code]")).to_have_text(re.compile(r"Mã biên nhận [0-9A-Z]{4}-[0-9A-Z]{4}"))
    look(done)
    for column in zip(*looks, strict=True):
        assert len(set(column)) == 3, looks


def test_without_network_it_says_that_nothing_is_lost(pocket: Pocket) -> None:
    pocket.page.route("**/api/v1/me", lambda route: route.abort())
    pocket.finish([])
    again(pocket)
    send_now(pocket)
    expect(pocket.page.locator("#waiting [data-news]")).to_contain_text(
        "Không mất gì; máy tự gửi lại khi có mạng"
    )


def test_what_the_server_refuses_says_what_to_do_and_the_others_go(pocket: Pocket) -> None:
    refused, fine = pocket.finish([]), pocket.finish([])
    refuse(pocket, f"**/api/v1/submissions/{refused}", 400)
    again(pocket)
    send_now(pocket)
    expect(cards(pocket.page)).to_have_count(1)
    expect(cards(pocket.page).locator(".state")).to_have_text("Máy chủ chưa nhận")
    expect(cards(pocket.page)).to_contain_text("hãy gọi văn phòng")
    assert pocket.state(fine) == "complete"
    pocket.page.unroute(f"**/api/v1/submissions/{refused}")
    cards(pocket.page).get_by_role("button", name="Gửi phiếu này").click()
    expect(cards(pocket.page)).to_have_count(0)
    pocket.arrived(refused)


def test_what_is_kept_for_a_person_stays_in_sight_and_can_be_mended(pocket: Pocket) -> None:
    submission = pocket.finish([], ny_02_n="nhiều")
    again(pocket)
    send_now(pocket)
    expect(cards(pocket.page).locator(".state")).to_have_text("Được giữ, chờ văn phòng xem")
    expect(cards(pocket.page)).to_contain_text("Một số câu trả lời có lỗi")
    link = cards(pocket.page).get_by_role("link", name="Sửa và gửi lại")
    (row,) = [row for row in pocket.rows("records") if row["key"] == submission]
    expect(link).to_have_attribute("href", f"/inspect/{row['clear']['inspection']}")


def test_sending_shows_what_is_left_and_an_estimate(pocket: Pocket) -> None:
    pocket.finish([photo_of(31, (1600, 1200))])
    pieces: list[Any] = []
    pocket.page.route(
        "**/api/v1/uploads/*",
        lambda route: pieces.append(pocket.page.wait_for_timeout(700)) or route.continue_(),
    )
    again(pocket)
    send_now(pocket)
    expect(pocket.page.locator("#waiting progress")).to_be_visible()
    expect(pocket.page.locator("#waiting [data-news]")).to_contain_text(
        re.compile(r"còn .*[kM]B\. Khoảng \d+\sgiây nữa\. Hãy giữ màn hình mở")
    )
    expect(pocket.page.locator("#waiting")).to_contain_text("không còn phiếu nào chờ gửi", timeout=20_000)
    expect(pocket.page.locator("#waiting progress")).to_be_hidden()


def test_a_draft_without_a_visit_on_the_page_is_shown_too(pocket: Pocket) -> None:
    pocket.run(DRAFT, visit="0190a000-0000-7000-8000-000000000001")
    again(pocket)
    expect(cards(pocket.page).locator("h3")).to_have_text("Xã Ba Gia")
    expect(cards(pocket.page).get_by_role("link", name="Làm tiếp")).to_be_visible()


def test_a_visit_whose_checklist_is_on_the_phone_says_so(pocket: Pocket) -> None:
    visit = pocket.house.people.visit(by="mot")
    pocket.run(DRAFT, visit=visit)
    again(pocket)
    card = pocket.page.locator(f".card:has(a[href$='{visit}'])")
    expect(card).to_contain_text("Làm dở trên máy này")


def test_what_is_locked_is_counted_not_read_and_can_be_sent(pocket: Pocket, house: House) -> None:
    submission = pocket.finish([])
    pocket.run(DRAFT, visit="0190a000-0000-7000-8000-000000000001")
    pocket.page.context.clear_cookies(name="phien")
    pocket.page.evaluate(LOCK)
    pocket.page.goto(f"{house.url}/phone/work")
    locked = pocket.page.locator("#waiting [data-locked]")
    expect(locked).to_contain_text("1\u00a0phiếu chờ gửi đang khóa. Có 1\u00a0phiếu làm dở đang khóa.")
    expect(locked.get_by_role("link", name="Đăng nhập")).to_be_visible()
    expect(pocket.page.get_by_role("button", name="Gửi ngay")).to_be_visible()
    assert "Ba Gia" not in pocket.page.content()
    assert pocket.state(submission) == "finished"


def test_without_network_the_phone_draws_my_visits_itself(
    house: House, open_page: Callable[..., Page]
) -> None:
    pocket = signed_in(house, open_page(service_workers="allow"))
    visit = house.people.visit(by="mot")
    again(pocket)
    expect(pocket.page.locator("[data-ready-light] .ready")).to_be_visible(timeout=30_000)
    drawn = pocket.page.locator(f".card:has(a[href$='{visit}'])").inner_text().split()
    pocket.page.context.set_offline(True)
    pocket.page.reload()
    expect(pocket.page.locator("#visits .card").first).to_be_visible()
    card = pocket.page.locator(f"#visits .card:has(a[href$='{visit}'])")
    assert card.inner_text().split() == drawn
    expect(pocket.page.get_by_role("link", name="Bắt đầu kiểm tra đột xuất")).to_be_visible()
    pocket.finish([])
    pocket.page.reload()
    send_now(pocket)
    expect(pocket.page.locator("#waiting [data-news]")).to_contain_text("Chưa nối được máy chủ")
