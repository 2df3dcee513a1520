"""The checklist on a phone-sized screen of a real browser: what unfolds, what is counted, photos, weight, accessibility."""

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, Request, expect

from inspect_app.storage.submissions import BlobRow, PhotoRow, SubmissionRow
from tests.builders import Office, open_office
from tests.pages import Phone, sign_in
from tests.prepared import prepared_sqlite
from tests.servers import LiveServer, server_env

pytestmark = pytest.mark.browser

PASSWORD = "cửa một lần mở là xong"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, shared_folder: Path) -> Iterator[tuple[Office, str]]:
    """One server for all tests of this file, with one inspector; each test opens a visit of its own."""
    folder = tmp_path_factory.mktemp("checklist")
    stores = prepared_sqlite(shared_folder, folder, demo=False)
    settings = stores.settings | {"INSPECT_EVIDENCE_URL": str(stores.evidence)}
    server = LiveServer(server_env(folder, stores.database_url, **settings), folder / "gunicorn.log").start()
    office = open_office(stores.database_url)
    office.give_password("kiemtra1", PASSWORD)
    yield office, server.url
    office.database.engine.dispose()
    server.stop()


@pytest.fixture
def open_visit(
    office: tuple[Office, str], open_page: Callable[..., Page]
) -> Callable[..., tuple[Page, Phone, str]]:
    """`open_visit(javascript=True, checklist="dot-xuat", **options)`: the form of a new visit, open on a phone."""

    def start(
        javascript: bool = True, checklist: str = "dot-xuat", **options: object
    ) -> tuple[Page, Phone, str]:
        people, url = office
        visit = people.visit(by="kiemtra1", checklist=checklist)
        page = open_page(javascript=javascript, **options)
        sign_in(page, url, "kiemtra1", PASSWORD)
        page.goto(f"{url}/inspect/{visit}")
        if javascript:
            page.wait_for_selector("html[data-ready]", state="attached")
        return page, Phone(page, url), f"{url}/inspect/{visit}"

    return start


Open = Callable[..., tuple[Page, Phone, str]]


