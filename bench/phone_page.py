"""The commune checklist (64 criteria) as a cheap phone meets it: real Chromium, slowed down, on real gunicorn.

The slow profile: processor four times slower, 400 kbit/s and 400 ms to the server through Chromium's own throttle,
390 x 844 points at two pixels each, HTTP/1.1, gzip, no TLS. Interactive is the later of: the script has judged all
conditions once, and the last long task has ended. A tap is timed from the finger's event to the picture that shows
the follow-up, by the page's own clock.
"""

import shutil
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from bench.frame import Figure
from tests.builders import open_office
from tests.client import Client
from tests.conftest import CHROMIUM_FLAGS
from tests.prepared import DEMO_PASSWORD
from tests.servers import LiveServer, flask, server_env

LOADS = 5
SLOWER = 4
KBITS, ROUND_TRIP = 400, 400  # kbit/s, ms
TOUCH, PAUSE = 80, 250  # ms a finger stays down, and rests before and after
QUIET = 3000  # ms without a long task: the page has settled

# Runs before the page's own scripts: remembers long tasks, and times each tap on a "Không đạt".
WATCH = """
window.seen = {tasks: [], taps: []};
new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((task) => task.startTime + task.duration)))
  .observe({type: "longtask", buffered: true});
addEventListener("click", (event) => {
  if (!event.target.matches?.('input[value="fail"]')) return;
  const after = new MessageChannel();  // a message sent in a frame arrives when the frame has been drawn
  after.port1.onmessage = () => {
    const block = event.target.parentElement.querySelector(".finding");
    seen.taps.push(block.checkVisibility() ? performance.now() - event.timeStamp : NaN);
  };
  requestAnimationFrame(() => after.port2.postMessage(0));
}, true);
"""
LOADED = """() => ({
  paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
  ready: performance.getEntriesByName("conditions-judged")[0].startTime,
  tasks: seen.tasks,
})"""


@dataclass
class Load:
    """One load of the page: bytes over the wire (heads and bodies of answers), and ms after it was asked for."""

    bytes: int
    requests: list[str]
    paint: float
    interactive: float


def figures() -> Iterator[Figure]:
    with (
        tempfile.TemporaryDirectory() as folder,
        _server(Path(folder)) as (url, visits),
        _browser() as browser,
    ):
        cookies = _cookies(url)
        first, second, taps = [], [], []
        for visit in visits:
            with _phone(browser, cookies) as (page, cdp):
                first.append(_load(page, cdp, f"{url}/inspect/{visit}"))
                second.append(_load(page, cdp, f"{url}/inspect/{visit}"))
                taps += _taps(page, cdp)
    yield from _load_figures("first load", first, "45 kB in 5 requests", "1.5 s", "2.0 s")
    yield from _load_figures("second load", second, "", "", "")
    yield Figure(
        "checklist page, tap on Không đạt to its follow-up in sight, slow profile",
        f"{statistics.median(taps):.0f} ms (p95 {statistics.quantiles(taps, n=20)[-1]:.0f} ms, {len(taps)} taps)",
        _aim("60 ms", statistics.median(taps) <= 60),
    )


def _load_figures(
    name: str, loads: list[Load], weight: str, paint: str, interactive: str
) -> Iterator[Figure]:
    size, asked = statistics.median(load.bytes for load in loads) / 1000, loads[0].requests
    yield Figure(
        f"checklist page, {name}: over the wire",
        f"{size:.1f} kB in {len(asked)} requests",
        weight and _aim(weight, size <= 45 and len(asked) <= 5),
    )
    for what, aim, times in (
        ("first paint", paint, [load.paint for load in loads]),
        ("interactive", interactive, [load.interactive for load in loads]),
    ):
        seconds = statistics.median(times) / 1000
        yield Figure(
            f"checklist page, {name}: {what}, slow profile",
            f"{seconds:.2f} s",
            aim and _aim(aim, seconds <= float(aim.split()[0])),
        )


def _aim(aim: str, met: bool) -> str:
    return aim if met else f"{aim}, missed"


@contextmanager
def _server(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """A running server, and a visit for each load."""
    database_url = f"sqlite:///{folder / 'bench.sqlite'}"
    env = server_env(folder, database_url)
    flask(env, "prepare")
    office = open_office(database_url)
    office.now = datetime.now(UTC)
    office.give_password("inspector", DEMO_PASSWORD)
    visits = [office.visit(checklist="cap-xa") for _ in range(LOADS)]
    server = LiveServer(env, folder / "gunicorn.log").start()
    try:
        yield server.url, visits
    finally:
        server.stop()


@contextmanager
def _browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "no Chromium on this machine: apt-get install chromium"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)


def _cookies(url: str) -> dict[str, str]:
    """Of an inspector who has signed in elsewhere, so that the page comes to an empty cache."""
    return {cookie.name: str(cookie.value) for cookie in Client(url, "inspector").http.cookies}


@contextmanager
def _phone(browser: Browser, cookies: dict[str, str]) -> Iterator[tuple[Page, CDPSession]]:
    context: BrowserContext = browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True, has_touch=True,
        locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh",
    )  # fmt: skip
    context.add_cookies(
        [{"name": k, "value": v, "domain": "127.0.0.1", "path": "/"} for k, v in cookies.items()]
    )
    page = context.new_page()
    page.add_init_script(WATCH)
    cdp = context.new_cdp_session(page)
    cdp.send("Network.enable")
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    speed = KBITS * 1000 / 8
    cdp.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": ROUND_TRIP, "downloadThroughput": speed, "uploadThroughput": speed},
    )
    yield page, cdp
    context.close()


def _load(page: Page, cdp: CDPSession, address: str) -> Load:
    """Open the page and wait until it is quiet. An answer from the cache is no request."""
    asked: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def ask(event: dict[str, Any]) -> None:
        if not event["request"]["url"].startswith("data:"):
            asked[event["requestId"]] = event["request"]["url"]

    def cached(event: dict[str, Any]) -> None:
        asked.pop(event["requestId"], None)

    def finish(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"]

    listeners = {
        "Network.requestWillBeSent": ask,
        "Network.requestServedFromCache": cached,
        "Network.loadingFinished": finish,
    }
    for name, listener in listeners.items():
        cdp.on(name, listener)
    page.goto(address)
    page.wait_for_function('performance.getEntriesByName("conditions-judged").length', timeout=60_000)
    page.wait_for_timeout(QUIET)
    seen = page.evaluate(LOADED)
    for name, listener in listeners.items():
        cdp.remove_listener(name, listener)
    requests = [url for request, url in asked.items() if sizes.get(request)]
    return Load(
        sum(sizes.get(request, 0) for request in asked),
        requests,
        seen["paint"],
        max(seen["ready"], *seen["tasks"], 0),
    )


def _taps(page: Page, cdp: CDPSession) -> list[float]:
    """Tap "Không đạt" at every criterion in sight; ms of each. By bare touches: page.tap runs scripts of its own."""
    for fail in page.locator("fieldset.q:visible input[value=fail]").all():
        fail.evaluate("(radio) => radio.scrollIntoView({block: 'center'})")
        page.wait_for_timeout(PAUSE)  # nobody taps while the page still works on the last answer
        box = fail.bounding_box()
        assert box
        finger = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        cdp.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [finger]})
        page.wait_for_timeout(TOUCH)
        cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(PAUSE)
    taps = [float(time or "nan") for time in page.evaluate("seen.taps")]
    assert taps and all(time > 0 for time in taps), "a follow-up was not in sight when its picture was drawn"
    return taps
