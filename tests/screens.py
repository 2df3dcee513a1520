"""Takes the README's pictures from the running program: `python -m tests.screens` (needs Chromium), demo data and all."""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.client import photo_of
from tests.conftest import CHROMIUM_FLAGS
from tests.pages import Phone, sign_in
from tests.prepared import prepared_sqlite
from tests.servers import ROOT, LiveServer, server_env

FOLDER = ROOT / "docs" / "screens"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        (folder / "stores").mkdir()
        stores = prepared_sqlite(folder, folder / "stores", demo=True)
        env = server_env(
            folder, stores.database_url, INSPECT_EVIDENCE_URL=str(stores.evidence), **stores.settings
        )
        server = LiveServer(env, folder / "log").start()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
        try:
            phone(browser, server.url)
            desk(browser, server.url)
        finally:
            browser.close()
            server.kill()


def page_of(browser: Browser, url: str, username: str, size: dict[str, int]) -> Page:
    context = browser.new_context(viewport=size, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, url, username)
    return page


def phone(browser: Browser, url: str) -> None:
    page = page_of(browser, url, "kiemtra1", PHONE)

    def shoot(name: str) -> None:
        page.wait_for_timeout(300)  # pictures are drawn after the page
        page.screenshot(path=FOLDER / f"{name}.png")

    page.goto(f"{url}/phone/doctor")
    expect(page.locator("[data-ready-light]")).to_contain_text("Sẵn sàng", timeout=30_000)
    shoot("doctor")
    page.goto(f"{url}/inspect/")
    shoot("work")
    visit = fill(Phone(page, url))
    page.evaluate("document.getElementById('ny_02').scrollIntoView()")
    shoot("form")
    page.context.set_offline(True)
    page.goto(f"{url}/inspect/")
    expect(page.locator("#waiting .draft")).to_be_visible()
    shoot("offline")
    page.goto(f"{url}/inspect/{visit}")
    page.wait_for_selector("html[data-ready=form]")
    page.click("button[name=action][value=send]")
    expect(page.locator("#waiting .here")).to_be_visible()
    shoot("waiting")
    page.route("**/api/v1/submissions/*", lambda route: route.fulfill(status=400, json={"message": "x"}))
    page.context.set_offline(False)
    page.click("[data-send-all]")
    expect(page.locator("#waiting .refused")).to_be_visible()
    shoot("refused")
    page.unroute("**/api/v1/submissions/*")
    page.click("[data-send-all]")
    page.click("#waiting [data-done] > summary")
    expect(page.locator("#waiting .complete")).to_be_visible()
    shoot("complete")
    page.click("#waiting .complete a[data-code]")
    shoot("receipt")


def fill(inspector: Phone) -> str:
    """A surprise visit with some answers and a photo, not sent yet; gives its id."""
    visit = inspector.start_surprise("21040", "binh son", "Theo phản ánh của người dân về trễ hẹn")
    inspector.page.wait_for_selector("html[data-ready=form]")
    for name in inspector.criteria()[:4]:
        inspector.answer(name, "pass")
    inspector.answer("ny_02", "fail", note="Thiếu ba thủ tục đất đai", n="3", of="10")
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "bang-niem-yet.jpg"
        picture.write_bytes(photo_of(1, (1600, 1200)))
        inspector.add_photos("ny_02", [picture])
        expect(inspector.page.locator("[data-photos=ny_02] .thumb-acts")).to_have_count(1)
    inspector.page.wait_for_selector("[data-saved].saved")
    return visit


def desk(browser: Browser, url: str) -> None:
    page = page_of(browser, url, "chuyenvien", DESK)
    page.goto(f"{url}/review")
    page.screenshot(path=FOLDER / "queue.png")
    links = page.locator("main table a")
    for turn in range(links.count()):
        page.goto(f"{url}/review")
        links.nth(turn).click()
        if page.locator("img.large").count():
            break
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / "review.png")
    for name, path in (("list", "/findings"), ("totals", "/totals")):
        page.goto(url + path)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
