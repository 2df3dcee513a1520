"""Prepared stores to start a server on: made once by `flask --app wsgi prepare`, then copied for each test.

`plain` has units, law and checklists and nobody in it; `demo` has the demo accounts too, and on SQLite all demo data.
The SQLite ones are shared by all test processes of a run (a lock lets the first make them), PostgreSQL ones are not:
250 demo visits for each process would take as long as all that is tested with them.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from inspect_app.operations.demo_people import make_demo_people
from inspect_app.storage.engine import open_database
from tests.databases import PostgresServer, copy_sqlite
from tests.servers import flask, server_env

DEMO_PASSWORD = "mat-khau-de-thu-2026"


@dataclass(frozen=True)
class Stores:
    """A database, an evidence folder and the settings that belong to them."""

    database_url: str
    evidence: Path
    settings: dict[str, str]


def settings_of(demo: bool) -> dict[str, str]:
    return {"INSPECT_DEMO": "1", "INSPECT_DEMO_PASSWORD": DEMO_PASSWORD} if demo else {"INSPECT_DEMO": "0"}


def prepared_sqlite(shared: Path, target: Path, demo: bool) -> Stores:
    """A copy in `target` of the prepared SQLite store, which is made in `shared` by whoever asks first."""
    folder = shared / f"prepared-{'demo' if demo else 'plain'}"
    with _alone(shared / f"{folder.name}.lock"):
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _prepare(folder, f"sqlite:///{folder / 'inspect.sqlite'}", demo)
            (folder / "ready").touch()
    database_url = copy_sqlite(folder / "inspect.sqlite", target / "inspect.sqlite")
    return Stores(database_url, _linked(folder / "evidence", target / "evidence"), settings_of(demo))


def prepared_postgresql(postgres: PostgresServer, shared: Path, target: Path, demo: bool) -> Stores:
    """The same on PostgreSQL: a new database copied from a prepared one, which is made by who asks first."""
    name = f"prepared_{'demo' if demo else 'plain'}"
    folder = shared / f"{name}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        postgres.drop_database(name)
        url = postgres.url(postgres.new_database(name=name))
        _prepare(folder, url, demo=False)
        if demo:
            _add_demo_people(url)
        (folder / "ready").touch()
    database_url = postgres.url(postgres.new_database(template=name))
    return Stores(database_url, _linked(folder / "evidence", target / "evidence"), settings_of(demo))


def _prepare(folder: Path, database_url: str, demo: bool) -> None:
    (folder / "evidence").mkdir(parents=True)
    flask(server_env(folder, database_url, **settings_of(demo)), "prepare")


def _add_demo_people(database_url: str) -> None:
    database = open_database(database_url)
    with database.writing.begin() as session:
        make_demo_people(session, datetime.now(UTC), DEMO_PASSWORD)
    database.engine.dispose()


def _linked(source: Path, target: Path) -> Path:
    """Evidence is write-once, so that a copy may share its bytes."""
    shutil.copytree(source, target, copy_function=os.link)
    return target


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
