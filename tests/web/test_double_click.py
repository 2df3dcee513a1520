"""A button pressed twice does its work once: the same post, again and at the same moment, at every door that makes things."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from sqlalchemy import func, select

from inspect_app.domain.people import Role
from inspect_app.storage.findings import FindingEventRow
from inspect_app.storage.inspections import CampaignRow, InspectionEventRow, InspectionRow, TeamRow
from inspect_app.storage.people import PersonRow
from inspect_app.storage.submissions import SubmissionRow
from tests.builders import BINH_SON, Office, open_office
from tests.client import Client, token_in
from tests.prepared import Stores
from tests.servers import LiveServer

PASSWORD = "một mật khẩu đủ dài"
CLICKS = 4


class Clicks:
    """An office behind a server with two processes; `press` sends one post several times at once."""

    def __init__(self, url: str, office: Office) -> None:
        self.url, self.office = url, office

    def person(self, username: str, role: Role) -> Client:
        self.office.give_password(username, PASSWORD, role)
        return Client(self.url, username, PASSWORD)

    def press(self, client: Client, path: str, **fields: Any) -> list[requests.Response]:
        cookies, form = client.http.cookies.get_dict(), {"csrf_token": client.csrf, **fields}

        def once(_: int) -> requests.Response:
            return requests.post(
                self.url + path, data=form, cookies=cookies, allow_redirects=False, timeout=60
            )

        with ThreadPoolExecutor(CLICKS) as pool:
            return list(pool.map(once, range(CLICKS)))

    def count(self, row: type, **wanted: Any) -> int:
        with self.office.database.reading() as session:
            return session.scalar(select(func.count()).select_from(row).filter_by(**wanted)) or 0


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], ids=["sqlite", "postgresql"]
)
def clicks(
    request: pytest.FixtureRequest,
    prepared_stores: Callable[..., Stores],
    live_server: Callable[..., LiveServer],
) -> Clicks:
    stores = prepared_stores(request.param)
    return Clicks(live_server(stores=stores).url, open_office(stores.database_url))


def page_id(page: str) -> str:
    found = re.search(r'name="page_id"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def statuses(answers: list[requests.Response]) -> set[int]:
    return {answer.status_code for answer in answers}


def targets(answers: list[requests.Response]) -> set[str]:
    return {answer.headers.get("Location", "") for answer in answers}


def test_every_button_that_makes_something_makes_it_once(clicks: Clicks) -> None:
    head = clicks.person("truong", Role.HEAD)
    form = {
        "page_id": page_id(head.get("/campaigns/new").text), "number": "12/QĐ-VP", "title": "Đợt 1",
        "starts": "2026-11-01", "ends": "2026-12-31",
    }  # fmt: skip
    made = clicks.press(head, "/campaigns/new", **form)
    assert (statuses(made), len(targets(made)), clicks.count(CampaignRow)) == ({303}, 1, 1)
    campaign = targets(made).pop()

    inspector = clicks.person("mot", Role.INSPECTOR)
    team = clicks.press(head, f"{campaign}/teams/new", name="Đoàn 1", people=[clicks.office.people["mot"]])
    assert (statuses(team), clicks.count(TeamRow)) == ({303}, 1)
    with clicks.office.database.reading() as session:
        team_id = session.scalars(select(TeamRow.id)).one()
    order = {
        "team_id": team_id, "kind": "scheduled", "checklist_key": "cap-xa", "day": "2026-12-01", "units": BINH_SON,
    }  # fmt: skip
    assigned = clicks.press(head, f"{campaign}/assign", **order)
    assert (statuses(assigned), clicks.count(InspectionRow)) == ({303}, 1)

    form = {"page_id": page_id(inspector.get("/inspect/new").text), "unit": BINH_SON, "checklist": "dot-xuat"}
    started = clicks.press(inspector, "/inspect/new", **form, reason="Phản ánh")
    assert (statuses(started), len(targets(started))) == ({303}, 1)
    assert clicks.count(InspectionRow, kind="surprise") == 1
    visit = targets(started).pop()

    page = inspector.get(visit).text
    found = re.search(r'name="submission_id"[^>]*value="([^"]+)"', page)
    assert found
    answers = {"submission_id": found[1], "replaces": "", "ny_01": "fail", "ny_01_note": "Thiếu bảng"}
    saved = clicks.press(inspector, visit, **answers, action="save")
    assert statuses(saved) == {303}
    sent = clicks.press(inspector, visit, **answers, action="send")
    assert (statuses(sent), len(targets(sent)), clicks.count(SubmissionRow)) == ({303}, 1, 1)

    reviewer = clicks.person("soat", Role.REVIEWER)
    inspection = visit.rsplit("/", 1)[1]
    page = reviewer.get(f"/review/{inspection}").text
    decide = re.search(r'action="(/review/findings/[^"]+/decide)"', page)
    version = re.search(r'name="version" value="(\d+)"', page)
    assert decide and version
    before = clicks.count(FindingEventRow)
    confirmed = clicks.press(reviewer, decide[1], version=version[1], decision="confirm", reason="")
    assert (statuses(confirmed), clicks.count(FindingEventRow)) == ({303}, before + 1)
    returned = clicks.press(reviewer, f"/review/{inspection}/return", seen=found[1], general="Bổ sung ảnh")
    assert (statuses(returned), clicks.count(InspectionEventRow, event="returned")) == ({303}, 1)


def test_a_person_is_made_once_and_the_link_that_is_shown_last_works(clicks: Clicks) -> None:
    admin = clicks.person("quantri2", Role.ADMIN)
    form = {"username": "tham.nguyen", "full_name": "Nguyễn Thị Thắm", "role": "inspector", "areas": "51"}
    pages = clicks.press(admin, "/people/new", **form)
    assert (statuses(pages), clicks.count(PersonRow, username="tham.nguyen")) == ({200}, 1)
    links = [re.search(r'value="[^"]*(/activate/[^"]+)"', page.text) for page in pages]
    assert all(links)
    opened = [requests.get(clicks.url + link[1], timeout=60).text for link in links if link]
    assert sum("password" in page for page in opened) == 1
    other = clicks.press(admin, "/people/new", **{**form, "full_name": "Trần Thị Thắm"})
    assert statuses(other) == {409}, "another person of that name is a fault, as before"


def test_the_id_of_a_page_takes_nothing_of_anybody_elses(clicks: Clicks) -> None:
    own = clicks.person("mot", Role.INSPECTOR)
    theirs = clicks.office.plan(BINH_SON, "hai")
    form = {"page_id": theirs, "unit": BINH_SON, "checklist": "dot-xuat", "reason": "Phản ánh"}
    started = clicks.press(own, "/inspect/new", **form)
    assert statuses(started) == {303}
    assert not any(theirs in target for target in targets(started))
    assert token_in(own.get(targets(started).pop()).text)
