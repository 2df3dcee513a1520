"""What a phone takes along: the facts of one's own visits as their pages have them, blank forms by hash, one's key."""

import base64
import gzip
import hashlib
import html
import json
import re
import uuid
from typing import Any

import pytest
from sqlalchemy import event

from inspect_app.domain.people import Role
from inspect_app.operations import reviewing
from inspect_app.storage.findings import findings_of
from tests.builders import BINH_SON
from tests.doors import Doors, Visitor


def kit_of(visitor: Visitor) -> dict[str, Any]:
    found = visitor.get("/api/v1/offline").json
    assert found is not None
    return found


def block(visitor: Visitor, inspection: str, name: str) -> dict[str, Any]:
    """A JSON block of the checklist page."""
    page = visitor.get(f"/inspect/{inspection}").get_data(as_text=True)
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
    assert found, page[:1000]
    parsed: dict[str, Any] = json.loads(html.unescape(found[1]))
    return parsed


def send(doors: Doors, visit: str) -> str:
    id = str(uuid.uuid4())
    doors.office.send(visit, {"ny_01": "fail", "ny_01_note": "Thiếu bảng", "ny_02": "pass"}, id=id)
    return id


def test_the_kit_says_of_every_visit_what_its_page_says(doors: Doors) -> None:
    office, phone = doors.office, doors.visitor("inspector")
    started, sent, returned = office.visit(), office.visit("21136"), office.visit("23293")
    planned = office.plan(BINH_SON, "inspector")
    send(doors, sent)
    id = send(doors, returned)
    with office.desk("reviewer", Role.REVIEWER) as desk:
        reviewing.return_inspection(desk, returned, {"ny_01": "Ảnh nào?"}, "Bổ sung ảnh", id)
    phone.post(
        f"/inspect/{started}", submission_id=str(uuid.uuid4()), replaces="", action="save", ny_01="fail"
    )
    visits = {visit["inspection"]: visit for visit in kit_of(phone)["visits"]}
    assert set(visits) == {started, sent, returned, planned}
    for inspection, facts in visits.items():
        assert facts == block(phone, inspection, "visit")
    assert visits[started]["draft"] == {"ny_01": "fail"}
    assert visits[sent]["base"]["ny_01_note"] == "Thiếu bảng"
    assert visits[returned]["comments"] == {"ny_01": "Ảnh nào?", "": "Bổ sung ảnh"}


def test_visits_of_others_are_not_in_it(doors: Doors) -> None:
    doors.office.person("other")
    doors.office.plan(BINH_SON, "other")
    assert kit_of(doors.visitor("inspector"))["visits"] == []


def test_the_key_is_the_same_in_kit_and_page_and_everybody_has_their_own(doors: Doors) -> None:
    phone, visit = doors.visitor("inspector"), doors.office.visit()
    key = block(phone, visit, "store")["key"]
    assert len(base64.b64decode(key)) == 32
    assert kit_of(phone)["key"] == key
    assert kit_of(doors.visitor("another"))["key"] != key


def test_the_key_is_there_too_when_a_faulty_post_is_drawn_again(doors: Doors) -> None:
    phone, visit = doors.visitor("inspector"), doors.office.visit()
    page = phone.post(
        f"/inspect/{visit}",
        422,
        submission_id=str(uuid.uuid4()),
        replaces="",
        action="send",
        ny_01="fail",
        ny_01_n="x",
    ).get_data(as_text=True)
    assert kit_of(phone)["key"] in page


@pytest.mark.parametrize("language", ["vi", "en"])
def test_blank_forms_are_what_their_hash_promises_in_the_language_of_the_person(
    doors: Doors, language: str
) -> None:
    doors.office.visit(checklist="cap-xa")
    phone = doors.visitor("inspector")
    phone.post("/language", 302, language=language, next="/")
    kit = kit_of(phone)
    assert {form["checklist"] for form in kit["forms"]} >= {"cap-xa", "dot-xuat"}
    assert kit["visits"][0]["form"] in {form["form"] for form in kit["forms"]}
    for form in kit["forms"]:
        page = phone.get(form["url"]).get_data()
        assert f'lang="{language}"'.encode() in page
        assert hashlib.sha256(page).hexdigest() == form["sha256"], form["form"]


def test_the_last_five_findings_of_an_office_are_at_hand(doors: Doors) -> None:
    office = doors.office
    for _ in range(7):
        visit = office.visit()
        send(doors, visit)
    with office.desk("reviewer", Role.REVIEWER) as desk:
        for row in findings_of(desk.session, visit):
            reviewing.decide(desk, row.id, row.version, "confirm", "")
    last = kit_of(doors.visitor("inspector"))["findings"][BINH_SON]
    assert len(last) == 5
    assert {finding["criterion"] for finding in last} == {"NY-01"}
    assert {finding["state"] for finding in last} == {"reported", "confirmed"}


def test_the_number_of_statements_does_not_grow_with_the_visits(doors: Doors) -> None:
    phone = doors.visitor("inspector")
    asked: list[str] = []
    engine = doors.app.extensions["inspect"].database.engine

    def fill(count: int) -> int:
        for _ in range(count):
            send(doors, doors.office.visit())
            doors.office.visit("21136")
        kit_of(phone)  # what a process keeps for all is read once
        asked.clear()
        kit_of(phone)
        return len(asked)

    event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
    few = fill(1)
    assert few == fill(12), "\n".join(asked)


def test_it_is_kept_by_no_cache_and_goes_compressed(doors: Doors) -> None:
    answer = doors.visitor("inspector").client.get("/api/v1/offline", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.get_data()))["units"]
