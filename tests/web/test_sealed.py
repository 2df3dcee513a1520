"""The door for sealed rows: nobody is signed in, the receipt says what has come and nothing of what was answered."""

import logging
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from inspect_app.storage.inspections import InspectionRow
from inspect_app.storage.submissions import PhotoRow, SubmissionRow
from inspect_app.storage.uploads import UploadPieceRow, UploadRow
from tests.builders import BINH_SON, open_office
from tests.client import photo_of
from tests.doors import Doors
from tests.phone_files import Phone, held, phone_of
from tests.prepared import Stores
from tests.servers import LiveServer

ANSWERS = {"ny_01": "pass", "ny_02": "fail", "ny_02_note": "DAUVETRIENG", "ny_02_n": "x"}
GOOD = {"ny_01": "pass", "ny_02": "fail", "ny_02_note": "DAUVETRIENG"}


def post(doors: Doors, data: bytes, address: str = "10.1.2.3", **headers: str) -> TestResponse:
    """From a phone without a session."""
    return doors.app.test_client().post(
        "/api/v1/sealed", data=data, content_type="application/octet-stream",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        environ_base={"REMOTE_ADDR": address},
    )  # fmt: skip


def json_of(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json is not None
    return answer.json


def test_a_phone_without_session_gets_the_receipt_of_a_put(doors: Doors) -> None:
    record = phone_of(doors.office).record(doors.office.visit(), GOOD, {"ny_02": photo_of(1)})
    [id] = record.photos
    [told] = json_of(post(doors, record.text, X_Sent_At="2026-11-22T01:00:00Z"))["records"]
    token = doors.visitor("inspector").get("/api/v1/me").json
    assert token
    same = doors.visitor("inspector").get(f"/api/v1/submissions/{record.submission}").json
    assert told == {"submission": record.submission, "receipt": same}
    assert same["files"][0]["state"] == "expected"
    row = held(doors.office, record.submission)
    assert row and row.clock_offset == 7200
    [photo] = json_of(post(doors, record.of_photo(id)))["photos"]
    assert photo == {
        "photo": id, "sha256": same["files"][0]["sha256"], "size": len(photo_of(1)), "received": len(photo_of(1)),
        "state": "complete",
    }  # fmt: skip
    [again] = json_of(post(doors, record.text))["records"]
    assert again["receipt"]["files"][0]["state"] == "stored"
    assert again["receipt"]["code"] == same["code"]


def test_the_answer_says_nothing_of_what_was_answered(doors: Doors) -> None:
    record = phone_of(doors.office).record(doors.office.visit(), ANSWERS)
    answer = post(doors, record.text)
    [told] = json_of(answer)["records"]
    assert told["receipt"]["reasons"] == ["faults"]
    assert (told["receipt"]["faults"], told["receipt"]["conflicts"]) == ([], [])
    assert b"ny_0" not in answer.get_data()


def test_no_row_gets_into_the_log(doors: Doors, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    phone = phone_of(doors.office)
    post(doors, phone.record(doors.office.visit(), ANSWERS).text)
    post(doors, phone.record(doors.office.visit(), GOOD, started_at="DAUVETRIENG").text)
    assert "DAUVET" not in caplog.text


def test_who_sends_what_does_not_open_is_slowed_down_and_others_are_not(doors: Doors) -> None:
    office = doors.office
    phone = phone_of(office)
    forged = Phone(phone.person, bytes(32)).record(office.visit(), GOOD).text
    statuses = [post(doors, data).status_code for data in [b"", b"phieu-rows/1\n", forged] * 18]
    assert statuses == [400] * 50 + [429] * 4
    good = phone.record(office.visit(), GOOD).text
    assert post(doors, good).status_code == 429
    assert post(doors, good, address="10.9.9.9").status_code == 200
    with office.database.reading() as session:
        assert session.query(SubmissionRow).count() == 1


def test_sending_what_opens_is_never_slowed_down(doors: Doors) -> None:
    record = phone_of(doors.office).record(doors.office.visit(), GOOD)
    assert {post(doors, record.text).status_code for _ in range(60)} == {200}


def test_a_body_of_more_than_two_megabytes_is_refused(doors: Doors) -> None:
    assert post(doors, b"phieu-rows/1\n" + bytes(2 * 1024 * 1024)).status_code == 413


def test_it_works_beside_a_session_of_somebody_else(doors: Doors) -> None:
    record = phone_of(doors.office).record(doors.office.visit(), GOOD)
    answer = doors.visitor("other").client.post("/api/v1/sealed", data=record.text)
    assert json_of(answer)["records"][0]["receipt"]["status"] == "received"
    row = held(doors.office, record.submission)
    assert row and row.person_id == doors.office.people["inspector"]


def test_two_servers_at_once_take_the_same_rows_in_once(
    live_server: Callable[..., LiveServer], prepared_stores: Callable[..., Stores]
) -> None:
    stores = prepared_stores("postgresql")
    office = open_office(stores.database_url)
    start = {"unit": BINH_SON, "checklist": "dot-xuat", "reason": "Phản ánh"}
    photos = {"ny_01": photo_of(3), "ny_02": photo_of(4)}
    body = phone_of(office).record(str(uuid.uuid4()), GOOD, photos, start=start).file
    office.database.engine.dispose()
    key = "one key for both servers, long enough"
    servers = [live_server(stores=stores, INSPECT_SECRET_KEY=key) for _ in range(2)]

    def post(number: int) -> requests.Response:
        return requests.post(f"{servers[number % 2].url}/api/v1/sealed", data=body, timeout=120)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(24)))
    assert {answer.status_code for answer in answers} == {200}
    receipts = [answer.json()["records"][0]["receipt"] for answer in answers]
    assert {(receipt["status"], receipt["code"]) for receipt in receipts} == {
        ("received", receipts[0]["code"])
    }
    last = post(0).json()
    assert [file["state"] for file in last["records"][0]["receipt"]["files"]] == ["stored", "stored"]
    with open_office(stores.database_url).database.reading() as session:
        for table, count in (
            (InspectionRow, 1),
            (SubmissionRow, 1),
            (PhotoRow, 2),
            (UploadRow, 2),
            (UploadPieceRow, 0),
        ):
            assert session.scalar(select(func.count()).select_from(table)) == count, table
