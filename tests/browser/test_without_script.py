"""Without script the server keeps what an inspector typed: when the sign-in ended, when another person signs in, when it is
too large. So it does with the one form of the phone's pages that no script takes over."""

# ruff: noqa: F811 (pytest fixtures are imported and then named as arguments)

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from inspect_app.storage.submissions import find_draft
from tests.half_filled import ENDS, NOTE, PASSWORD, Fill, House, end_by_new_password, fill, house  # noqa: F401 (fixtures)
from tests.pages import sign_in, sign_out

pytestmark = pytest.mark.browser

BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])


@ENDS
def test_a_checklist_sent_after_its_sign_in_ended_is_there_after_signing_in(
    house: House, fill: Fill, end: Callable[[House, Page], None]
) -> None:
    filled = fill(False)
    end(house, filled.page)
    filled.phone.send()
    expect(filled.page.locator(".flash")).to_contain_text("Phiên đăng nhập đã hết. Những gì anh/chị đã nhập")
    house.change("mot", active=True)
    filled.again()
    filled.holds_everything()
    assert house.sent(filled.visit) == 0, "sent only when the person presses the button again"
    filled.phone.send()
    filled.page.wait_for_url("**/receipts/**")
    expect(filled.page.locator(".files li")).to_have_count(1)


def test_who_signs_in_instead_gets_nothing_of_it_and_it_waits_for_its_owner(house: House, fill: Fill) -> None:
    filled = fill(False)
    end_by_new_password(house, filled.page)
    filled.phone.send()
    filled.again("hai")
    assert NOTE.split("\n")[0] not in filled.page.content()
    sign_out(filled.page)
    sign_in(filled.page, house.url, "mot", PASSWORD)
    filled.page.goto(filled.address)
    filled.holds_everything()


def test_a_page_older_than_its_session_is_kept_and_shown_to_be_sent_again(house: House, fill: Fill) -> None:
    filled = fill(False)
    other = filled.page.context.new_page()
    end_by_new_password(house, other)
    sign_in(other, house.url, "mot", PASSWORD)
    filled.phone.send()
    expect(filled.page.locator("[role=status]").first).to_contain_text("hãy xem lại rồi gửi")
    filled.holds_everything()


def test_a_page_left_open_by_a_colleague_is_not_sent_in_ones_own_name(house: House, fill: Fill) -> None:
    filled = fill(False)
    other = filled.page.context.new_page()
    end_by_new_password(house, other)
    sign_in(other, house.url, "hai", PASSWORD)
    filled.phone.send()
    expect(filled.page.locator("main")).to_contain_text("không gửi bằng tên của anh/chị")
    with house.people.database.reading() as session:
        assert find_draft(session, filled.visit, house.people.person("hai")) is None
        kept = find_draft(session, filled.visit, house.people.person("mot"))
        assert kept is not None and kept.answers["ns_02_note"] == NOTE
    assert house.sent(filled.visit) == 0


@BOTH
def test_a_surprise_visit_typed_before_the_sign_in_ended_is_started_after_it(
    house: House, open_page: Callable[..., Page], javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    sign_in(page, house.url, "mot", PASSWORD)
    page.goto(f"{house.url}/inspect/new?q=binh+son")
    page.check("#unit-21040")
    page.check("#checklist-dot-xuat")
    page.fill("#reason", "Phản ánh của người dân <Đức Phổ>")
    end_by_new_password(house, page)
    page.click("button.big")
    expect(page.locator(".flash")).to_contain_text("được giữ lại")
    page.fill("#username", "mot")
    page.fill("#password", "sai rồi")
    page.click("main button[type=submit]")
    expect(page.locator("[role=alert]")).to_contain_text("không đúng")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    expect(page.locator(".typed")).to_contain_text("Phản ánh của người dân <Đức Phổ>")
    page.get_by_role("button", name="Gửi tiếp").click()
    page.wait_for_url(re.compile(r"/inspect/[0-9a-f-]{36}"))
    expect(page.locator("main")).to_contain_text("Phản ánh của người dân <Đức Phổ>")


@BOTH
def test_a_form_typed_by_one_is_not_offered_to_another_who_signs_in(
    house: House, open_page: Callable[..., Page], javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    sign_in(page, house.url, "mot", PASSWORD)
    page.goto(f"{house.url}/inspect/new?q=binh+son")
    page.fill("#reason", "Theo đơn của ông H'Drai")
    end_by_new_password(house, page)
    page.click("button.big")
    page.fill("#username", "hai")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    expect(page.locator("[role=alert]")).to_contain_text("thuộc tài khoản khác nên không được gửi")
    assert "H'Drai" not in page.inner_text("body")


def test_a_post_that_is_too_large_keeps_its_words_and_says_what_of_its_photos(
    house: House, fill: Fill, tmp_path: Path
) -> None:
    filled = fill(False)
    large = tmp_path / "lon.heic"  # no browser shrinks it
    large.write_bytes(b"\0" * 2_000_000)
    filled.phone.add_photos("ns_02", [large])
    filled.phone.send()
    expect(filled.page.locator("#ns_02_photo-error")).to_contain_text("quá lớn nên ảnh chưa được nhận")
    assert filled.page.input_value("#ns_02_note") == NOTE
    assert house.sent(filled.visit) == 0
    filled.page.goto(filled.address)
    assert filled.page.input_value("#ns_02_note") == NOTE, "kept by the server, not only on the screen"


def test_a_page_nobody_can_vouch_for_says_to_go_back_and_going_back_keeps_what_was_typed(
    house: House, fill: Fill
) -> None:
    """As after a change of the server's key."""
    filled = fill(False)
    filled.page.evaluate("document.querySelector('#checklist [name=csrf_token]').value = 'x'")
    filled.phone.send()
    expect(filled.page.locator("main")).to_contain_text("Hãy bấm nút quay lại của trình duyệt")
    filled.page.go_back()
    expect(filled.page.locator("#ns_02_note")).to_have_value(NOTE)
    assert filled.page.is_checked("#ns_02-fail")


def test_a_post_far_beyond_the_limit_is_told_so_and_going_back_keeps_what_was_typed(
    house: House, fill: Fill, tmp_path: Path
) -> None:
    filled = fill(False)
    huge = tmp_path / "qua-lon.heic"
    huge.write_bytes(b"\0" * 6_000_000)
    filled.phone.add_photos("ns_02", [huge])
    filled.phone.send()
    expect(filled.page.locator("main")).to_contain_text("quá lớn nên chưa nhận")
    filled.page.go_back()
    expect(filled.page.locator("#ns_02_note")).to_have_value(NOTE)
