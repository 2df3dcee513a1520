"""What an inspector typed survives an ended sign-in, another person on the phone, an error, a reload and a killed tab."""

# ruff: noqa: F811 (pytest fixtures are imported and then named as arguments)

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, expect

from tests.half_filled import (  # noqa: F401 (two of them fixtures)
    ENDS,
    NOTE,
    PASSWORD,
    Fill,
    Filled,
    House,
    end_by_disabling,
    end_by_new_password,
    fill,
    house,
)
from tests.pages import Phone, sign_in, sign_out

pytestmark = pytest.mark.browser


@ENDS
def test_a_checklist_finished_after_its_sign_in_ended_arrives_once(
    house: House, fill: Fill, end: Callable[[House, Page], None]
) -> None:
    filled = fill()
    end(house, filled.page)
    filled.phone.send()
    house.change("mot", active=True)
    if end is not end_by_disabling:  # whose session lives again
        sign_in(filled.page, house.url, "mot", PASSWORD)
    house.arrives(filled, by="mot")


def test_who_signs_in_instead_gets_nothing_of_it_and_it_arrives_in_its_owners_name(
    house: House, fill: Fill
) -> None:
    filled = fill()
    end_by_new_password(house, filled.page)
    filled.phone.send()
    sign_in(filled.page, house.url, "hai", PASSWORD)
    filled.page.goto(f"{house.url}/inspect/")
    assert NOTE.split("\n")[0] not in filled.page.content()
    sign_out(filled.page)
    sign_in(filled.page, house.url, "mot", PASSWORD)
    house.arrives(filled, by="mot")


def test_a_page_leaves_when_the_phone_is_locked_and_all_is_there_after_signing_in(
    house: House, fill: Fill
) -> None:
    filled = fill()
    expect(filled.page.locator("#ns_02 .thumbs img")).to_have_count(1)
    other = filled.page.context.new_page()
    end_by_new_password(house, other)
    sign_in(other, house.url, "mot", PASSWORD)
    filled.page.goto(filled.address)
    expect(filled.page.locator("#ns_02 .thumbs img")).to_have_count(1)
    filled.holds_everything()
    filled.phone.send()
    filled.page.wait_for_url("**/receipts/**")
    house.arrives(filled, by="mot")


def test_a_page_left_open_by_a_colleague_shows_nothing_and_waits_for_its_owner(
    house: House, fill: Fill
) -> None:
    filled = fill()
    expect(filled.page.locator("#ns_02 .thumbs img")).to_have_count(1)
    other = filled.page.context.new_page()
    end_by_new_password(house, other)
    sign_in(other, house.url, "hai", PASSWORD)
    filled.page.goto(filled.address)
    assert NOTE.split("\n")[0] not in filled.page.content()
    sign_out_of(house, other)
    sign_in(other, house.url, "mot", PASSWORD)
    filled.page.goto(filled.address)
    filled.holds_everything()
    assert house.sent(filled.visit) == 0
    filled.phone.send()
    house.arrives(filled, by="mot")


def sign_out_of(house: House, page: Page) -> None:
    page.goto(f"{house.url}/password")
    sign_out(page)


def reload(filled: Filled) -> None:
    filled.page.on("dialog", lambda dialog: dialog.accept())
    filled.page.reload()


def kill(filled: Filled) -> None:
    """The tab dies without a word, as when the camera takes the phone's memory; a new one is opened."""
    context = filled.page.context
    with filled.page.expect_event("crash"), suppress(Error):  # the dead tab answers nothing
        filled.page.goto("chrome://crash")
    filled.page = context.new_page()
    filled.page.goto(filled.address)


@pytest.mark.parametrize("lose", [reload, kill])
def test_answers_and_photos_outlive_a_reload_and_a_killed_tab(
    house: House, fill: Fill, lose: Callable[[Filled], None]
) -> None:
    filled = fill()
    page = filled.page
    page.check("#ny_01-none")
    page.check("#ns_01-fail")
    page.fill("#ns_01_n", "1.200")
    page.select_option("#ns_01_severity", "4")
    page.fill("#ns_01_responsible", "Bộ phận Một cửa H'Drai")
    expect(page.locator("[data-saved]")).to_have_text("Đã lưu trên máy")
    expect(page.locator("#ns_02 .thumbs img")).to_have_count(1)
    lose(filled)
    page = filled.page
    expect(page.locator("[data-news]")).to_contain_text("Đã lấy lại những gì anh/chị nhập trên máy này")
    assert page.input_value("#ns_02_note") == NOTE
    assert (
        page.is_checked("#ns_02-fail") and page.is_checked("#ny_01-none") and page.is_checked("#ns_01-fail")
    )
    assert page.input_value("#ns_01_n") == "1.200"
    assert page.input_value("#ns_01_responsible") == "Bộ phận Một cửa H'Drai"
    assert page.input_value("#ns_01_severity") == "4"
    expect(page.locator("[data-done]")).to_have_text("3/26")
    expect(page.locator("#ns_02 .thumbs img")).to_have_count(1)


def test_nobody_else_on_the_phone_is_given_what_was_typed_and_its_owner_is(
    house: House, open_page: Callable[..., Page]
) -> None:
    visit = house.people.plan("21040", "mot", "hai", day=house.people.now.date())
    page = open_page()
    address = f"{house.url}/inspect/{visit}"
    sign_in(page, house.url, "mot", PASSWORD)
    page.goto(address)
    Phone(page, house.url).answer("ns_02", "fail", note=NOTE)
    expect(page.locator("[data-saved]")).to_have_text("Đã lưu trên máy")
    page.context.clear_cookies(name="phien")
    sign_in(page, house.url, "hai", PASSWORD)
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.input_value("#ns_02_note") == ""
    page.context.clear_cookies(name="phien")
    sign_in(page, house.url, "mot", PASSWORD)
    page.goto(address)
    expect(page.locator("#ns_02_note")).to_have_value(NOTE)


def test_a_browser_that_keeps_nothing_says_so(house: House, open_page: Callable[..., Page]) -> None:
    visit = house.people.visit(by="mot")
    page = open_page()
    page.add_init_script(
        "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); }"
    )
    sign_in(page, house.url, "mot", PASSWORD)
    page.goto(f"{house.url}/inspect/{visit}")
    expect(page.locator("[data-news]")).to_contain_text("Trình duyệt này không giữ được")


def test_a_disk_that_is_full_is_said_loudly_and_what_was_answered_is_kept_when_there_is_room(
    house: House, fill: Fill
) -> None:
    filled = fill()
    page = filled.page
    page.evaluate(
        "() => { const put = IDBObjectStore.prototype.put; window.room = () => { IDBObjectStore.prototype.put = put; };"
        " IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
    )
    page.check("#ny_01-none")
    expect(page.get_by_role("alert")).to_contain_text("Máy không lưu được câu vừa trả lời")
    page.evaluate("room()")
    expect(page.locator("[data-saved]")).to_have_text("Đã lưu trên máy")
    page.reload()
    expect(page.locator("#ny_01-none")).to_be_checked()
