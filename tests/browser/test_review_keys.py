"""The reviewer's keyboard: each key presses what is on the page, none is taken from a field, and all works by mouse."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from inspect_app.domain.people import Role
from inspect_app.storage.findings import findings_of
from tests.builders import open_office
from tests.pages import sign_in
from tests.prepared import DEMO_PASSWORD, Stores
from tests.servers import LiveServer

FOUR = dict.fromkeys(("gq_04", "ns_01", "ny_01", "ny_02"), "fail")


@pytest.fixture
def visit(
    live_server: Callable[..., LiveServer], prepared_stores: Callable[..., Stores]
) -> tuple[str, Callable[[], dict[str, str]]]:
    """The address of a visit with four findings, and the states of those."""
    stores = prepared_stores()
    office = open_office(stores.database_url)
    office.give_password("chuyenvien", DEMO_PASSWORD, Role.REVIEWER)
    inspection = office.visit()
    office.send(inspection, FOUR)

    def states() -> dict[str, str]:
        with office.database.reading() as session:
            return {row.criterion: row.state for row in findings_of(session, inspection)}

    return f"{live_server(stores=stores).url}/review/{inspection}", states


def at_desk(page: Page, address: str) -> Page:
    sign_in(page, address.split("/review/")[0], "chuyenvien")
    page.goto(address)
    return page


def title(page: Page) -> str:
    return page.inner_text("#finding-title .code")


@pytest.mark.browser
def test_a_whole_visit_is_reviewed_without_the_mouse(
    open_page: Callable[..., Page], visit: tuple[str, Callable[[], dict[str, str]]]
) -> None:
    address, states = visit
    page = at_desk(open_page(width=1280, height=800), address)
    keys = page.keyboard
    assert title(page) == "GQ-04"
    for key, wanted in (("j", "NS-01"), ("k", "GQ-04")):
        with page.expect_navigation():
            keys.press(key)
        assert title(page) == wanted
    with page.expect_navigation():
        keys.press("c")
    assert title(page) == "NS-01" and "GQ-04" in page.inner_text(".flash")
    keys.press("x")
    keys.press("2")
    with page.expect_navigation():
        keys.press("Enter")
    assert title(page) == "NY-01"
    keys.press("e")
    page.locator("#wording").press("Control+A")
    keys.type("Bảng jkcxdera bị che khuất?")  # letters of every shortcut stay letters in a field
    page.check("#change-reason-1")
    with page.expect_navigation():
        keys.press("Enter")
    assert title(page) == "NY-01" and "jkcxdera" in page.inner_text(".matter > .said")
    keys.press("d")
    keys.press("1")
    page.check("#duplicate-reason-1")
    with page.expect_navigation():
        keys.press("Enter")
    with page.expect_navigation():
        keys.press("c")
    assert states() == {
        "GQ-04": "confirmed",
        "NS-01": "not_upheld",
        "NY-01": "duplicate",
        "NY-02": "confirmed",
    }
    keys.press("?")
    assert page.is_visible("dialog#keys")
    keys.press("Escape")
    assert not page.is_visible("dialog#keys")
    with page.expect_navigation():
        keys.press("a")
    assert page.url.endswith("/review") and "Đã duyệt" in page.inner_text(".flash")


@pytest.mark.browser
@pytest.mark.parametrize("javascript", [True, False])
def test_return_and_rejection_work_by_mouse_with_and_without_script(
    open_page: Callable[..., Page], visit: tuple[str, Callable[[], dict[str, str]]], javascript: bool
) -> None:
    address, states = visit
    page = at_desk(open_page(javascript=javascript, width=390, height=844), address)
    page.click(".acts summary:has-text('Không chấp nhận')")
    page.check("#reject-reason-1")
    page.click(".acts details[open] button")
    assert title(page) == "NS-01" and states()["GQ-04"] == "not_upheld"
    assert page.evaluate("document.documentElement.scrollWidth") == 390 if javascript else True
    page.click("#return > summary")
    page.fill("#comment-ns_01", "Bao nhiêu người vắng?")
    page.click("#return button")
    page.goto(address)
    assert "Bao nhiêu người vắng?" in page.inner_text("main")
    assert "Trả lại để bổ sung" in page.inner_text(".visit")
