"""Fixtures of all tests: databases, a running server, a browser. What a test gets here is real, and its own.

    database_url                  SQLite, then PostgreSQL, with empty tables (storage and operations tests)
    sqlite_url, postgresql_url    one of them
    empty_database_url            both, without tables (migration tests)
    live_server(backend, demo, …) gunicorn with two processes on prepared stores (tests/prepared.py)
    open_page(javascript, …)      a page of a real Chromium, phone-sized; a script error or a CSP refusal fails the test

What is counted at the end of a run, and what CI makes of it, stands in tests/reporting.py.
"""

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher

from inspect_app.operations import signing_in
from tests.databases import BACKENDS, PostgresServer, copy_sqlite, make_tables
from tests.prepared import Stores, prepared_postgresql, prepared_sqlite
from tests.servers import LiveServer, server_env

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

    from tests.builders import Office

pytest_plugins = ["tests.reporting"]

CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


def pytest_configure() -> None:
    # A run that is told to end puts its servers and databases away, as one ended from the keyboard does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """One folder for all test processes of this run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if hasattr(request.config, "workerinput") else base


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> None:
    """Passwords of tests are hashed by argon2id as well, but at a thousandth of its cost. Servers hash at the real one."""
    signing_in.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    signing_in._NOBODY = signing_in.HASHER.hash("nobody")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed SQLite file with empty tables."""
    path = tmp_path_factory.mktemp("template") / "tables.sqlite"
    make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgres: PostgresServer) -> str:
    """The name of a PostgreSQL database with empty tables."""
    name = postgres.new_database(name="tables")
    make_tables(postgres.url(name))
    return name


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    return copy_sqlite(sqlite_template, tmp_path / "test.sqlite")


@pytest.fixture
def postgresql_url(postgres: PostgresServer, postgresql_template: str) -> Iterator[str]:
    """Use it only in tests marked `postgresql`, so that they are counted."""
    name = postgres.new_database(template=postgresql_template)
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=BACKENDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    name = postgres.new_database()
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture
def prepared_stores(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, shared_folder: Path
) -> Callable[..., Stores]:
    """`prepared_stores(backend="sqlite", demo=False)`: stores of the test's own, ready to serve."""

    def make(backend: str = "sqlite", demo: bool = False) -> Stores:
        target = tmp_path_factory.mktemp("stores")
        if backend == "sqlite":
            return prepared_sqlite(shared_folder, target, demo)
        return prepared_postgresql(request.getfixturevalue("postgres"), shared_folder, target, demo)

    return make


@pytest.fixture(params=BACKENDS)
def office(request: pytest.FixtureRequest, prepared_stores: Callable[..., Stores]) -> Iterator["Office"]:
    """A prepared database of each kind and its people, to act on through the operations (tests/builders.py)."""
    from tests.builders import open_office

    found = open_office(prepared_stores(request.param).database_url)
    yield found
    found.database.engine.dispose()


@pytest.fixture
def live_server(
    tmp_path: Path, prepared_stores: Callable[..., Stores]
) -> Iterator[Callable[..., LiveServer]]:
    """`live_server(backend="sqlite", demo=False, stores=None, **INSPECT_settings)` starts a server; give the stores of
    one to start a second beside it."""
    running: list[LiveServer] = []

    def start(
        backend: str = "sqlite", demo: bool = False, stores: Stores | None = None, **settings: str
    ) -> LiveServer:
        stores = stores or prepared_stores(backend, demo)
        settings = stores.settings | {"INSPECT_EVIDENCE_URL": str(stores.evidence)} | settings
        env = server_env(tmp_path, stores.database_url, **settings)
        server = LiveServer(env, tmp_path / f"gunicorn-{len(running)}.log")
        running.append(server)
        return server.start()

    yield start
    for server in running:
        server.kill()  # a polite end waits for idle connections, and nothing is left to be saved


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=15_000)  # milliseconds; a busy machine is no fault
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "no Chromium on this machine: apt-get install chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: "Browser") -> "Iterator[Callable[..., Page]]":
    """`open_page(javascript=True, width=390, height=844, **options)`: a page in a browser context of its own.

    Service workers are kept out unless `service_workers="allow"` says otherwise: when one takes over is up to the browser,
    and a test of what the server draws must not meet the phone's own pages half way.
    """
    contexts = []
    complaints: list[str] = []

    def note_refusal(message: "ConsoleMessage") -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    def start(javascript: bool = True, width: int = 390, height: int = 844, **options: Any) -> "Page":
        options = {
            "locale": "vi-VN",
            "timezone_id": "Asia/Ho_Chi_Minh",
            "service_workers": "block",
            **options,
        }
        context = browser.new_context(
            java_script_enabled=javascript, viewport={"width": width, "height": height}, **options
        )
        contexts.append(context)
        context.on("weberror", lambda fault: complaints.append(str(fault.error)))
        context.on("console", note_refusal)
        return context.new_page()

    yield start
    for context in contexts:
        context.close()
    assert not complaints, "the page complained: " + "; ".join(complaints)
