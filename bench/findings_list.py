"""The violation list at several sizes and on both databases: server time of its page, and its files from gunicorn.

The files come through the web door of a server with one process, whose memory is watched meanwhile. RSS counts pages
of files too (the mapped SQLite database, libraries); "anonymous" is what the process really takes from the machine.
The bare loop writes the same cells, lying ready in memory, by xlsxwriter's constant_memory and nothing else; it runs
before and after the server, and the quicker run counts.
"""

import gc
import http.client
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook

from bench.frame import Figure, aimed, run_alone
from bench.generate import generate
from bench.processes import family
from bench.totals import best, client_on
from inspect_app.domain.filters import parse_filters
from inspect_app.domain.finding_lines import HEADER
from inspect_app.domain.maps import Map
from inspect_app.domain.people import Role
from inspect_app.exchange.cells import Row
from inspect_app.operations.desk import Desk, viewer_of
from inspect_app.storage.engine import open_database
from inspect_app.storage.finding_list import finding_clauses, iterate_findings
from inspect_app.storage.people import PersonRow
from inspect_app.storage.units import get_gazetteer
from tests.builders import open_office
from tests.client import Client
from tests.databases import PostgresServer
from tests.prepared import DEMO_PASSWORD
from tests.servers import LiveServer, server_env

SIZES = tuple(int(size) for size in os.environ.get("BENCH_FINDINGS", "3000,100000").split(","))
AIM_SIZE = 100_000
PAGE_AIM, FIRST_AIM, TIMES_BARE, MEMORY_AIM = 50, 300, 1.5, 150  # ms, ms, ratio, MB
PAGES = {
    "no filter": "",
    "one quarter": "from=2025-09-15&to=2025-12-14",
    "confirmed, of a former district": "state=confirmed&district=534",
    "map of 2021, a commune": "map=2021-06-30&commune=21040",
    "surprise visits": "kind=surprise",
    "criterion": "criterion=NY-01",
    "group": "group=NY",
    "severity": "severity=3",
    "cause": "cause=nhan_su",
    "repeats": "repeat=1",
    "text": "q=duc+pho",
    "text that half of all hold": "q=phuong",
    "text that nothing holds": "q=zzz",
}
HEADER_BYTES = 1000  # the header of a CSV is shorter
SAMPLE = 0.02  # seconds between two looks at the server's memory


@dataclass(frozen=True)
class Fetched:
    """Seconds of the whole, to the first byte of the body, and until more than a header came; bytes; memory in MB."""

    seconds: float
    first: float
    rows: float
    size: int
    rss: float
    anonymous: float
    rest: float


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            yield from _figures(f"sqlite:///{folder}/{size}.sqlite", Path(folder), size, "SQLite")
        postgres = PostgresServer()
        try:
            for size in SIZES:
                yield from _figures(postgres.url(postgres.new_database()), Path(folder), size, "PostgreSQL")
        finally:
            postgres.stop()


def _figures(url: str, folder: Path, size: int, name: str) -> Iterator[Figure]:
    generate(open_database(url), size)
    for what, seconds in run_alone(pages, url, str(folder)).result:
        value = f"{1000 * seconds:.0f} ms"
        yield Figure(f"/findings at {size:,} on {name}, {what}", value, _page_aim(size, seconds))
    bare = run_alone(bare_loop, url, str(folder)).result
    with _browser(url, folder) as browser:
        csv, xlsx = (_fetch(browser, f"/findings.{suffix}") for suffix in ("csv", "xlsx"))
    bare = min(bare, run_alone(bare_loop, url, str(folder)).result)
    big = size == AIM_SIZE
    met = 1000 * csv.first < FIRST_AIM
    yield Figure(
        f"/findings.csv at {size:,} on {name}",
        _said(csv),
        aimed(f"first byte < {FIRST_AIM} ms", met) if big else "",
    )
    ratio = xlsx.seconds / bare
    met = ratio <= TIMES_BARE and xlsx.anonymous < MEMORY_AIM
    aim = f"{TIMES_BARE} x bare loop, < {MEMORY_AIM} MB"
    yield Figure(
        f"/findings.xlsx at {size:,} on {name}",
        f"{_said(xlsx)}; {ratio:.2f} x bare loop of {bare:.1f} s",
        aimed(aim, met) if big else "",
    )


