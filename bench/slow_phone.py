"""A cheap phone for measures: a real Chromium slowed down and real touches, timed by the page's own clock; and a server
with visits for it."""

import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, BrowserType, CDPSession, Locator, Page, sync_playwright

from tests.builders import Office, open_office
from tests.conftest import CHROMIUM_FLAGS
from tests.prepared import DEMO_PASSWORD
from tests.servers import LiveServer, flask, server_env
from tests.toxics import BadNetwork

SLOWER = 4
TOUCH, PAUSE = 80, 250  # ms a finger stays down, and rests before and after
SCREEN: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True,
    "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh",
}  # fmt: skip

# Runs before the page's own scripts. It remembers when the form could be used, when long tasks ended, how long a tap on
# an outcome took until the page said that it is kept, and one on "Không đạt" until its follow-up was in the picture.
WATCH = """
window.seen = {ready: 0, tasks: [], saved: [], taps: []};
new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((task) => task.startTime + task.duration)))
  .observe({type: "longtask", buffered: true});
let tapped = 0;
new MutationObserver((changes) => {
  for (const {target} of changes) {
    if (target.dataset.ready === "form") seen.ready ||= performance.now();
    if (tapped && target.dataset.saved !== undefined && target.className === "saved") {
      seen.saved.push(performance.now() - tapped);
      tapped = 0;
    }
  }
}).observe(document, {subtree: true, attributeFilter: ["data-ready", "class"]});
addEventListener("click", (event) => {
  if (!event.target.matches?.("fieldset.q input[type=radio]")) return;
  tapped = event.timeStamp;
  if (event.target.value !== "fail") return;
  const after = new MessageChannel();  // a message sent in a frame arrives when the frame has been drawn
  after.port1.onmessage = () => {
    const block = event.target.parentElement.querySelector(".finding");
    seen.taps.push(block.checkVisibility() ? performance.now() - event.timeStamp : NaN);
  };
  requestAnimationFrame(() => after.port2.postMessage(0));
}, true);
"""


@dataclass(frozen=True)
class House:
    """A running server; person "inspector" has one visit on each of the checklists that were asked for."""

    url: str
    office: Office
    visits: list[str]


@contextmanager
def open_house(folder: Path, checklists: list[str], net: BadNetwork | None = None) -> Iterator[House]:
    """With `net` the server is the one behind it."""
    database_url = f"sqlite:///{folder / 'bench.sqlite'}"
    env = server_env(folder, database_url)
    flask(env, "prepare")
    office = open_office(database_url)
    office.now = datetime.now(UTC)
    office.give_password("inspector", DEMO_PASSWORD)
    visits = [office.visit(checklist=checklist) for checklist in checklists]
    server = LiveServer(env, folder / "gunicorn.log")
    if net:
        server.port, server.env = net.target, env | {"INSPECT_BASE_URL": net.url}
    server.start()
    try:
        yield House(net.url if net else server.url, office, visits)
    finally:
        server.stop()
        office.database.engine.dispose()


@contextmanager
def chromium() -> Iterator[tuple[BrowserType, dict[str, Any]]]:
    """The browser, and what it is launched with."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "no Chromium on this machine: apt-get install chromium"
    with sync_playwright() as playwright:
        yield playwright.chromium, {"executable_path": path, "args": CHROMIUM_FLAGS}


def slow_page(context: BrowserContext) -> tuple[Page, CDPSession]:
    """A new page that is watched, its processor slowed down."""
    page = context.new_page()
    page.add_init_script(WATCH)
    cdp = context.new_cdp_session(page)
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return page, cdp


def tap(cdp: CDPSession, box: Locator) -> None:
    """By bare touches: page.tap runs scripts of its own."""
    page = box.page
    box.evaluate("(box) => box.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(PAUSE)  # nobody taps while the page still works on the last answer
    place = box.bounding_box()
    assert place
    finger = {"x": place["x"] + place["width"] / 2, "y": place["y"] + place["height"] / 2}
    cdp.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [finger]})
    page.wait_for_timeout(TOUCH)
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(PAUSE)


def tap_all(page: Page, cdp: CDPSession, outcome: str) -> int:
    """Give this outcome to every criterion in sight; how many there were."""
    boxes = page.locator(f"fieldset.q:visible input[value={outcome}]").all()
    for box in boxes:
        tap(cdp, box)
    return len(boxes)


def times_of(page: Page, name: str) -> list[float]:
    """ms of each tap: "saved" or "taps" of WATCH."""
    times = [float(time or "nan") for time in page.evaluate("(name) => seen[name]", name)]
    assert times and all(time > 0 for time in times), (
        "a follow-up was not in sight when its picture was drawn"
    )
    return times


def spread(times: list[float]) -> str:
    """Median and p95 in ms, as the table shows them."""
    p95 = statistics.quantiles(times, n=20)[-1]
    return f"{statistics.median(times):.0f} ms (p95 {p95:.0f} ms, {len(times)} taps)"
