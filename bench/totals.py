"""The totals through their doors at several sizes and on both databases: server time of the page and of the JSON."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from flask.testing import FlaskClient

from bench.frame import Figure, run_alone
from bench.generate import generate
from inspect_app import create_app
from inspect_app.settings import read_settings
from inspect_app.storage.engine import open_database
from tests.databases import PostgresServer
from tests.sessions import session_of

SIZES = tuple(int(size) for size in os.environ.get("BENCH_FINDINGS", "3000,100000").split(","))
TIMES = 5
DEFAULT_AIM, AIM, AIM_SIZE = 150, 1000, 1_000_000  # ms, ms, findings
PAGES = {
    "page, default": "/totals",
    "page, every state": "/totals?state=all",
    "page, one quarter": "/totals?from=2025-09-15&to=2025-12-14",
    "page, three years": "/totals?from=2022-01-01&to=2024-12-31",
    "page, surprise visits": "/totals?kind=surprise",
    "page, severity 3": "/totals?severity=3",
    "page, repeats": "/totals?repeat=1",
    "page, one group": "/totals?group=NY",
    "page, one cause": "/totals?cause=nhan_su",
    "page, former district": "/totals?district=534",
    "page, map of 2021": "/totals?map=2021-06-30",
    "page, old province on its map": "/totals?map=2021-06-30&province=51",
    "page, text": "/totals?q=b%C3%ACnh+s%C6%A1n",
    "JSON, commune": "/api/v1/totals?by=commune",
    "JSON, criterion": "/api/v1/totals?by=criterion",
    "JSON, group": "/api/v1/totals?by=group",
    "JSON, cause": "/api/v1/totals?by=cause",
    "JSON, severity": "/api/v1/totals?by=severity",
    "JSON, responsible": "/api/v1/totals?by=responsible",
    "JSON, district x month": "/api/v1/totals?by=district&across=month",
    "JSON, district x criterion": "/api/v1/totals?by=district&across=criterion",
    "JSON, commune x criterion": "/api/v1/totals?by=commune&across=criterion",
    "JSON, district x group": "/api/v1/totals?by=district&across=group",
    "JSON, criterion x month": "/api/v1/totals?by=criterion&across=month",
    "JSON, cause x severity": "/api/v1/totals?by=cause&across=severity",
    "JSON, cause x criterion": "/api/v1/totals?by=cause&across=criterion",
}


def client_on(url: str, folder: str) -> FlaskClient:
    """A client signed in as the generator's head, who sees everything."""
    env = {"INSPECT_SECRET_KEY": "k" * 40, "INSPECT_DATABASE_URL": url, "INSPECT_VAR": f"{folder}/var"}
    client = create_app(read_settings(env)).test_client()
    with client.session_transaction() as session:
        session["_user_id"] = session_of(1)
    return client


def times(url: str, folder: str) -> list[tuple[str, float]]:
    client = client_on(url, folder)
    return [(name, best(client, path)) for name, path in PAGES.items()]


def best(client: FlaskClient, path: str) -> float:
    """Seconds of the quickest of some answers, after one that brings its pages into memory; slow ones are asked less."""
    spent: list[float] = []
    client.get(path)
    while len(spent) < TIMES and sum(spent) < 4:
        start = time.perf_counter()
        answer = client.get(path)
        assert answer.status_code == 200, answer.status
        spent.append(time.perf_counter() - start)
    return min(spent)


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            url = f"sqlite:///{Path(folder) / f'{size}.sqlite'}"
            yield from _figures(url, folder, size, "SQLite")
        server = PostgresServer()
        try:
            for size in SIZES:
                yield from _figures(server.url(server.new_database()), folder, size, "PostgreSQL")
        finally:
            server.stop()


def _figures(url: str, folder: str, size: int, name: str) -> Iterator[Figure]:
    generate(open_database(url), size)
    for what, seconds in run_alone(times, url, folder).result:
        aim = DEFAULT_AIM if what == "page, default" else AIM
        said = f"< {aim} ms" if 1000 * seconds < aim else f"< {aim} ms, missed"
        yield Figure(
            f"/totals at {size:,} on {name}, {what}",
            f"{1000 * seconds:.0f} ms",
            said if size == AIM_SIZE else "",
        )