def _said(got: Fetched) -> str:
    return (
        f"{got.seconds:.1f} s, first byte {1000 * got.first:.0f} ms, first rows {1000 * got.rows:.0f} ms, "
        f"{got.size / 1e6:.1f} MB; server process peak "
        f"{got.anonymous:.0f} MB anonymous (idle {got.rest:.0f} MB), {got.rss:.0f} MB RSS"
    )


def _page_aim(size: int, seconds: float) -> str:
    return aimed(f"< {PAGE_AIM} ms", 1000 * seconds < PAGE_AIM) if size == AIM_SIZE else ""


def pages(url: str, folder: str) -> list[tuple[str, float]]:
    client = client_on(url, folder)
    return [(name, best(client, f"/findings?{query}")) for name, query in PAGES.items()]


def bare_loop(url: str, folder: str) -> float:
    """Seconds of writing the list's cells, read beforehand, with xlsxwriter alone."""
    rows = list(_cells(url))
    gc.freeze()  # what lies ready shall not slow the loop down
    options = {"constant_memory": True, "tmpdir": folder, "default_date_format": "dd/mm/yyyy"}
    start = time.perf_counter()
    with Workbook(f"{folder}/bare.xlsx", options) as workbook:
        worksheet = workbook.add_worksheet()
        worksheet.write_row(0, 0, HEADER)
        for line, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                worksheet.write(line, column, cell)
    return time.perf_counter() - start


def _cells(url: str) -> Iterator[Row]:
    with open_database(url).reading() as session:
        gazetteer = get_gazetteer(session)
        viewer = viewer_of(session.get_one(PersonRow, 1), gazetteer)
        desk = Desk(session, viewer, datetime.now(UTC), ZoneInfo("Asia/Ho_Chi_Minh"))
        clauses = finding_clauses(parse_filters({}, desk.today), gazetteer, viewer)
        for number, line in enumerate(iterate_findings(session, clauses, Map(gazetteer, None)), start=1):
            yield line.cells(number)


@dataclass(frozen=True)
class Browser:
    """A signed-in head at a server, who downloads to `target`; `worker` is the server's one process."""

    port: int
    worker: int
    cookie: str
    target: Path


@contextmanager
def _browser(url: str, folder: Path) -> Iterator[Browser]:
    open_office(url).give_password("do", DEMO_PASSWORD, Role.HEAD)
    server = LiveServer(server_env(folder, url, WEB_CONCURRENCY="1"), folder / "gunicorn.log").start()
    try:
        assert server.process
        cookies = Client(server.url, "do").http.cookies
        cookie = "; ".join(f"{one.name}={one.value}" for one in cookies)
        yield Browser(server.port, family(server.process.pid)[1], cookie, folder / "download")
    finally:
        server.stop()


def _fetch(browser: Browser, path: str) -> Fetched:
    """Download a file. The server is warm and has shown the page before."""
    worker = browser.worker
    _get(browser, "/findings")
    rest = _megabytes(worker, "RssAnon")
    peaks = {"RssAnon": 0.0, "VmRSS": 0.0}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(SAMPLE):
            for name in peaks:
                peaks[name] = max(peaks[name], _megabytes(worker, name))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        seconds, first, rows, size = _get(browser, path)
    finally:
        done.set()
        watching.join()
    return Fetched(seconds, first, rows, size, peaks["VmRSS"], peaks["RssAnon"], rest)


def _get(browser: Browser, path: str) -> tuple[float, float, float, int]:
    connection = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=600)
    size, first, rows, start = 0, 0.0, 0.0, time.perf_counter()
    connection.request("GET", path, headers={"Cookie": browser.cookie})
    answer = connection.getresponse()
    assert answer.status == 200, answer.status
    with browser.target.open("wb") as file:
        while piece := answer.read1(1 << 20):
            first = first or time.perf_counter() - start
            size += file.write(piece)
            if size > HEADER_BYTES:
                rows = rows or time.perf_counter() - start
    seconds = time.perf_counter() - start
    connection.close()
    return seconds, first, rows, size


def _megabytes(pid: int, name: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) / 1024