def photo(folder: Path, name: str, size: tuple[int, int], taken: str | None = None) -> Path:
    exif = Image.Exif()
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken
        exif.get_ifd(0x8769)[0x9011] = "+07:00"
    file = folder / name
    Image.effect_noise(size, 70).convert("RGB").save(file, exif=exif, quality=90)
    return file


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_follow_ups_unfold_under_their_outcome(open_visit: Open, javascript: bool) -> None:
    page, _, _ = open_visit(javascript)
    expect(page.locator("#ns_02_severity")).to_be_hidden()
    expect(page.locator("#ns_02-more")).to_be_hidden()
    page.check("#ns_02-fail")
    for name in ("note", "severity", "cause", "responsible", "minutes"):
        expect(page.locator(f"#ns_02_{name}")).to_be_visible()
    assert page.input_value("#ns_02_severity") == "3", "the proposed severity"
    page.check("#ns_02-pass")
    expect(page.locator("#ns_02_minutes")).to_be_hidden()
    expect(page.locator("#ns_02_note")).to_be_hidden()
    page.check("#ns_02-more")
    expect(page.locator("#ns_02_note")).to_be_visible()
    expect(page.locator("#ns_02_severity")).to_be_hidden()
    page.check("#pa_05-pass")
    expect(page.locator("#pa_05_asked")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_showing_all_and_core_only_loses_nothing(open_visit: Open, javascript: bool) -> None:
    page, _, _ = open_visit(javascript, "cap-xa")
    expect(page.locator("#ny_04")).to_be_hidden()
    page.check("#show-all")
    page.check("#ny_04-fail")
    page.fill("#ny_04_note", "Thiếu phí")
    page.check("#show-core")
    expect(page.locator("#ny_04")).to_be_visible()  # answered, so it stays in sight
    expect(page.locator("#ny_05")).to_be_hidden()
    page.click("button[value=save]")
    page.wait_for_load_state()
    assert page.input_value("#ny_04_note") == "Thiếu phí"


def test_the_form_can_be_used_after_45_kb_in_five_requests(open_visit: Open) -> None:
    """What the form needs before an answer is kept comes first; conditions, camera and queue come after it."""
    page, _, address = open_visit(checklist="cap-xa")
    fresh = page.context.new_page()
    devtools = page.context.new_cdp_session(fresh)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    devtools.send("Network.setBypassServiceWorker", {"bypass": True})
    urls: dict[str, str] = {}
    sizes: dict[str, float] = {}
    devtools.on(
        "Network.requestWillBeSent", lambda event: urls.update({event["requestId"]: event["request"]["url"]})
    )
    devtools.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    fresh.goto(address)
    fresh.wait_for_load_state("networkidle")
    loaded = {urls[request]: size for request, size in sizes.items() if urls[request].startswith("http")}
    first = [url for url in loaded if re.search(r"/inspect/|phone[.]css|/(form|journal|store)[.]js", url)]
    assert len(first) == 5 and sum(loaded[url] for url in first) <= 45_000, loaded
    assert sum(loaded.values()) <= 90_000, "with conditions, photos and queue"


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_links_lead_to_sections_that_were_not_drawn_yet(open_visit: Open, javascript: bool) -> None:
    page, _, _ = open_visit(javascript, "cap-xa")
    page.click("#sections li:last-child a")
    page.wait_for_timeout(500)  # what was only estimated is drawn now, and the page must stay where it is
    box = page.locator(".parts section:last-of-type h2").bounding_box()
    assert box and -5 < box["y"] < 400, box


def test_counts_follow_the_answers_and_lead_to_the_next_gap(open_visit: Open) -> None:
    page, _, _ = open_visit()
    page.check("#ns_02-pass")
    page.check("#ts_01-fail")
    expect(page.locator("[data-done]")).to_have_text("2/26")
    expect(page.locator("[data-failed]")).to_have_text("1")
    expect(page.locator("h2 [data-progress=arrival]")).to_have_text("2/3")
    page.click("[data-gap]")
    assert page.evaluate("document.activeElement.id") == "ny_07"
    top, bar = page.evaluate(
        "[document.activeElement.getBoundingClientRect().top, document.querySelector('.bar').getBoundingClientRect().top]"
    )
    assert 0 <= top < bar, "in sight, not behind the bar"


def test_a_broken_condition_is_told_before_anything_is_sent(open_visit: Open) -> None:
    page, phone, address = open_visit()
    page.check("#ns_01-fail")
    page.fill("#ns_01_n", "1")
    page.fill("#ns_01_of", "4")
    page.fill("#ns_01_no_reason", "2")
    phone.send()
    assert page.url == address and page.evaluate("document.activeElement.id") == "ns_01_no_reason"
    expect(page.locator("#ns_01_no_reason-error")).to_have_text("Không được nhiều hơn số người vắng.")
    page.fill("#ns_01_no_reason", "1")
    phone.send()
    page.wait_for_url("**/receipts/**")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_an_error_from_the_server_is_in_focus_and_in_sight(open_visit: Open, javascript: bool) -> None:
    page, phone, _ = open_visit(javascript)
    phone.answer("gq_03", "fail", n="12", of="10")
    phone.send()
    expect(page.locator("[role=alert]")).to_contain_text("GQ-03")
    assert page.input_value("#gq_03_n") == "12"
    assert page.evaluate("document.activeElement.id") == "gq_03_n"
    place = page.locator("#gq_03_n").bounding_box()
    bar = page.locator(".bar").bounding_box()
    assert place and bar and 0 <= place["y"] < bar["y"] - place["height"], (
        "neither above the screen nor behind the bar"
    )
    page.click("[role=alert] a >> nth=0")
    assert page.url.endswith("#gq_03_n")


def test_photos_are_shrunk_and_keep_time_place_and_the_hash_of_the_cameras_file(
    office: tuple[Office, str], open_visit: Open, tmp_path: Path
) -> None:
    page, phone, address = open_visit(
        permissions=["geolocation"], geolocation={"latitude": 15.12, "longitude": 108.8, "accuracy": 9}
    )
    big = photo(tmp_path, "lon.jpg", (3000, 2250), "2026:11:22 09:29:58")
    small = photo(tmp_path, "nho.jpg", (640, 480))
    page.check("#ns_02-fail")
    page.set_input_files("#ns_02_photo", [str(big), str(small)])
    with page.expect_file_chooser() as chooser:  # this browser has no camera of its own
        page.locator("#ns_02").get_by_role("button", name="Chụp ảnh").click()
    chooser.value.set_files(str(small))
    names = [re.compile(r"^lon\.jpg · "), re.compile(r"^nho\.jpg · "), re.compile(r"^nho\.jpg · ")]
    expect(page.locator("#ns_02 .thumb-name")).to_have_text(names)
    page.locator("#ns_02").get_by_role("button", name="Bỏ ảnh này: nho.jpg").first.click()
    page.locator("#ns_02 .caption").last.fill("Bảng niêm yết ở Ngọk Réo")
    phone.send()
    page.wait_for_url("**/receipts/**")
    with office[0].database.reading() as session:
        visit = address.rsplit("/", 1)[1]
        submission = session.query(SubmissionRow).filter_by(inspection_id=visit).one()
        first, last = session.query(PhotoRow).filter_by(submission_id=submission.id).order_by(PhotoRow.id)
        kept = session.get_one(BlobRow, first.sha256)
    assert (kept.media_type, kept.width, kept.height) == ("image/jpeg", 2048, 1536)
    assert [first.source, last.source] == ["gallery", "camera"]
    assert first.taken_at and first.taken_at.isoformat() == "2026-11-22T02:29:58+00:00"
    assert first.original_size == big.stat().st_size and first.original_sha256 == digest(big)
    assert last.original_sha256 is None and last.sha256 == digest(small), "a small file is kept as it is"
    assert (first.lat, last.lat, last.accuracy) == (None, 15.12, 9)
    assert last.caption == "Bảng niêm yết ở Ngọk Réo"


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_sending_waits_for_photos_and_happens_once(open_visit: Open, tmp_path: Path) -> None:
    page, _, _ = open_visit()
    texts: list[Request] = []
    page.on("request", lambda request: texts.append(request) if request.method == "PUT" else None)
    page.check("#ns_02-fail")
    page.set_input_files("#ns_02_photo", str(photo(tmp_path, "lon.jpg", (3000, 2250))))
    page.evaluate(
        "() => { const send = document.querySelector('[value=send]'); send.click(); send.click(); send.click(); }"
    )
    page.wait_for_url("**/receipts/**")
    assert len(texts) == 1
    expect(page.locator(".files > li")).to_have_count(1)


def test_a_file_that_no_browser_can_read_is_sent_as_it_is(open_visit: Open, tmp_path: Path) -> None:
    page, phone, _ = open_visit()
    odd = tmp_path / "IMG_1.HEIC"
    odd.write_bytes(b"\x00\x00\x00\x18ftypheic" + b"x" * 5000)
    page.check("#ns_02-fail")
    page.set_input_files("#ns_02_photo", str(odd))
    expect(page.locator("#ns_02 .thumb-name")).to_contain_text("IMG_1.HEIC · 5 kB")
    phone.send()
    page.wait_for_url("**/receipts/**")
    expect(page.locator(".files > li")).to_contain_text(digest(odd)[:12])


def test_leaving_asks_nothing_since_every_answer_is_kept(open_visit: Open) -> None:
    page, _, address = open_visit()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.check("#ns_02-pass")
    expect(page.locator("[data-saved]")).to_have_text("Đã lưu trên máy")
    page.click(".form-top a")
    page.wait_for_url("**/inspect/")
    assert asked == []
    page.goto(address)
    expect(page.locator("#ns_02-pass")).to_be_checked()


@pytest.mark.parametrize("width", [320, 1280])
def test_the_pages_pass_the_accessibility_checker_and_nothing_sticks_out(
    open_visit: Open, width: int
) -> None:
    page, phone, address = open_visit(width=width)
    base = address.split("/inspect/")[0]
    phone.answer("ny_02", "fail", n="12", of="10", note="Thiếu")
    look(page, width)
    phone.send()
    page.wait_for_selector("[role=alert]")
    look(page, width)
    page.fill("#ny_02_n", "2")
    phone.send()
    page.wait_for_url("**/receipts/**")
    look(page, width)
    for there in ("/inspect/", "/inspect/new", "/inspect/new?q=khong-co"):
        page.goto(base + there)
        look(page, width)


def look(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    page.evaluate("scrollTo(0, 0)")  # what lies half under the bar is scrolled, not small
    found = Axe().run(page, options=RULES).response["violations"]
    assert not found, [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


def test_targets_are_as_large_as_a_thumb(open_visit: Open) -> None:
    page, phone, _ = open_visit()
    phone.answer("ny_02", "fail")
    small = page.evaluate(
        """() => [...document.querySelectorAll('#checklist :is(.seg > label, .button, input:not([type=hidden], .scope, .seg > input, .more, .shoot > input, [type=checkbox]), select, textarea, summary, .chooser a, .bar a)')]
          .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 47.5)
          .map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert small == []
