"""An inspector's phone in a real Chromium. It remembers what its person gave, and what the person was told."""

import hashlib
import os
import re
import signal
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playwright.sync_api import BrowserContext, Error, Page, expect

from tests.client import photo_of
from tests.faults.truth import Count

if TYPE_CHECKING:
    from tests.faults.stage import House

PATIENCE = 60  # seconds until all must have arrived
CRITERIA = ("ns_02", "ts_01", "ny_01", "ny_02", "ny_03", "ny_06", "ns_01", "ns_06", "ns_03", "ts_03", "gq_03")
TOLD = re.compile(r"/receipts/|/inspect/(#|$)")
LIST = re.compile(r"/inspect/(#|$)|/login")
VISIT = re.compile(r"/inspect/([0-9a-f-]{36})$")

# The phone's own modules: as the open page has them, or as the service worker keeps them.
PHONE = """
const phone = async (name) => {
  const files = (await (await caches.match("/sw-files"))?.json())?.files ?? [];
  const urls = [...[...document.scripts].map(({ src }) => src), ...files.map(({ url }) => url)];
  const base = urls.find((url) => url.includes("/js/phone/"))?.replace(/[^/]*$/, "") ?? "/static/v/x/js/phone/";
  return import(`${base}${name}.js`);
};
"""
SEND = """
const { findOpenStore } = await phone("persons");
const { openSender } = await phone("sender");
const sender = openSender(await findOpenStore());
await sender.run({ now: true });
sender.stop();
"""
SHOWN = """
(name) => new FormData(document.getElementById("checklist")).get(name)?.replaceAll("\\r\\n", "\\n")
"""
ROWS = """
const rows = { records: [], photos: [], pieces: [], receipts: [], events: [], log: [] };
for (const { name } of await indexedDB.databases()) {
  if (!name.startsWith("phieu-")) continue;
  const database = await new Promise((done, fail) => {
    const request = indexedDB.open(name);
    request.onupgradeneeded = () => request.transaction.abort();
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  for (const store of Object.keys(rows)) {
    const found = await new Promise((done, fail) => {
      const request = database.transaction([store]).objectStore(store).getAll();
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error);
    });
    rows[store].push(...found.map((row) => ({ ...(row.clear ?? row), sealed: undefined })));
  }
  database.close();
}
return rows;
"""


