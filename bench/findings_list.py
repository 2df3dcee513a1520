"""The violation list through its doors at several sizes: server time of a page, first byte and whole of its files."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bench.finding_rows import fill
from bench.frame import Figure, run_alone
from inspect_app import create_app
from inspect_app.domain.people import Role
from inspect_app.settings import read_settings
from inspect_app.storage.engine import open_database
from inspect_app.storage.people import PersonAreaRow, PersonRow
from inspect_app.storage.units import get_gazetteer
from tests.sessions import session_of

SIZES = tuple(int(size) for size in os.environ.get("BENCH_FINDINGS", "3000,100000").split(","))
AIM_SIZE = 100_000
TIMES = 7
PAGES = {
    "no filter": "",
    "confirmed, quarter, former district": "state=confirmed&from=2025-09-15&to=2025-12-14&district=534",
    "commune, map of 2021": "map=2021-06-30&commune=21040",
    "criterion": "criterion=NY-01",
    "text": "q=duc+pho",
    "text that nothing holds": "q=zzz",
}


def client_on(url: str, folder: str) -> FlaskClient:
    """A client signed in as a reviewer who sees everything."""
    settings = read_settings(
        {"INSPECT_SECRET_KEY": "k" * 40, "INSPECT_DATABASE_URL": url, "INSPECT_VAR": f"{folder}/var"}
    )
    client = create_app(settings).test_client()
    with client.session_transaction() as session:
        session["_user_id"] = session_of(1)
    return client


def prepare(url: str, size: int) -> None:
    database = open_database(url)
    fill(database, size)
    with database.writing.begin() as session:
        province = get_gazetteer(session).on("51", date(2026, 1, 1))
        assert province
        person = session.get_one(PersonRow, 1)
        person.role = Role.HEAD.value
        person.areas.append(PersonAreaRow(unit_id=province.id))


def pages(url: str, folder: str) -> list[tuple[str, float]]:
    client = client_on(url, folder)
    return [
        (name, _best(lambda query=query: client.get(f"/findings?{query}"))) for name, query in PAGES.items()
    ]


def idle(url: str, folder: str) -> None:
    """What the program holds before it is asked for a file."""
    assert client_on(url, folder).get("/findings").status_code == 200


def _best(ask: Callable[[], TestResponse]) -> float:
    spent = []
    for _ in range(TIMES):
        start = time.perf_counter()
        answer = ask()
        assert answer.status_code == 200, answer.status
        spent.append(time.perf_counter() - start)
    return min(spent)


def file(url: str, folder: str, suffix: str) -> tuple[float, int]:
    """Seconds to the first byte, and the bytes of all."""
    client, start, size = client_on(url, folder), time.perf_counter(), 0
    answer = client.get(f"/findings.{suffix}", buffered=False)
    assert answer.status_code == 200
    first = 0.0
    for piece in answer.iter_encoded():
        first = first or time.perf_counter() - start
        size += len(piece)
    return first, size


def figures() -> Iterator[Figure]:
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'bench.sqlite'}"
            prepare(url, size)
            aim = "< 50 ms" if size == AIM_SIZE else ""
            for name, seconds in run_alone(pages, url, folder).result:
                yield Figure(f"/findings at {size:,}, {name}", f"{1000 * seconds:.0f} ms", aim)
            rest = run_alone(idle, url, folder).peak_mb
            for suffix in ("csv", "xlsx"):
                done = run_alone(file, url, folder, suffix)
                first, length = done.result
                yield Figure(
                    f"/findings.{suffix} at {size:,}",
                    f"{done.seconds:.1f} s, first byte {1000 * first:.0f} ms, {length / 1e6:.1f} MB, "
                    f"peak {done.peak_mb:.0f} MB (idle {rest:.0f} MB)",
                    {"csv": "first byte < 300 ms", "xlsx": "< 150 MB"}[suffix],
                )
