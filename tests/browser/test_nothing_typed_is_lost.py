"""What an inspector typed survives an ended sign-in, another person on the phone, an error, a reload and a killed tab."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect

from inspect_app.domain.people import Role
from inspect_app.storage.people import PersonRow
from inspect_app.storage.submissions import PhotoRow, SubmissionRow, find_draft
from tests.builders import Office, open_office
from tests.client import photo_of
from tests.pages import Phone, sign_in, sign_out
from tests.prepared import prepared_sqlite
from tests.servers import LiveServer, server_env

pytestmark = pytest.mark.browser

PASSWORD = "cửa một lần mở là xong"
NOTE = "Ngọk Réo: bảng niêm yết còn bản 2019,\nthiếu phí"
BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])


@dataclass
class House:
    people: Office
    url: str

    def change(self, username: str, **values: object) -> None:
        with self.people.database.writing.begin() as session:
            person = session.get_one(PersonRow, self.people.person(username))
            for name, value in values.items():
                setattr(person, name, value)

    def arrives(self, filled: "Filled", by: str) -> None:
        """The checklist and its photo are received once, from their owner, when the phone's page is open."""
        filled.page.goto(f"{self.url}/inspect/")
        for _ in range(200):
            with self.people.database.reading() as session:
                rows = session.query(SubmissionRow).filter_by(inspection_id=filled.visit).all()
                photos = [
                    photo.state
                    for row in rows
                    for photo in session.query(PhotoRow).filter_by(submission_id=row.id)
                ]
                found = [(row.person_id, row.answers["ns_02_note"]) for row in rows]
            if photos == ["stored"]:
                break
            filled.page.wait_for_timeout(100)
        assert found == [(self.people.person(by), NOTE)] and photos == ["stored"]

    def sent(self, visit: str) -> int:
        with self.people.database.reading() as session:
            return session.query(SubmissionRow).filter_by(inspection_id=visit).count()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, shared_folder: Path) -> Iterator[House]:
    """One server for all tests of this file, with two inspectors and a reviewer; uploads end at 1 MB."""
    folder = tmp_path_factory.mktemp("lost")
    stores = prepared_sqlite(shared_folder, folder, demo=False)
    settings = stores.settings | {
        "INSPECT_EVIDENCE_URL": str(stores.evidence),
        "INSPECT_UPLOAD_LIMIT_MB": "1",
    }
    server = LiveServer(server_env(folder, stores.database_url, **settings), folder / "gunicorn.log").start()
    office = open_office(stores.database_url)
    for name, role in (("mot", Role.INSPECTOR), ("hai", Role.INSPECTOR), ("soat", Role.REVIEWER)):
        office.give_password(name, PASSWORD, role)
    yield House(office, server.url)
    office.database.engine.dispose()
    server.stop()


@dataclass
class Filled:
    """A visit whose page was half filled with text and one photo."""

    page: Page
    phone: Phone
    visit: str
    address: str

    def again(self, username: str = "mot") -> None:
        """Sign in where the browser stands."""
        self.page.fill("#username", username)
        self.page.fill("#password", PASSWORD)
        self.page.click("main button[type=submit]")
        self.page.wait_for_load_state()

    def holds_everything(self) -> None:
        expect(self.page).to_have_url(self.address)
        expect(self.page.locator("#ns_02_note")).to_have_value(NOTE)
        expect(self.page.locator("#ns_02-fail")).to_be_checked()
        expect(self.page.locator("#ns_02 .thumbs img")).to_have_count(1)


Fill = Callable[..., Filled]


@pytest.fixture
def fill(house: House, open_page: Callable[..., Page], tmp_path: Path) -> Fill:
    def start(javascript: bool = True, **options: object) -> Filled:
        visit = house.people.visit(by="mot")
        page = open_page(javascript=javascript, **options)
        sign_in(page, house.url, "mot", PASSWORD)
        address = f"{house.url}/inspect/{visit}"
        page.goto(address)
        phone = Phone(page, house.url)
        phone.answer("ns_02", "fail", note=NOTE)
        file = tmp_path / "mot.jpg"
        file.write_bytes(photo_of(3))
        phone.add_photos("ns_02", [file])
        return Filled(page, phone, visit, address)

    return start


def end_by_new_password(house: House, page: Page) -> None:
    with house.people.database.writing.begin() as session:
        session.get_one(PersonRow, house.people.person("mot")).session_epoch += 1


def end_by_time(house: House, page: Page) -> None:
    page.context.clear_cookies(name="phien")


def end_by_disabling(house: House, page: Page) -> None:
    house.change("mot", active=False)


ENDS = pytest.mark.parametrize("end", [end_by_new_password, end_by_time, end_by_disabling])


@ENDS
def test_without_script_a_checklist_sent_after_its_sign_in_ended_is_there_after_signing_in(
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


@ENDS
def test_with_script_a_checklist_finished_after_its_sign_in_ended_arrives_once(
    house: House, fill: Fill, end: Callable[[House, Page], None]
) -> None:
    filled = fill()
    end(house, filled.page)
    filled.phone.send()
    house.change("mot", active=True)
    if end is not end_by_disabling:  # whose session lives again
        sign_in(filled.page, house.url, "mot", PASSWORD)
    house.arrives(filled, by="mot")


def test_without_script_who_signs_in_instead_gets_nothing_of_it_and_it_waits_for_its_owner(
    house: House, fill: Fill
) -> None:
    filled = fill(False)
    end_by_new_password(house, filled.page)
    filled.phone.send()
    filled.again("hai")
    assert NOTE.split("\n")[0] not in filled.page.content()
    sign_out(filled.page)
    sign_in(filled.page, house.url, "mot", PASSWORD)
    filled.page.goto(filled.address)
    filled.holds_everything()


def test_with_script_who_signs_in_instead_gets_nothing_of_it_and_it_arrives_in_its_owners_name(
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


def test_without_script_a_page_older_than_its_session_is_kept_and_shown_to_be_sent_again(
    house: House, fill: Fill
) -> None:
    filled = fill(False)
    other = filled.page.context.new_page()
    end_by_new_password(house, other)
    sign_in(other, house.url, "mot", PASSWORD)
    filled.phone.send()
    expect(filled.page.locator("[role=status]").first).to_contain_text("hãy xem lại rồi gửi")
    filled.holds_everything()


def test_with_script_a_page_leaves_when_the_phone_is_locked_and_all_is_there_after_signing_in(
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


def test_without_script_a_page_left_open_by_a_colleague_is_not_sent_in_ones_own_name(
    house: House, fill: Fill
) -> None:
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


def test_with_script_a_page_left_open_by_a_colleague_shows_nothing_and_waits_for_its_owner(
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