def end(processes: list[int]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


@dataclass
class Sheet:
    """One checklist as its person knows it."""

    inspection: str
    answers: dict[str, str] = field(default_factory=dict)
    photos: list[tuple[str, str]] = field(default_factory=list)  # question, hash
    kept: tuple[dict[str, str], int] = field(
        default_factory=lambda: ({}, 0)
    )  # answers, photos said to be safe
    finished: bool = False
    submission: str = ""
    told_code: str = ""
    arrives: int = 1  # submissions of this visit at the server
    statuses: tuple[str, ...] = ("accepted",)


@dataclass
class Phone:
    house: "House"
    context: BrowserContext
    username: str
    sheets: list[Sheet] = field(default_factory=list)
    told: Count = field(default_factory=Count)
    page: Page = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.page = self.context.new_page()

    @property
    def url(self) -> str:
        return self.house.url

    @property
    def sheet(self) -> Sheet:
        return self.sheets[-1]

    def run(self, script: str, **given: Any) -> Any:
        return self.page.evaluate(f"async (given) => {{ {PHONE} {script} }}", given)

    def rows(self) -> dict[str, list[dict]]:
        """The clear parts of all rows of all persons on this phone."""
        return dict(self.run(ROWS))

    # ---- what a person does ----

    def go(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def ready(self) -> None:
        self.page.wait_for_selector("html[data-ready]", state="attached")

    def open(self, inspection: str) -> "Phone":
        """Open a checklist; what is given from now on belongs to it."""
        self.go(f"/inspect/{inspection}")
        self.ready()
        if inspection not in (sheet.inspection for sheet in self.sheets):
            self.sheets.append(Sheet(inspection))
        return self

    def prepare(self) -> "Phone":
        """Look at the list once while there is a network: until the light says that the phone is ready."""
        self.go("/inspect/")
        expect(self.page.locator(".lamp.ready, .lamp.not-ready")).to_have_class("lamp ready", timeout=30_000)
        return self

    def start_visit(self, query: str = "binh son", unit: str = "21040") -> "Phone":
        """Start a surprise visit on the phone itself."""
        self.go("/inspect/new")
        self.ready()
        self.page.fill("#q", query)
        self.page.check(f"#unit-{unit}", force=True)
        self.page.fill("#reason", "Theo phản ánh của người dân")
        self.page.click("#start button.big")
        self.page.wait_for_url(VISIT)
        self.ready()
        found = VISIT.search(self.page.url)
        assert found
        self.sheets.append(Sheet(found[1]))
        return self

    def give(self, seed: int = 0, photos: int = 1, *, opinion: bool = True) -> "Phone":
        """Some answers and photos that differ with `seed`, each until the page says that it is kept."""
        failed, passed = CRITERIA[2 * seed % len(CRITERIA)], CRITERIA[(2 * seed + 1) % len(CRITERIA)]
        self.choose(failed, "fail")
        self.write(f"{failed}_note", f"Ngọk Réo {seed}: bảng niêm yết còn bản 2019,\nthiếu phí “ẩn”")
        self.choose(passed, "pass")
        if opinion:
            self.write("unit_opinion", f"Ia H'Drai, lần {seed} – đã tiếp thu")
        if photos:
            self.photograph(failed, *(photo_of(100 * seed + number) for number in range(photos)))
        return self

    def choose(self, name: str, outcome: str) -> None:
        self.page.check(f"#{name}-{outcome}")
        self.sheet.answers[name] = outcome
        if outcome == "fail":
            self.sheet.answers[f"{name}_severity"] = self.page.input_value(f"#{name}_severity")
        self.wait_saved()

    def write(self, name: str, text: str) -> None:
        self.page.fill(f"#{name}", text)
        self.sheet.answers[name] = text
        self.wait_saved()

    def photograph(self, question: str, *files: bytes) -> None:
        """Add photos; those that the screen shows already are not given again."""
        wanted = [(question, hashlib.sha256(data).hexdigest()) for data in files]
        self.sheet.photos += [photo for photo in wanted if photo not in self.sheet.photos]
        count = sum(1 for where, _ in self.sheet.photos if where == question)
        shown = self.page.locator(f"#{question} .thumbs img")
        missing = count - shown.count()
        if missing:
            names = [
                {"name": f"{number}.jpg", "mimeType": "image/jpeg", "buffer": data}
                for number, data in enumerate(files[-missing:])
            ]
            self.page.set_input_files(f"#{question}_photo", names)  # type: ignore[arg-type]
        expect(shown).to_have_count(count, timeout=60_000)
        self.wait_saved()

    def wait_saved(self) -> None:
        """The page says that all is kept: from now on it must not be lost."""
        self.page.wait_for_selector("[data-saved].saved", state="attached")
        self.sheet.kept = (dict(self.sheet.answers), len(self.sheet.photos))

    def press(self) -> "Phone":
        """Press "Gửi" and look no further."""
        self.sheet.finished = True
        self.page.click("button[name=action][value=send]")
        return self

    def finish(self, *, pressed: bool = False, patience: float = 90) -> "Phone":
        """Press "Gửi": the person is told where the checklist is now, a receipt or the waiting list."""
        if not pressed:
            self.press()
        self.sheet.finished = True
        self.page.wait_for_url(TOLD, timeout=1000 * patience, wait_until="commit")
        return self

    def waits(self) -> "Phone":
        """Nothing could arrive yet, and the waiting list says so."""
        finished = len([sheet for sheet in self.sheets if sheet.finished])
        if not LIST.search(self.page.url):
            self.go("/inspect/")
        try:
            expect(self.page.locator("#waiting [data-count]")).to_have_text(str(finished), timeout=10_000)
        except AssertionError:
            self.told.silent.append(f"{finished} wait, and the list does not say so")
        held = [row for row in self.rows()["records"] if row["state"] in ("finished", "received")]
        if len(held) != finished:
            self.told.silent.append(f"nothing could arrive, and {len(held)} of {finished} records wait")
        return self

    # ---- what happens to it ----

    @contextmanager
    def offline(self) -> Iterator[None]:
        self.house.net.set(offline=True)
        try:
            yield
        finally:
            self.house.net.clear()

    def kill(self) -> "Phone":
        """The tabs die without a word, as when the camera takes the phone's memory."""
        with self.page.expect_event("crash"):
            end(dead := self.processes())
        return self.renew(dead)

    def processes(self) -> list[int]:
        """Those that run this browser's tabs."""
        assert self.context.browser
        session = self.context.browser.new_browser_cdp_session()
        found = session.send("SystemInfo.getProcessInfo")["processInfo"]
        session.detach()
        return [process["id"] for process in found if process["type"] == "renderer"]

    def renew(self, dead: Collection[int] = ()) -> "Phone":
        """Another tab in place of this one, once the browser knows who is dead: one of them it kept in reserve, and a new
        tab that is put there never answers."""
        deadline = time.monotonic() + 30
        while set(dead) & set(self.processes()):
            assert time.monotonic() < deadline, "the browser does not notice its dead"
            time.sleep(0.02)
        with suppress(Error):
            self.page.close()
        self.page = self.context.new_page()
        return self

    def again(self) -> "Phone":
        """Open the checklist again: what the page said was kept is on the screen; what is missing counts as lost."""
        answers, photos = self.sheet.kept
        self.open(self.sheet.inspection)
        for name, value in answers.items():
            shown = self.page.evaluate(SHOWN, name)
            if shown != value:
                self.told.lost.append(f"{name} was {value!r}, the screen has {shown!r}")
        images = self.page.locator(".thumbs img")
        if photos:
            with suppress(AssertionError):
                expect(images.nth(photos - 1)).to_be_attached(timeout=15_000)
                return self
            self.told.lost.append(f"{images.count()} of {photos} photos on the screen")
        return self

    # ---- sending ----

    def send(self) -> None:
        """Send now, as the button of the waiting list does."""
        self.run(SEND)

    def complete(self, patience: float = PATIENCE) -> "Phone":
        """Until the phone says that all has arrived; on the way it never says so before it is true."""
        self.page.wait_for_load_state()
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            self.told += self.house.truth.honesty(self)
            if not any(row["state"] in ("finished", "received") for row in self.rows()["records"]):
                break
            if not LIST.search(self.page.url):
                self.go("/inspect/")
            self.send()
        self.learn()
        return self

    def learn(self) -> None:
        """Which record is whose sheet, and the receipt's code as it stands on the phone."""
        newest = sorted(self.rows()["records"], key=lambda row: row["started_at"])
        for sheet in self.sheets:
            for row in newest:
                if row["inspection"] == sheet.inspection and row["state"] != "draft":
                    sheet.submission, sheet.told_code = row["submission"], row["code"] or ""
