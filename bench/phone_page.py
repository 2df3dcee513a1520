"""The commune checklist (64 criteria) as a cheap phone meets it: real Chromium, slowed down, on real gunicorn.

The slow profile: processor four times slower, 400 kbit/s and 400 ms to the server through Chromium's own throttle,
390 x 844 points at two pixels each, HTTP/1.1, gzip, no TLS, no service worker. The form can be used from `data-ready` on
(js/phone/form.js); what had arrived by then was needed for it, and all else is loaded after it. Interactive is the later
of: the script has judged all conditions once, and the last long task has ended. A tap is timed from the finger's event
to the picture that shows the follow-up, by the page's own clock.
"""

import gzip
import re
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from bench.frame import Figure, aimed
from bench.slow_phone import SCREEN, chromium, open_house, slow_page, spread, tap_all, times_of
from tests.client import Client

LOADS = 5
KBITS, ROUND_TRIP = 400, 400  # kbit/s, ms
QUIET = 3000  # ms without a long task: the page has settled

LOADED = """() => ({
  paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
  judged: performance.getEntriesByName("conditions-judged")[0].startTime,
  tasks: seen.tasks,
  ready: seen.ready,
  needed: [location.href, ...performance.getEntriesByType("resource")
    .filter(({responseEnd}) => responseEnd <= seen.ready).map(({name}) => name)],
})"""
# What a module names: other modules, its workers, its styles.
NAMED = re.compile(r'(?:\bfrom|\bimport|\bURL)\s*\(?\s*"(\.{1,2}/[^"]+\.(?:js|css))"')


@dataclass
class Load:
    """One load of the page: bytes over the wire (heads and bodies of answers), and ms after it was asked for."""

    bytes: int  # until the form could be used
    needed: list[str]  # asked of the server until the form could be used
    later: list[str]  # and after it
    paint: float
    ready: float
    interactive: float


def figures() -> Iterator[Figure]:
    with (
        tempfile.TemporaryDirectory() as folder,
        open_house(Path(folder), ["cap-xa"] * LOADS) as house,
        _browser() as browser,
    ):
        cookies = _cookies(house.url)
        first, second, taps = [], [], []
        for visit in house.visits:
            with _phone(browser, cookies) as (page, cdp):
                first.append(_load(page, cdp, f"{house.url}/inspect/{visit}"))
                second.append(_load(page, cdp, f"{house.url}/inspect/{visit}"))
                tap_all(page, cdp, "fail")
                taps += times_of(page, "taps")
        beyond = _beyond(first[0])
    yield from _load_figures("first load", first, "45 kB in 5 requests", "1.5 s", "2.0 s")
    size, packed = (sum(sizes) / 1000 for sizes in zip(*beyond.values(), strict=True))
    yield Figure(
        "checklist page, loaded after that: all that work without a network needs beyond it, over the wire",
        f"{size:.1f} kB in {len(beyond)} files, without the heads of the answers {packed:.1f} kB",
        aimed("45 kB", size <= 45),
    )
    yield from _load_figures("second load", second, "", "", "")
    yield Figure(
        "checklist page, tap on Không đạt to its follow-up in sight, slow profile",
        spread(taps),
        aimed("60 ms", statistics.median(taps) <= 60),
    )


def _load_figures(
    name: str, loads: list[Load], weight: str, paint: str, interactive: str
) -> Iterator[Figure]:
    size, asked = statistics.median(load.bytes for load in loads) / 1000, loads[0].needed
    yield Figure(
        f"checklist page, {name}: until it can be used, over the wire",
        f"{size:.1f} kB in {len(asked)} requests",
        weight and aimed(weight, size <= 45 and len(asked) <= 5),
    )
    for what, aim, times in (
        ("first paint", paint, [load.paint for load in loads]),
        ("can be used", "", [load.ready for load in loads]),
        ("interactive", interactive, [load.interactive for load in loads]),
    ):
        seconds = statistics.median(times) / 1000
        yield Figure(
            f"checklist page, {name}: {what}, slow profile",
            f"{seconds:.2f} s",
            aim and aimed(aim, seconds <= float(aim.split()[0])),
        )


@contextmanager
def _browser() -> Iterator[Browser]:
    with chromium() as (kind, options):
        yield kind.launch(**options)


def _cookies(url: str) -> dict[str, str]:
    """Of an inspector who has signed in elsewhere, so that the page comes to an empty cache."""
    return {cookie.name: str(cookie.value) for cookie in Client(url, "inspector").http.cookies}


@contextmanager
def _phone(browser: Browser, cookies: dict[str, str]) -> Iterator[tuple[Page, CDPSession]]:
    context: BrowserContext = browser.new_context(**SCREEN, service_workers="block")
    context.add_cookies(
        [{"name": k, "value": v, "domain": "127.0.0.1", "path": "/"} for k, v in cookies.items()]
    )
    page, cdp = slow_page(context)
    cdp.send("Network.enable")
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
    page.wait_for_function('() => performance.getEntriesByName("conditions-judged").length', timeout=60_000)
    page.wait_for_timeout(QUIET)
    seen = page.evaluate(LOADED)
    for name, listener in listeners.items():
        cdp.remove_listener(name, listener)
    assert seen["ready"], "the form never said that it can be used"
    came = {url: sizes[request] for request, url in asked.items() if sizes.get(request)}
    needed = [url for url in came if url in seen["needed"]]
    return Load(
        sum(came[url] for url in needed),
        needed,
        [url for url in came if url not in needed],
        seen["paint"],
        seen["ready"],
        max(seen["judged"], *seen["tasks"], 0),
    )


def _beyond(load: Load) -> dict[str, tuple[int, int]]:
    """What the page loads when it can be used already, and what it and the doctor name for later: the bytes of each
    file over the wire, and those of its packed body alone.

    Not the answers that hold a person's own data, and not the other pages that a phone keeps.
    """
    form = next(url for url in load.needed if url.endswith("/form.js"))
    left = [urljoin(form, "doctor.js"), urljoin(form, "/sw.js"), urljoin(form, "/phone/words"), *load.later]
    left += [url for url in load.needed if url.endswith(".js")]
    found: dict[str, tuple[int, int]] = {}
    while left:
        url = left.pop()
        if url in found or urlsplit(url).path.startswith("/api/"):
            continue
        head, body, text = _fetch(url)
        found[url] = head + body, body
        if url.endswith(".js"):
            left += [urljoin(url, name) for name in NAMED.findall(text)]
    return {url: size for url, size in found.items() if url not in load.needed}


def _fetch(url: str) -> tuple[int, int, str]:
    """Bytes of the answer's head and of its packed body, and its text."""
    with requests.get(url, headers={"Accept-Encoding": "gzip"}, stream=True, timeout=60) as answer:
        answer.raise_for_status()
        body = answer.raw.read(decode_content=False)
        head = len("HTTP/1.1 200 OK\r\n\r\n") + sum(
            len(f"{name}: {value}\r\n") for name, value in answer.headers.items()
        )
        packed = answer.headers.get("Content-Encoding") == "gzip"
        return head, len(body), (gzip.decompress(body) if packed else body).decode("utf-8", "replace")
