"""The pages as their users work them: what an inspector taps, what a reviewer clicks. Works with and without script."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from playwright.sync_api import Error, Page

from tests.prepared import DEMO_PASSWORD


def sign_in(page: Page, url: str, username: str, password: str = DEMO_PASSWORD) -> None:
    page.goto(f"{url}/login")
    page.fill("#username", username)
    page.fill("#password", password)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda there: "/login" not in there)


def sign_out(page: Page) -> None:
    page.click("details.menu > summary")
    page.click(".who form[action$='/logout'] button")
    page.wait_for_url("**/login")


class Phone:
    """An inspector's phone."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def start_surprise(self, unit_code: str, query: str, reason: str) -> str:
        """Pick the unit by an accent-free search, start the visit; gives the inspection's id."""
        self.page.goto(f"{self.url}/inspect/")
        self.page.click("a[href$='/inspect/new']:visible")
        self.page.fill("#q", query)
        self.page.press("#q", "Enter")
        self.page.click(f"label[for='unit-{unit_code}']")
        self.page.click("label[for='checklist-dot-xuat']")
        self.page.fill("#reason", reason)
        self.page.click("form[method=post] button.big")
        self.page.wait_for_url(re.compile(r"/inspect/[0-9a-f-]{36}"))
        return self.page.url.split("/inspect/")[1][:36]

    def criteria(self) -> list[str]:
        """Names of all criteria on the page, in order."""
        return [str(item.get_attribute("id")) for item in self.page.query_selector_all("fieldset.q")]

    def answer(self, name: str, outcome: str, **follow_ups: str) -> None:
        """Tap a segment; fill what unfolds under it. `note`, `n`, `of`, `responsible` go to the fields so called."""
        self.page.check(f"#{name}-{outcome}")
        for suffix, value in follow_ups.items():
            self.page.fill(f"#{name}_{suffix}", value)

    def add_photos(self, name: str, files: Sequence[Path]) -> None:
        self.page.set_input_files(f"#{name}_photo", [str(file) for file in files])

    def send(self) -> None:
        """Press the button; without script the answer is a page, with it the page tells when there is one."""
        form = self.page.url
        self.page.click("button[name=action][value=send]")
        self.page.wait_for_load_state()
        for _ in range(300):
            if self.page.url != form or self._is_told():
                break
            self.page.wait_for_timeout(100)
        self.page.wait_for_load_state()

    def _is_told(self) -> bool:
        """The answer to a press of the button: at once without script, with it when the page is not busy any more."""
        try:
            told = self.page.query_selector("html:not([data-ready]), [role=alert]:not([hidden]), .has-error")
            return bool(told) and not self.page.query_selector("form[data-busy]")
        except Error:  # the page is being left
            return False

    def receipt_code(self) -> str:
        return self.page.inner_text(".receipt-code").strip()


class Desk:
    """A reviewer's desk."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def open_inspection(self, inspection: str) -> None:
        """From the queue, as a person goes."""
        self.page.goto(f"{self.url}/review")
        while self.page.query_selector(f"a[href*='{inspection}']") is None:
            self.page.click("a[rel=next]")
        self.page.click(f"a[href*='{inspection}'] >> nth=0")

    def confirm(self, criterion: str) -> None:
        self.page.click(f"nav.strip a:has-text('{criterion}')")
        self.page.click("form.confirm button")
        self.page.wait_for_selector("[role=status]")

    def return_with(self, comments: Mapping[str, str]) -> None:
        self.page.click("details#return > summary")
        for question, text in comments.items():
            self.page.fill(f"#comment-{question}", text)
        self.page.click("details#return form button.button[type=submit]")
        self.page.wait_for_load_state()
