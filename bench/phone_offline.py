"""A cheap phone without a network, and with a bad one: real Chromium with its service worker, its store and its cameras' files.

One inspector signed in once, until the readiness light was green; then the network goes. The phone's page has a
processor four times slower (its service worker has not). A cold start is a browser opened anew on a visit that is half
filled. Bytes are counted between phone and server (tests/toxics.py), both ways, heads and all; what TCP itself repeats
is not counted, only its pauses.
"""

import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, BrowserType, Page, expect
from sqlalchemy import select

from bench.frame import Figure, aimed
from bench.phone_posts import Camera
from bench.slow_phone import SCREEN, House, chromium, open_house, slow_page, spread, tap_all, times_of
from inspect_app.storage.submissions import PhotoRow
from tests.pages import sign_in
from tests.servers import free_port
from tests.toxics import BadNetwork

STARTS = 5
PHOTOS, SIZE = 10, 300_000  # bytes
RATE, LOSS = 100 * 1000 / 8, 0.03  # bytes a second, share of packets
PATIENCE = 30 * 60  # seconds until the photos must have arrived

LIST = re.compile(r"/inspect/(#|$)")
ARRIVED = """async () => {
  const scripts = document.querySelector("script[src*='/js/phone/']").src;
  const {listHeld} = await import(new URL("persons.js", scripts));
  return (await listHeld()).every(({clear}) => clear.state === "draft");
}"""


@dataclass(frozen=True)
class Phone:
    """A browser whose profile outlives it."""

    kind: BrowserType
    options: dict[str, Any]
    profile: Path
    house: House
    net: BadNetwork

    @contextmanager
    def open(self) -> Iterator[BrowserContext]:
        context = self.kind.launch_persistent_context(str(self.profile), **self.options, **SCREEN)
        try:
            yield context
        finally:
            context.close()

    def fill(self, page: Page, visit: int) -> None:
        page.goto(f"{self.house.url}/inspect/{self.house.visits[visit]}")
        page.wait_for_selector("html[data-ready=form]", state="attached")


def figures() -> Iterator[Figure]:
    with (
        tempfile.TemporaryDirectory() as folder,
        BadNetwork(free_port()) as net,
        open_house(Path(folder), ["cap-xa", "dot-xuat"], net) as house,
        chromium() as (kind, options),
    ):
        phone = Phone(kind, options, Path(folder) / "profile", house, net)
        with phone.open() as context:
            _make_ready(phone, context.pages[0])
            net.set(offline=True)
            yield from _taps(phone, context)
        yield _starts(phone)
        with phone.open() as context:
            yield _photos(phone, context)


def _make_ready(phone: Phone, page: Page) -> None:
    sign_in(page, phone.house.url, "inspector")
    page.goto(f"{phone.house.url}/phone/doctor")
    expect(page.locator("[data-ready-light]")).to_contain_text("Sẵn sàng", timeout=60_000)


def _taps(phone: Phone, context: BrowserContext) -> Iterator[Figure]:
    """Every criterion in sight is answered, and its answer is changed for the worse."""
    page, cdp = slow_page(context)
    phone.fill(page, 0)
    given = tap_all(page, cdp, "pass") + tap_all(page, cdp, "fail")
    saved, shown = times_of(page, "saved"), times_of(page, "taps")
    assert len(saved) == given, f"{given} answers, {len(saved)} times said to be kept"
    for what, times, aim in (
        ("an answer to “Đã lưu”", saved, 50),
        ("Không đạt to its follow-up in sight", shown, 60),
    ):
        yield Figure(
            f"checklist page without network, CPU x4: tap on {what}",
            spread(times),
            aimed(f"{aim} ms", statistics.median(times) <= aim),
        )


def _starts(phone: Phone) -> Figure:
    times = []
    for _ in range(STARTS):
        with phone.open() as context:
            page, _cdp = slow_page(context)
            phone.fill(page, 0)
            times.append(float(page.evaluate("() => seen.ready")) / 1000)
    seconds = statistics.median(times)
    return Figure(
        "checklist page without network, CPU x4: cold start until it can be used",
        f"{seconds:.2f} s ({min(times):.2f} to {max(times):.2f} s, {STARTS} starts)",
        aimed("1.5 s", seconds <= 1.5),
    )


def _photos(phone: Phone, context: BrowserContext) -> Figure:
    """Finished without a network, sent by one tap when there is a bad one."""
    page, net = context.pages[0], phone.net
    phone.fill(page, 1)
    page.check("#ns_02-fail")
    page.fill("#ns_02_note", "Ngọk Réo: bảng niêm yết còn bản 2019")
    camera = Camera(SIZE)
    page.set_input_files(
        "#ns_02_photo",
        [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": camera.take()} for n in range(PHOTOS)],
    )
    expect(page.locator("#ns_02 .thumbs img")).to_have_count(PHOTOS, timeout=120_000)
    page.click("button[name=action][value=send]")
    page.wait_for_url(LIST, timeout=120_000)
    send = page.get_by_role("button", name="Gửi ngay")
    expect(send).to_be_visible(timeout=120_000)

    net.set(rate=RATE, loss=LOSS)
    before, start = net.up + net.down, time.monotonic()
    send.click()
    while not page.evaluate(ARRIVED):
        assert time.monotonic() - start < PATIENCE, page.inner_text("main")
        page.wait_for_timeout(1000)
    seconds, moved = time.monotonic() - start, net.up + net.down - before
    sizes = _stored(phone.house)
    assert len(sizes) == PHOTOS, f"{len(sizes)} photos are with the server"
    over = moved / sum(sizes) - 1
    return Figure(
        f"{PHOTOS} photos of 300 KB with their checklist over 100 kbit/s with 3 % loss",
        f"{seconds:.0f} s (the bytes alone take {sum(sizes) / RATE:.0f} s), {100 * over:.1f} % more bytes than the photos",
        aimed("< 5 % more bytes", over < 0.05),
    )


def _stored(house: House) -> list[int]:
    with house.office.database.reading() as session:
        return list(session.scalars(select(PhotoRow.size).where(PhotoRow.state == "stored")))
