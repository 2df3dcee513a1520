"""An inspector's phone in tests: a real Chromium with a profile that outlives it, and the server it talks to or not."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from tests.builders import BINH_SON, Office
from tests.conftest import CHROMIUM_FLAGS
from tests.pages import Phone, sign_in
from tests.servers import ROOT, LiveServer

PASSWORD = "cửa một lần mở là xong"
NOTE = "Ngọk Réo: bảng niêm yết còn bản 2019"
ASK = """
async (message) => {
  const { active } = await navigator.serviceWorker.getRegistration("/");
  const { port1, port2 } = new MessageChannel();
  const said = new Promise((done) => { port1.onmessage = ({ data }) => done(data); });
  active.postMessage(message, [port2]);
  return said;
}
"""
WORKERS = """
async () => {
  const { installing, waiting } = await navigator.serviceWorker.getRegistration("/");
  const shells = (await caches.keys()).filter((name) => name.startsWith("shell-"));
  return { installing: Boolean(installing), waiting: Boolean(waiting), shells };
}
"""


@dataclass
class House:
    """A server that is stopped and started on the same port and stores, as itself or as a later version."""

    people: Office
    server: LiveServer
    folder: Path

    @property
    def url(self) -> str:
        return self.server.url

    def later(self, name: str, change: Callable[[Path], None]) -> None:
        """Stop, and start a copy of the program that was changed."""
        root = self.folder / name
        root.mkdir()
        for part in ("inspect_app", "static", "migrations", "forms"):
            shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "wsgi.py", root)
        change(root)
        self.server.stop()
        env = self.server.env | {"PYTHONPATH": str(root)}
        self.server = LiveServer(env, self.folder / f"{name}.log", cwd=root, port=self.server.port).start()


@dataclass
class Pocket:
    """A phone: one browser with a profile that outlives it."""

    browser: Browser
    house: House
    profile: Path
    complaints: list[str] = field(default_factory=list)
    context: BrowserContext | None = None

    def open(self) -> Page:
        self.close()
        self.context = self.browser.browser_type.launch_persistent_context(
            str(self.profile), executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS,
            viewport={"width": 390, "height": 844}, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh",
        )  # fmt: skip
        self.context.on("weberror", lambda fault: self.complaints.append(str(fault.error)))
        return self.page

    @property
    def page(self) -> Page:
        assert self.context
        return self.context.pages[0]

    def close(self) -> None:
        if self.context:
            self.context.close()
        self.context = None

    def kill_tab(self) -> None:
        """The tab's process ends at once, as when the phone needs its memory; a new tab is opened."""
        killed = self.page
        with killed.expect_event("crash"), suppress(Error):  # the dead tab answers nothing
            killed.goto("chrome://crash")
        assert self.context
        self.context.new_page()
        killed.close()

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.house.url}{path}")
        return self.page

    def sign_in(self, username: str) -> None:
        sign_in(self.page, self.house.url, username, PASSWORD)

    def make_ready(self) -> None:
        """Until the light is green."""
        self.go("/phone/doctor")
        expect(self.page.locator("[data-ready-light]")).to_contain_text("Sẵn sàng", timeout=30_000)

    def start_visit(self, reason: str = "Theo phản ánh của người dân") -> str:
        visit = Phone(self.page, self.house.url).start_surprise(BINH_SON, "binh son", reason)
        self.wait_for_form()
        return visit

    def wait_for_form(self) -> None:
        self.page.wait_for_selector("html[data-ready=form]")

    def answer(self) -> None:
        self.page.check("#ny_02-fail")
        self.page.fill("#ny_02_note", NOTE)
        self.page.wait_for_selector("[data-saved].saved")

    def given(self) -> tuple[bool, str]:
        return self.page.is_checked("#ny_02-fail"), self.page.input_value("#ny_02_note")

    def wait_for_workers(self, *, waiting: bool) -> dict[str, Any]:
        """Until none is being installed and one waits, or none."""
        for _ in range(300):
            found: dict[str, Any] = self.page.evaluate(WORKERS)
            if found["waiting"] == waiting and not found["installing"]:
                return found
            self.page.wait_for_timeout(100)
        raise AssertionError(f"still {found}")

    def ask_worker(self, **message: Any) -> Any:
        return self.page.evaluate(ASK, message)
