"""Takes the README's pictures from the running program: `python -m tests.screens` (needs Chromium), demo data and all."""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

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
    page.screenshot(path=FOLDER / "work.png")
    inspector = Phone(page, url)
    inspector.start_surprise("21040", "binh son", "Theo phản ánh của người dân về trễ hẹn")
    for name in inspector.criteria()[:4]:
        inspector.answer(name, "pass")
    inspector.answer("ny_02", "fail", note="Thiếu ba thủ tục đất đai", n="3", of="10")
    page.locator("#ny_02").scroll_into_view_if_needed()
    page.evaluate("document.getElementById('ny_02').scrollIntoView()")
    page.screenshot(path=FOLDER / "form.png")
    inspector.send()
    page.screenshot(path=FOLDER / "receipt.png")


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
