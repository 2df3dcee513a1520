"""What phones send beside the answers: captions, the facts of a visit, their clock, and the wish to be told of faults."""

import hashlib
import uuid
from datetime import timedelta
from typing import Any

from werkzeug.test import TestResponse

from inspect_app.domain.receipts import content_hash
from inspect_app.storage.submissions import PhotoRow, SubmissionDocumentRow, SubmissionRow
from tests.builders import BINH_SON
from tests.client import document
from tests.doors import Doors, Visitor

FAIL = {"ny_02": "fail", "ny_02_note": "Thiếu bảng"}


def put(
    phone: Visitor, id: str, body: dict[str, Any], door: str = "submissions", **headers: str
) -> TestResponse:
    token = phone.get("/api/v1/me").json
    assert token is not None
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return phone.client.put(
        f"/api/v1/{door}/{id}", json=body, headers={"X-CSRFToken": token["csrf_token"], **named}
    )


def held(doors: Doors, id: str) -> SubmissionRow:
    with doors.office.database.reading() as session:
        return session.get_one(SubmissionRow, id)


def test_a_document_of_the_first_release_keeps_its_hash(doors: Doors) -> None:
    visit, id = doors.office.visit(), str(uuid.uuid4())
    body = document(visit, FAIL)
    put(doors.visitor("inspector"), id, body)
    plain = {
        "inspection": visit, "checklist": "dot-xuat", "version": "2020.1", "replaces": "", "answers": FAIL, "photos": [],
        "started_at": "2026-11-22T01:00:00+00:00", "finished_at": "2026-11-22T02:00:00+00:00",
    }  # fmt: skip
    assert held(doors, id).content_hash == content_hash(plain)
    assert put(doors.visitor("inspector"), id, {**body, "base": {"ny_02": "pass"}}).status_code == 200


def test_the_facts_of_a_visit_are_part_of_what_was_sent(doors: Doors) -> None:
    id, facts = str(uuid.uuid4()), {"unit": BINH_SON, "reason": "Phản ánh của người dân"}
    body = document(str(uuid.uuid4()), FAIL, visit=facts)
    assert put(doors.visitor("inspector"), id, body).status_code == 202
    row = held(doors, id)
    with doors.office.database.reading() as session:
        kept = session.get_one(SubmissionDocumentRow, (id, row.content_hash))
        assert kept.document["visit"] == facts


def test_captions_and_the_file_before_shrinking_are_kept_with_the_photo(doors: Doors) -> None:
    id, big = str(uuid.uuid4()), hashlib.sha256(b"big").hexdigest()
    photo = {
        "id": str(uuid.uuid4()), "question": "ny_02", "sha256": "a" * 64, "size": 5, "caption": "Bảng ở sảnh",
        "covers": None, "original_sha256": big.upper(), "original_size": 4_000_000,
    }  # fmt: skip
    assert (
        put(doors.visitor("inspector"), id, document(doors.office.visit(), FAIL, photos=[photo])).status_code
        == 201
    )
    with doors.office.database.reading() as session:
        row = session.get_one(PhotoRow, photo["id"])
        assert (row.caption, row.original_sha256, row.original_size) == ("Bảng ở sảnh", big, 4_000_000)


def test_a_wrong_clock_is_noted_and_refuses_nothing(doors: Doors) -> None:
    for said, offset in (
        ((doors.office.now + timedelta(days=2)).isoformat(), -172800),
        ("no time at all", None),
    ):
        id = str(uuid.uuid4())
        body = document(doors.office.visit(), FAIL)
        assert put(doors.visitor("inspector"), id, body, X_Sent_At=said).status_code == 201
        assert held(doors, id).clock_offset == offset


def test_who_wants_to_be_told_of_faults_is_told_and_nothing_is_taken_in(doors: Doors) -> None:
    phone, id = doors.visitor("inspector"), str(uuid.uuid4())
    body = document(doors.office.visit(), {"ny_02": "fail", "ny_02_n": 11, "ny_02_of": 10})
    answer = put(phone, id, body, Prefer="respond-async, handling=strict")
    assert answer.status_code == 422 and answer.json
    assert [fault["question"] for fault in answer.json["faults"]] == ["ny_02_n"] and answer.json["message"]
    phone.get(f"/api/v1/submissions/{id}", 404)
    body["answers"]["ny_02_n"] = 3
    assert put(phone, id, body, Prefer="handling=strict").status_code == 201
    assert put(phone, id, body, Prefer="handling=strict").status_code == 200


def test_without_that_wish_faults_are_kept(doors: Doors) -> None:
    body = document(doors.office.visit(), {"ny_02": "perhaps"})
    answer = put(doors.visitor("inspector"), str(uuid.uuid4()), body, Prefer="handling=lenient")
    assert answer.status_code == 202


def test_a_visit_started_on_the_phone_is_announced_over_http(doors: Doors) -> None:
    phone, id = doors.visitor("inspector"), str(uuid.uuid4())
    facts = {
        "unit": BINH_SON, "checklist": "dot-xuat", "version": "2020.1", "reason": "Phản ánh\ncủa dân",
        "started_at": doors.office.now.isoformat(),
    }  # fmt: skip
    first, again = put(phone, id, facts, door="inspections"), put(phone, id, facts, door="inspections")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json == {"id": id, "number": "KT-2026-0001", "state": "started", "reasons": []}
    unmade = put(phone, str(uuid.uuid4()), facts | {"unit": "99999"}, door="inspections")
    assert unmade.status_code == 202 and unmade.json
    assert (unmade.json["state"], unmade.json["number"], unmade.json["reasons"]) == (
        "kept",
        None,
        ["unknown_unit"],
    )
    for odd in ({"reason": " "}, {"started_at": "today"}, {"started_at": "0001-01-01T00:00:00+14:00"}):
        assert put(phone, str(uuid.uuid4()), facts | odd, door="inspections").status_code == 400
