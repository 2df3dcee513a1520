"""Where the faults happen: one server behind a bad network, one Chromium, a fresh browser context for every phone."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from inspect_app.domain.people import Role
from inspect_app.storage.people import PersonRow
from tests.builders import Office, open_office
from tests.conftest import CHROMIUM_FLAGS
from tests.faults.phone import Phone
from tests.faults.truth import Count, Truth
from tests.pages import sign_in
from tests.prepared import prepared_sqlite
from tests.servers import ROOT, LiveServer, free_port, server_env
from tests.toxics import BadNetwork

PASSWORD = "cửa một lần mở là xong"
INSPECTORS = ("mot", "hai", "bon")
REVIEWER = "soat"


@dataclass
class House:
    """A server on stores of its own, reached through `net` only, and the people who know its address."""

    server: LiveServer
    net: BadNetwork
    people: Office
    truth: Truth
    folder: Path
    sessions: dict[str, Any] = field(default_factory=dict)  # of the browser, by username

    @property
    def url(self) -> str:
        return self.net.url

    def change(self, username: str, **values: object) -> None:
        with self.people.database.writing.begin() as session:
            person = session.get_one(PersonRow, self.people.person(username))
            for name, value in values.items():
                setattr(person, name, value)

    def restart(self, cwd: Path = ROOT) -> None:
        """Another server on the same stores and port; with `cwd` one that runs other files than ours."""
        self.server.kill()
        self.server.env = self.server.env | {"PYTHONPATH": str(cwd)}
        self.server.cwd = cwd
        self.server.start()

    def end_sessions(self, username: str) -> None:
        """As after a new password: every sign-in of this person has ended."""
        with self.people.database.writing.begin() as session:
            session.get_one(PersonRow, self.people.person(username)).session_epoch += 1
        self.sessions.pop(username, None)


@contextmanager
def open_house(shared: Path) -> Iterator[House]:
    """`shared`: where prepared stores are kept for all that need them."""
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    stores = prepared_sqlite(shared, folder, demo=False)
    port = free_port()
    office = open_office(stores.database_url)
    try:
        with BadNetwork(port) as net:
            settings = stores.settings | {
                "INSPECT_EVIDENCE_URL": str(stores.evidence),
                "INSPECT_BASE_URL": net.url,
            }
            env = server_env(folder, stores.database_url, **settings)
            server = LiveServer(env, folder / "gunicorn.log", port=port)
            for name in INSPECTORS:
                office.give_password(name, PASSWORD, Role.INSPECTOR)
            office.give_password(REVIEWER, PASSWORD, Role.REVIEWER)
            try:
                server.start()
                yield House(server, net, office, Truth(office.database, stores.evidence), folder)
            finally:
                server.kill()
    finally:
        office.database.engine.dispose()
        shutil.rmtree(folder, ignore_errors=True)


def chromium() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "no Chromium on this machine: apt-get install chromium"
    return path


@contextmanager
def open_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@dataclass
class Stage:
    """What one fault plays on. Every phone it opens is compared with the server at the end."""

    house: House
    browser: Browser
    phones: list[Phone] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    @property
    def net(self) -> BadNetwork:
        return self.house.net

    def context(self, username: str | None, *, worker: bool = True, **options: Any) -> BrowserContext:
        """A phone's browser with that person signed in; without `worker` it has no service worker."""
        state = self.session(username) if username else None
        context = self.browser.new_context(
            viewport={"width": 390, "height": 844}, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh",
            storage_state=state, service_workers="allow" if worker else "block", **options,
        )  # fmt: skip
        context.set_default_timeout(30_000)
        self.contexts.append(context)
        return context

    def session(self, username: str) -> Any:
        """The cookies of a sign-in, made once and taken over by every phone of that person."""
        if username not in self.house.sessions:
            context = self.context(None, worker=False)
            page = context.new_page()
            sign_in(page, self.house.url, username, PASSWORD)
            state = context.storage_state()
            self.house.sessions[username] = json.loads(
                json.dumps({"cookies": state["cookies"], "origins": []})
            )
            context.close()
        return self.house.sessions[username]

    def phone(
        self, username: str = "mot", *, worker: bool = False, script: str = "", **options: Any
    ) -> Phone:
        context = self.context(username, worker=worker, **options)
        if script:
            context.add_init_script(script)
        return self.take(Phone(self.house, context, username))

    def take(self, phone: Phone) -> Phone:
        self.phones.append(phone)
        return phone

    def visit(self, by: str = "mot", **more: Any) -> str:
        return self.house.people.visit(by=by, **more)

    def count(self) -> Count:
        """Everything that was given on the phones against everything the server holds."""
        total = Count()
        for phone in self.phones:
            total += phone.told + self.house.truth.compare(phone)
        return total

    def close(self) -> None:
        self.net.clear()
        for context in self.contexts:
            context.close()
        if self.house.server.process is None:
            self.house.server.start()


Fault = Callable[[Stage], None]
REGISTRY: dict[str, Fault] = {}
CORE: list[str] = []


def fault(
    name: str, *, core: bool = False, **given: Any
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Enter a fault under the name that its line shows; one function may stand for several, told apart by `given`.
    `core`: one of each kind, played by `make test` too; `make faults` plays all."""

    def enter(play: Callable[..., None]) -> Callable[..., None]:
        assert name not in REGISTRY, name
        REGISTRY[name] = lambda stage: play(stage, **given)
        if core:
            CORE.append(name)
        return play

    return enter


def run(play: Fault, house: House, browser: Browser) -> Count:
    """Play one fault and count. What stops the play itself is for the caller."""
    stage = Stage(house, browser)
    try:
        play(stage)
        return stage.count()
    finally:
        stage.close()
