"""Two inspectors at one office, each on a phone: where they disagree a person chooses, and nothing of either is lost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from inspect_app.domain.people import Role
from inspect_app.storage.inspections import InspectionRow
from inspect_app.storage.submissions import SubmissionRow, list_photos
from tests.builders import BINH_SON, Office, open_office
from tests.client import photo_of
from tests.pages import Phone, sign_in
from tests.prepared import prepared_sqlite
from tests.servers import LiveServer, server_env

pytestmark = pytest.mark.browser

PASSWORD = "hai người một bộ phận một cửa"


@dataclass
class House:
    office: Office
    url: str

    def current(self, visit: str) -> tuple[str, dict[str, Any], list[str]]:
        """Status, answers and the states of the photos of the visit's current submission."""
        with self.office.database.reading() as session:
            id = session.get_one(InspectionRow, visit).current_submission_id
            row = session.get_one(SubmissionRow, id)
            return (
                row.status,
                dict(row.answers or {}),
                [photo.state for photo in list_photos(session, row.id)],
            )


@pytest.fixture
def house(tmp_path: Path, shared_folder: Path) -> Iterator[House]:
    stores = prepared_sqlite(shared_folder, tmp_path, demo=False)
    settings = stores.settings | {"INSPECT_EVIDENCE_URL": str(stores.evidence)}
    server = LiveServer(server_env(tmp_path, stores.database_url, **settings), tmp_path / "log").start()
    office = open_office(stores.database_url)
    for name in ("mot", "hai"):
        office.give_password(name, PASSWORD, Role.INSPECTOR)
    yield House(office, server.url)
    office.database.engine.dispose()
    server.stop()


def test_what_team_mates_answered_otherwise_is_chosen_on_the_phone_and_no_photo_is_lost(
    house: House, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    visit = house.office.plan(BINH_SON, "mot", "hai", day=house.office.now.date())
    page = open_page()
    sign_in(page, house.url, "hai", PASSWORD)
    page.goto(f"{house.url}/inspect/{visit}")
    page.wait_for_selector("html[data-ready=form]")
    phone = Phone(page, house.url)
    phone.answer("ny_01", "pass")
    phone.answer("ny_02", "fail", note="Ngọk Réo: bảng niêm yết còn bản 2019")
    picture = tmp_path / "bang.jpg"
    picture.write_bytes(photo_of(1))
    phone.add_photos("ny_02", [picture])
    expect(page.locator("[data-photos=ny_02] .thumb-acts")).to_have_count(1)

    theirs = {"ny_01": "fail", "ny_01_note": "Không có bảng", "ts_01": "pass"}
    house.office.send(visit, theirs, by="mot", base={})
    phone.send()
    page.goto(f"{house.url}/inspect/")
    page.click("[data-mend]:not([hidden])")
    remark = page.locator("#ny_01 .notice")
    for _ in ("opened", "reloaded"):
        expect(remark).to_contain_text("đồng đội")
        assert page.is_checked("#ny_01-pass"), "one's own answer"
        assert page.is_checked("#ts_01-pass"), "what only the team-mate answered"
        page.reload()

    page.wait_for_selector("html[data-ready=form]")
    phone.answer("ny_01", "fail", note="Không có bảng")
    phone.send()
    status, answers, photos = house.current(visit)
    assert (status, photos) == ("accepted", ["stored"])
    assert {name: answers[name] for name in ("ny_01", "ny_02", "ts_01")} == {
        "ny_01": "fail",
        "ny_02": "fail",
        "ts_01": "pass",
    }


def test_a_photo_taken_out_before_sending_does_not_come_back_with_a_correction(
    house: House, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    visit = house.office.visit(by="mot")
    page = open_page()
    sign_in(page, house.url, "mot", PASSWORD)
    page.goto(f"{house.url}/inspect/{visit}")
    page.wait_for_selector("html[data-ready=form]")
    phone = Phone(page, house.url)
    phone.answer("ny_02", "fail", note="Thiếu bảng")
    for number in (1, 2):
        picture = tmp_path / f"{number}.jpg"
        picture.write_bytes(photo_of(number))
        phone.add_photos("ny_02", [picture])
        expect(page.locator("[data-photos=ny_02] .thumb-acts")).to_have_count(number)
    phone.send()
    for left in (1, 1):  # the first correction takes one out, the second takes out nothing
        page.goto(f"{house.url}/inspect/{visit}")
        page.wait_for_selector("html[data-ready=form]")
        thumbs = page.locator("[data-photos=ny_02] .thumb-acts")
        expect(thumbs.nth(0)).to_be_visible()
        if thumbs.count() > left:
            page.get_by_role("button", name="Bỏ ảnh này: 1.jpg").click()
            page.wait_for_selector("[data-saved].saved")
        phone.answer("ny_01", "pass")
        phone.send()
        assert house.current(visit)[2] == ["stored"] * left
