"""Receiving, as phones meet it: real gunicorn with two processes, durable SQLite and PostgreSQL, four phones at a time.

A submission has 60 answers and 5 findings; every one is of a visit of its own and every photo is new to the store.
The phones live in this process, so that processor time, read from /proc, is the server's alone.
"""

import http.client
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from bench.frame import Figure, peak_megabytes
from bench.phone_posts import Body, Camera, answers, json_body, page_body
from bench.processes import cpu_ms, family
from inspect_app.domain.checklists import Checklist
from inspect_app.storage.checklists import newest_version, read_checklist
from inspect_app.storage.units import get_gazetteer
from tests.builders import ZONE, Office, open_office
from tests.client import Client
from tests.databases import PostgresServer
from tests.prepared import DEMO_PASSWORD
from tests.servers import LiveServer, flask, server_env

PHONES = 4
WARM_UP = 16
CHECKLIST = "cap-xa"


@dataclass(frozen=True)
class Case:
    """What is sent, how often, and the aim: ms of processor time of all server processes a submission."""

    name: str
    photos: int
    size: int
    times: int
    aim: int
    script: bool = True


CASES = (
    Case("no photos (PUT JSON)", 0, 0, 240, 6),
    Case("3 photos of 300 KB (POST page)", 3, 300_000, 120, 15),
    Case("3 photos of 2.5 MB (POST page)", 3, 2_500_000, 48, 60),
    Case(
        "3 photos of 300 KB (POST page without script: empty fields too)", 3, 300_000, 120, 15, script=False
    ),
)


@dataclass(frozen=True)
class Sending:
    method: str
    path: str
    body: Body
    status: int


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        yield from _figures("SQLite", Path(folder), f"sqlite:///{Path(folder) / 'bench.sqlite'}", None)
    server = PostgresServer(durable=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield from _figures("PostgreSQL", Path(folder), server.url(server.new_database()), server.pid)
    finally:
        server.stop()


def _figures(name: str, folder: Path, url: str, postgres: int | None) -> Iterator[Figure]:
    env = server_env(folder, url)
    flask(env, "prepare")
    office = open_office(url)
    office.now = datetime.now(UTC)
    office.give_password("inspector", DEMO_PASSWORD)
    _check_durability(office)
    for case in CASES:
        server = LiveServer(env, folder / "gunicorn.log").start()
        try:
            yield _figure(name, case, server, office, postgres)
        finally:
            server.stop()


def _check_durability(office: Office) -> None:
    with office.database.engine.connect() as connection:
        if office.database.is_sqlite:
            assert connection.scalar(text("PRAGMA synchronous")) == 2  # FULL: fsync at every commit
            return
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.scalar(text(f"SHOW {setting}")) == "on", setting


def _figure(name: str, case: Case, server: LiveServer, office: Office, postgres: int | None) -> Figure:
    assert server.process
    client = Client(server.url, "inspector")
    sendings = _sendings(case, office, client)
    _send(server, client, [next(sendings) for _ in range(WARM_UP)])
    watched = [server.process.pid, *([postgres] if postgres else [])]
    before = [cpu_ms(pid) for pid in watched]
    spent, seconds = _send(server, client, [next(sendings) for _ in range(case.times)])
    ours, *database = [(cpu_ms(pid) - start) / case.times for pid, start in zip(watched, before, strict=True)]
    peak = max(peak_megabytes(str(pid)) for pid in family(server.process.pid)[1:])
    return Figure(
        f"receiving on {name}, {case.name}",
        f"{case.times / seconds:.0f} a second, p50 {1000 * statistics.median(spent):.0f} ms, "
        f"p95 {1000 * statistics.quantiles(spent, n=20)[-1]:.0f} ms, CPU {ours:.1f} ms"
        f"{f' + PostgreSQL {database[0]:.1f} ms' if database else ''}, peak {peak:.0f} MB a process",
        f"CPU {case.aim} ms{'' if ours <= case.aim else ', missed'}",
    )


def _sendings(case: Case, office: Office, client: Client) -> Iterator[Sending]:
    """Visits started one after the other at offices all over the province, each with its filled checklist."""
    asked, offices = _asked(office)
    filled = answers(asked, datetime.now(ZONE))
    fails = [f"{name}_photo" for name, value in filled.items() if value == "fail"][: case.photos]
    camera = Camera(case.size) if case.photos else None
    page = ""
    for number in range(WARM_UP + case.times):
        visit = office.visit(offices[number % len(offices)], checklist=CHECKLIST)
        if camera is None:
            body = json_body(visit, asked, filled)
            yield Sending("PUT", f"/api/v1/submissions/{uuid.uuid4()}", body, 201)
            continue
        page = page or client.get(f"/inspect/{visit}").text
        body = page_body(
            page, filled, str(uuid.uuid4()), {name: camera.take() for name in fails}, case.script
        )
        yield Sending("POST", f"/inspect/{visit}", body, 303)


def _asked(office: Office) -> tuple[Checklist, list[str]]:
    """The checklist as asked at a commune today, and the codes of the communes."""
    today = office.now.astimezone(ZONE).date()
    with office.database.reading() as session:
        version = newest_version(session, CHECKLIST, today)
        assert version
        checklist = read_checklist(session, version.id).for_visit("commune", today)
        return checklist, [unit.code for unit in get_gazetteer(session).in_force(today, "commune")]


def _send(server: LiveServer, client: Client, sendings: list[Sending]) -> tuple[list[float], float]:
    """Send all, as many at a time as there are phones; seconds of each, and of all together."""
    left, spent, faults = iter(sendings), list[float](), list[str]()
    lock = threading.Lock()
    headers = {
        "Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.http.cookies),
        "X-CSRFToken": client.csrf,
    }

    def phone() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        while True:
            with lock:
                sending = next(left, None)
            if sending is None:
                break
            start = time.perf_counter()
            more = {"Content-Type": sending.body.content_type, "Content-Length": str(sending.body.length)}
            connection.request(sending.method, sending.path, iter(sending.body.pieces), headers | more)
            answer = connection.getresponse()
            said = answer.read()
            spent.append(time.perf_counter() - start)
            if answer.status != sending.status:
                faults.append(f"{sending.path}: {answer.status} {said[:500]!r}")
        connection.close()

    phones = [threading.Thread(target=phone) for _ in range(PHONES)]
    start = time.perf_counter()
    for thread in phones:
        thread.start()
    for thread in phones:
        thread.join()
    seconds = time.perf_counter() - start
    assert not faults and len(spent) == len(sendings), faults[:3]
    return spent, seconds
