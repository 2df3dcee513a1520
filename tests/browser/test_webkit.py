"""The phone in the engine of every iPhone browser: a real WebKit on the running program, within one session."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from inspect_app.domain.people import Role
from tests.builders import Office, open_office
from tests.prepared import prepared_sqlite
from tests.servers import LiveServer, server_env
from tests.webkit import WebDriverFault, WebKit, running_webkit

pytestmark = pytest.mark.webkit

PASSWORD = "cửa một lần mở là xong"
NOTE = "Ngọk Réo: bảng niêm yết còn bản 2019"
READY = """
const { readiness } = await import(new URL("ready.js", document.querySelector("script[type=module]").src));
const { findOpenStore } = await import(new URL("persons.js", document.querySelector("script[type=module]").src));
return (await readiness(await findOpenStore())).ready;
"""


@dataclass
class House:
    people: Office
    server: LiveServer

    def visit(self) -> str:
        return f"{self.server.url}/inspect/{self.people.visit(by='mot')}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, shared_folder: Path) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("webkit")
    stores = prepared_sqlite(shared_folder, folder, demo=False)
    settings = stores.settings | {"INSPECT_EVIDENCE_URL": str(stores.evidence)}
    server = LiveServer(server_env(folder, stores.database_url, **settings), folder / "gunicorn.log").start()
    office = open_office(stores.database_url)
    office.give_password("mot", PASSWORD, Role.INSPECTOR)
    yield House(office, server)
    office.database.engine.dispose()
    server.kill()


@pytest.fixture
def phone(house: House, tmp_path: Path) -> Iterator[WebKit]:
    """Signed in, on the list of one's work."""
    with running_webkit(tmp_path) as browser:
        browser.go(f"{house.server.url}/login")
        browser.type("#username", "mot")
        browser.type("#password", PASSWORD)
        browser.click("main button[type=submit]")
        browser.wait_for("return !location.pathname.startsWith('/login')")
        yield browser


def open_form(phone: WebKit, address: str) -> None:
    phone.go(address)
    phone.wait_for("return document.documentElement.dataset.ready === 'form'")


def answer(phone: WebKit) -> None:
    """One answer and its note, until the page says they are kept."""
    phone.click("label[for=ny_02-fail]")
    phone.type("#ny_02_note", NOTE)
    phone.wait_for("return document.querySelector('[data-saved].saved') !== null")


def given(phone: WebKit) -> list[object]:
    return list(
        phone.run(
            "return [document.getElementById('ny_02-fail').checked, document.getElementById('ny_02_note').value]"
        )
    )


def test_a_strict_transaction_completes_and_is_there_for_a_page_opened_after_the_first_was_closed(
    phone: WebKit, house: House
) -> None:
    phone.run(
        """
        const opened = indexedDB.open("proof", 1);
        await new Promise((done, fail) => {
          opened.onupgradeneeded = () => opened.result.createObjectStore("rows");
          opened.onsuccess = done;
          opened.onerror = () => fail(opened.error);
        });
        const work = opened.result.transaction("rows", "readwrite", { durability: "strict" });
        if (work.durability !== "strict") throw new Error(work.durability);
        work.objectStore("rows").put(new Uint8Array(300000).fill(7), "a");
        await new Promise((done, fail) => { work.oncomplete = done; work.onabort = () => fail(work.error); });
        """
    )
    first = phone.open_window()
    second = phone.open_window()
    phone.switch(first)
    phone.close_window()
    phone.switch(second)
    phone.go(f"{house.server.url}/inspect/")
    size = phone.run(
        """
        const opened = indexedDB.open("proof", 1);
        await new Promise((done) => { opened.onsuccess = done; });
        const asked = opened.result.transaction("rows").objectStore("rows").get("a");
        return new Promise((done) => { asked.onsuccess = () => done(asked.result.filter((byte) => byte === 7).length); });
        """
    )
    assert size == 300_000


def test_answers_outlive_a_reload_and_a_closed_page(phone: WebKit, house: House) -> None:
    visit = house.visit()
    phone.open_window()
    open_form(phone, visit)
    answer(phone)
    phone.reload()
    phone.wait_for("return document.documentElement.dataset.ready === 'form'")
    assert given(phone) == [True, NOTE]
    phone.close_window()
    open_form(phone, visit)
    assert given(phone) == [True, NOTE]


def test_a_second_window_may_look_and_not_write_until_the_first_is_closed(
    phone: WebKit, house: House
) -> None:
    visit = house.visit()
    open_form(phone, visit)
    answer(phone)
    first = phone.open_window()
    open_form(phone, visit)
    assert given(phone) == [True, NOTE]
    assert phone.run("return document.getElementById('checklist').inert") is True
    second = str(phone.open_window())
    phone.switch(first)
    phone.close_window()
    phone.switch(second)
    phone.wait_for("return !document.getElementById('checklist')?.inert")


def test_without_a_server_the_pages_open_from_the_phone_with_what_was_answered(
    phone: WebKit, house: House
) -> None:
    visit = house.visit()
    open_form(phone, visit)
    answer(phone)
    phone.wait_for(READY)
    house.server.kill()
    try:
        phone.reload()
        phone.wait_for("return document.documentElement.dataset.ready === 'form'")
        assert given(phone) == [True, NOTE]
        phone.open_window()
        phone.go(f"{house.server.url}/inspect/new")
        phone.wait_for("return document.documentElement.dataset.ready === 'start'")
        with pytest.raises(WebDriverFault):
            phone.run("await fetch('/healthz', { cache: 'no-store' })")
    finally:
        house.server.start()
