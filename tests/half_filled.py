"""A checklist half filled on a phone's page, and the ways its sign-in can end: for the tests that nothing typed is lost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from inspect_app.domain.people import Role
from inspect_app.storage.people import PersonRow
from inspect_app.storage.submissions import PhotoRow, SubmissionRow
from tests.builders import Office, open_office
from tests.client import photo_of
from tests.pages import Phone, sign_in
from tests.prepared import prepared_sqlite
from tests.servers import LiveServer, server_env

PASSWORD = "cửa một lần mở là xong"
NOTE = "Ngọk Réo: bảng niêm yết còn bản 2019,\nthiếu phí"


@dataclass
class House:
    people: Office
    url: str

    def change(self, username: str, **values: object) -> None:
        with self.people.database.writing.begin() as session:
            person = session.get_one(PersonRow, self.people.person(username))
            for name, value in values.items():
                setattr(person, name, value)

    def arrives(self, filled: "Filled", by: str) -> None:
        """The checklist and its photo are received once, from their owner, when the phone's page is open."""
        filled.page.goto(f"{self.url}/inspect/")
        for _ in range(200):
            with self.people.database.reading() as session:
                rows = session.query(SubmissionRow).filter_by(inspection_id=filled.visit).all()
                photos = [
                    photo.state
                    for row in rows
                    for photo in session.query(PhotoRow).filter_by(submission_id=row.id)
                ]
                found = [(row.person_id, row.answers["ns_02_note"]) for row in rows]
            if photos == ["stored"]:
                break
            filled.page.wait_for_timeout(100)
        assert found == [(self.people.person(by), NOTE)] and photos == ["stored"]

    def sent(self, visit: str) -> int:
        with self.people.database.reading() as session:
            return session.query(SubmissionRow).filter_by(inspection_id=visit).count()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, shared_folder: Path) -> Iterator[House]:
    """One server for all tests of a file, with two inspectors and a reviewer; uploads end at 1 MB."""
    folder = tmp_path_factory.mktemp("lost")
    stores = prepared_sqlite(shared_folder, folder, demo=False)
    settings = stores.settings | {
        "INSPECT_EVIDENCE_URL": str(stores.evidence),
        "INSPECT_UPLOAD_LIMIT_MB": "1",
    }
    server = LiveServer(server_env(folder, stores.database_url, **settings), folder / "gunicorn.log").start()
    office = open_office(stores.database_url)
    for name, role in (("mot", Role.INSPECTOR), ("hai", Role.INSPECTOR), ("soat", Role.REVIEWER)):
        office.give_password(name, PASSWORD, role)
    yield House(office, server.url)
    office.database.engine.dispose()
    server.stop()


@dataclass
class Filled:
    """A visit whose page was half filled with text and one photo."""

    page: Page
    phone: Phone
    visit: str
    address: str

    def again(self, username: str = "mot") -> None:
        """Sign in where the browser stands."""
        self.page.fill("#username", username)
        self.page.fill("#password", PASSWORD)
        self.page.click("main button[type=submit]")
        self.page.wait_for_load_state()

    def holds_everything(self) -> None:
        expect(self.page).to_have_url(self.address)
        expect(self.page.locator("#ns_02_note")).to_have_value(NOTE)
        expect(self.page.locator("#ns_02-fail")).to_be_checked()
        expect(self.page.locator("#ns_02 .thumbs img")).to_have_count(1)


Fill = Callable[..., Filled]


@pytest.fixture
def fill(house: House, open_page: Callable[..., Page], tmp_path: Path) -> Fill:
    def start(javascript: bool = True, **options: object) -> Filled:
        visit = house.people.visit(by="mot")
        page = open_page(javascript=javascript, **options)
        sign_in(page, house.url, "mot", PASSWORD)
        address = f"{house.url}/inspect/{visit}"
        page.goto(address)
        phone = Phone(page, house.url)
        phone.answer("ns_02", "fail", note=NOTE)
        file = tmp_path / "mot.jpg"
        file.write_bytes(photo_of(3))
        phone.add_photos("ns_02", [file])
        return Filled(page, phone, visit, address)

    return start


def end_by_new_password(house: House, page: Page) -> None:
    with house.people.database.writing.begin() as session:
        session.get_one(PersonRow, house.people.person("mot")).session_epoch += 1


def end_by_time(house: House, page: Page) -> None:
    page.context.clear_cookies(name="phien")


def end_by_disabling(house: House, page: Page) -> None:
    house.change("mot", active=False)


ENDS = pytest.mark.parametrize("end", [end_by_new_password, end_by_time, end_by_disabling])
