"""Letters no database can hold, numbers no column can: a filled checklist is taken all the same, nothing ends in a 500."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from inspect_app.domain.people import Role
from inspect_app.storage.submissions import SubmissionRow
from tests.client import document, new_id, token_in
from tests.databases import BACKENDS
from tests.prepared import Stores
from tests.world import World, open_world

HALF = "\ud83d"  # of an emoji, as a phone sends it that cuts a text after so many units of UTF-16
ODD_ANSWERS: list[dict[str, Any]] = [
    {"ny_01": "fail", "ny_01_note": "thiếu\x00bảng"},
    {"ny_01": "fail", "ny_01_note": f"thiếu bảng {HALF}"},
    {"ny_01": f"fail{HALF}"},
    {f"ny\x00{HALF}": "x"},
    {"ny_01": {"a": ["\x00", HALF]}},
    {"ny_01": "fail", "ny_01_n": 10**30, "ny_01_of": 10**31},
    {"ny_01": "fail", "ny_01_n": 1e308, "ny_01_of": 1e308},
    {"ny_01": "fail", "ny_01_n": float("nan"), "ny_01_of": float("inf")},
    {"ny_01": "fail", "ny_01_severity": "9" * 400},
    {"ny_01": "fail", "ny_01_responsible": "x" * 5000},
]
ODD_PARTS: list[dict[str, Any]] = [
    {"inspection": "\x00"}, {"inspection": HALF}, {"checklist": f"dot-xuat{HALF}"}, {"version": "\x00"},
    {"photos": [{"id": new_id(), "question": "ny_01\x00", "sha256": "a" * 64, "size": 10**30}]},
    {"photos": [{"id": new_id(), "question": HALF, "sha256": "a" * 64, "size": 1, "source": "\x00"}]},
    {"photos": [{"id": new_id(), "question": "ny_01", "sha256": "a" * 64, "size": 1, "accuracy": 1e400}]},
]  # fmt: skip


@pytest.fixture(params=BACKENDS)
def world(
    request: pytest.FixtureRequest, prepared_stores: Callable[..., Stores], tmp_path: Path
) -> Iterator[World]:
    found = open_world(prepared_stores(request.param), tmp_path)
    found.office.person("inspector")
    yield found
    found.close()


def put(world: World, body: dict[str, Any]) -> TestResponse:
    """As a phone writes JSON: what is no letter is escaped."""
    return world.send(
        "inspector", "PUT", f"/api/v1/submissions/{new_id()}",
        data=json.dumps(body), content_type="application/json",
    )  # fmt: skip


def test_a_checklist_with_odd_answers_is_received_or_kept(world: World) -> None:
    told = {}
    for number, answers in enumerate(ODD_ANSWERS):
        told[number] = put(world, document(world.office.visit(), answers)).status_code
    assert set(told.values()) <= {201, 202}, told


def test_a_document_with_odd_parts_is_taken_or_told_to_be_none(world: World) -> None:
    visit = world.office.visit()
    told = [put(world, document(visit, {"ny_01": "pass"}) | part).status_code for part in ODD_PARTS]
    assert set(told) <= {201, 202, 400}, told


def test_what_cannot_be_held_shows_as_an_unknown_letter(world: World) -> None:
    answer = put(world, document(world.office.visit(), {"ny_01": "fail", "ny_01_note": f"a\x00b{HALF}"}))
    assert answer.status_code == 201
    with world.office.database.reading() as session:
        row = session.query(SubmissionRow).one()
        assert row.answers["ny_01_note"] == "a\ufffdb\ufffd"


def test_pages_that_are_asked_for_odd_things_say_so(world: World) -> None:
    client = world.client("inspector")
    for path in (
        "/findings?q=a%00b", "/findings?commune=%00", "/findings?state=%00", "/totals?district=%00",
        "/api/v1/findings?cursor=%00", "/inspect/new?q=%00", "/findings?cursor=9999999999999999999999",
    ):  # fmt: skip
        assert client.get(path).status_code in (200, 400), path
    form = {"unit": "21040\x00", "checklist": "dot-xuat\x00", "reason": "a\x00b"}
    assert world.send("inspector", "POST", "/inspect/new", data=form).status_code == 400
    stranger = world.client("")
    token = token_in(stranger.get("/login").get_data(as_text=True))
    form = {"username": "a\x00b", "password": "x\x00", "csrf_token": token}
    assert stranger.post("/login", data=form).status_code in (400, 401)


def test_a_number_no_column_can_hold_names_nothing(world: World) -> None:
    world.office.person("quantri", Role.ADMIN)
    client = world.client("quantri")
    for path in ("/people/{}", "/law/{}", "/checklists/{}"):
        assert client.get(path.format(10**30)).status_code == 404, path
    assert client.get("/people/1").status_code == 200
