"""Sealed rows of phones: they arrive as if their owner had sent them, once, and nobody else's key or place opens them."""

import io
import tracemalloc
import uuid
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.domain.people import Role
from inspect_app.domain.phone_rows import HEAD, OLD_PIECE, PIECE, Row, write_row
from inspect_app.domain.problems import BadValue
from inspect_app.operations.unsealing import Room, Taken, take_in
from inspect_app.storage.evidence import open_store
from inspect_app.storage.inspections import InspectionRow
from inspect_app.storage.people import PersonRow
from inspect_app.storage.submissions import PhotoRow, SubmissionRow
from inspect_app.storage.uploads import UploadPieceRow, UploadRow
from inspect_app.web import sealed_room
from tests.builders import BINH_SON, ZONE, Office
from tests.client import photo_of
from tests.phone_files import Phone, held, phone_of

ANSWERS = {"ny_01": "pass", "ny_02": "fail", "ny_02_note": "Thiếu bảng ở Ngọk Réo", "@place": "ny_02"}
CLEAN = {"ny_01": "pass", "ny_02": "fail", "ny_02_note": "Thiếu bảng ở Ngọk Réo"}


@pytest.fixture
def room(office: Office, tmp_path: Path) -> Room:
    def open_session(*, writing: bool) -> AbstractContextManager[Session]:
        return (office.database.writing if writing else office.database.reading).begin()

    evidence = open_store(str(tmp_path / "evidence"), tmp_path / "scratch")
    return Room(
        open_session, evidence, office.now, ZONE, "sealed", sealed_room._read_document,
        sealed_room._read_announcement,
    )  # fmt: skip


def take(room: Room, data: bytes) -> Taken:
    return take_in(room, io.BytesIO(data))


def count(office: Office, *tables: type) -> list[int]:
    with office.database.reading() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def photos(office: Office, submission: str) -> list[PhotoRow]:
    with office.database.reading() as session:
        return list(session.scalars(select(PhotoRow).where(PhotoRow.submission_id == submission)))


def file_of(rows: Iterable[Row]) -> bytes:
    return HEAD + b"".join(map(write_row, rows))


# ---- as if its owner had sent it ----


def test_a_record_arrives_as_if_its_owner_had_sent_it(office: Office, room: Room) -> None:
    visit, phone = office.visit(), phone_of(office)
    record = phone.record(visit, ANSWERS)
    [taken] = take(replace(room, clock_offset=7200), record.text).records
    assert taken.receipt is not None and taken.receipt.outcome == "created"
    row = held(office, record.submission)
    assert row is not None
    assert (row.person_id, row.status, row.door) == (phone.person, "accepted", "sealed")
    assert (row.code, row.clock_offset) == (taken.receipt.code, 7200)
    with office.database.reading() as session:
        assert {name: session.get_one(SubmissionRow, row.id).answers.get(name) for name in CLEAN} == CLEAN


def test_taking_it_in_again_changes_nothing(office: Office, room: Room) -> None:
    record = phone_of(office).record(office.visit(), ANSWERS, {"ny_02": photo_of(1)})
    first = take(room, record.file)
    tables = SubmissionRow, PhotoRow, UploadRow, UploadPieceRow, InspectionRow
    before = count(office, *tables)
    again = take(room, record.file)
    assert again.records[0].receipt and first.records[0].receipt
    assert again.records[0].receipt.outcome == "repeated"
    assert again.records[0].receipt.code == first.records[0].receipt.code
    assert [photo.state for photo in again.photos] == ["complete"]
    assert count(office, *tables) == before


def test_a_visit_that_began_on_the_phone_is_made_and_counts(office: Office, room: Room) -> None:
    visit, start = str(uuid.uuid4()), {"unit": BINH_SON, "checklist": "dot-xuat", "reason": "Phản ánh"}
    record = phone_of(office).record(visit, ANSWERS, start=start)
    [taken] = take(room, record.text).records
    assert taken.receipt and taken.receipt.status == "received"
    with office.database.reading() as session:
        made = session.get_one(InspectionRow, visit)
        assert (made.state, made.current_submission_id, made.reason) == (
            "submitted", record.submission, "Phản ánh",
        )  # fmt: skip


def test_a_visit_that_cannot_be_made_waits_with_its_record(office: Office, room: Room) -> None:
    start = {"unit": "99999", "checklist": "dot-xuat", "reason": "Phản ánh"}
    [taken] = take(room, phone_of(office).record(str(uuid.uuid4()), ANSWERS, start=start).text).records
    assert taken.receipt and taken.receipt.reasons == ["unknown_inspection", "unknown_unit"]


# ---- what a person must look at ----


def test_rows_of_a_disabled_account_are_kept_and_its_visit_is_not_made(office: Office, room: Room) -> None:
    visit, phone = office.visit(), phone_of(office)
    with office.database.writing.begin() as session:
        session.get_one(PersonRow, phone.person).active = False
    start = {"unit": BINH_SON, "checklist": "dot-xuat", "reason": "Phản ánh"}
    own, started = phone.record(visit, ANSWERS, {"ny_01": photo_of(2)}), str(uuid.uuid4())
    taken = take(room, own.file + phone.record(started, ANSWERS, start=start).text.removeprefix(HEAD))
    assert [record.receipt and record.receipt.reasons for record in taken.records] == [
        ["disabled_account"], ["disabled_account", "unknown_inspection"],
    ]  # fmt: skip
    assert [photo.state for photo in photos(office, own.submission)] == ["stored"]
    with office.database.reading() as session:
        assert session.get(InspectionRow, started) is None


def test_an_unfinished_record_is_kept_under_an_id_of_its_content(office: Office, room: Room) -> None:
    visit, phone = office.visit(), phone_of(office)
    record = phone.record(visit, ANSWERS, {"ny_02": photo_of(3)}, finished=False)
    [first], [again] = take(room, record.file).records, take(room, record.file).records
    assert first.receipt and again.receipt
    kept = first.receipt.submission.id
    assert (first.receipt.reasons, again.receipt.outcome) == (["unfinished"], "repeated")
    assert again.receipt.submission.id == kept != record.submission
    assert [photo.state for photo in photos(office, kept)] == ["stored"]
    # On the phone it went on, and was sent.
    finished = phone.record(visit, ANSWERS | {"ns_02": "none"}, submission=record.submission)
    [whole] = take(room, finished.text).records
    assert whole.receipt and whole.receipt.status == "received"
    assert whole.receipt.submission.id == record.submission


@pytest.mark.parametrize("lost", [1, 2, 4])
def test_a_record_of_which_an_answer_is_missing_never_counts_by_itself(
    office: Office, room: Room, lost: int
) -> None:
    record = phone_of(office).record(office.visit(), ANSWERS)
    [taken] = take(room, file_of(row for at, row in enumerate(record.rows) if at != lost)).records
    assert taken.receipt and taken.receipt.reasons == ["unfinished"]
    assert held(office, record.submission) is None


def test_a_record_of_which_a_photo_is_missing_never_counts_by_itself(office: Office, room: Room) -> None:
    record = phone_of(office).record(office.visit(), ANSWERS, {"ny_01": photo_of(21), "ny_02": photo_of(22)})
    [taken] = take(room, file_of(record.rows[:-1])).records
    assert taken.receipt and taken.receipt.reasons == ["unfinished"]
    assert held(office, record.submission) is None
    taken_out = replace(record.rows[-1], clear={**record.rows[-1].clear, "state": "removed"})
    told = replace(record.rows[0], clear={**record.rows[0].clear, "photos": 1})
    [taken] = take(room, file_of([told, *record.rows[1:-1], taken_out])).records
    assert taken.receipt and taken.receipt.status == "received" and len(taken.receipt.photos) == 1


def test_what_one_wrote_who_is_no_inspector_any_more_is_kept(office: Office, room: Room) -> None:
    visit, phone = office.visit(), phone_of(office)
    with office.database.writing.begin() as session:
        session.get_one(PersonRow, phone.person).role = Role.LEADER.value
    record = phone.record(visit, ANSWERS, {"ny_02": photo_of(23)})
    taken = take(room, record.file)
    assert taken.records[0].receipt and taken.records[0].receipt.reasons == ["not_inspector"]
    assert [photo.state for photo in photos(office, record.submission)] == ["stored"]


def test_a_file_tells_how_wrong_its_phones_clock_was(office: Office, room: Room) -> None:
    """Two days fast: a visit that began on it is of the day it really was."""
    phone, visit = phone_of(office), str(uuid.uuid4())
    start = {"unit": BINH_SON, "checklist": "dot-xuat", "reason": "Phản ánh"}
    record = phone.record(
        visit, ANSWERS, offset=-2 * 86_400_000, start=start, started_at="2026-11-23T01:00:00.000Z"
    )
    take(room, record.text)
    row = held(office, record.submission)
    assert row is not None and row.clock_offset == -2 * 86_400
    with office.database.reading() as session:
        assert session.get_one(InspectionRow, visit).day == date(2026, 11, 21)


# ---- whose rows, and where ----


def test_the_key_of_one_person_never_opens_the_rows_of_another(office: Office, room: Room) -> None:
    visit, phone, other = office.visit(), phone_of(office), phone_of(office, "other")
    as_other = [replace(row, person=other.person) for row in phone.record(visit, ANSWERS).rows]
    forged = Phone(phone.person, other.key).record(visit, ANSWERS).rows
    nobody = [replace(row, person=4711) for row in phone.record(visit, ANSWERS).rows]
    for rows in (as_other, forged, nobody):
        taken = take(room, file_of(rows))
        assert [record.error for record in taken.records] == ["unreadable"]
        assert taken.opened_nothing
    assert count(office, SubmissionRow) == [0]


def test_rows_cannot_be_exchanged(office: Office, room: Room) -> None:
    phone = phone_of(office)
    one, two = phone.record(office.visit(), ANSWERS), phone.record(office.visit("21136"), ANSWERS)
    swapped = [replace(one.rows[0], sealed=two.rows[0].sealed), *one.rows[1:]]
    assert take(room, file_of(swapped)).records[0].error == "unreadable"
    events = [one.rows[0], replace(one.rows[1], sealed=one.rows[2].sealed), *one.rows[2:]]
    [taken] = take(room, file_of(events)).records
    assert taken.receipt and taken.receipt.reasons == ["unfinished"], (
        "the answer in a wrong place is left out"
    )
    with office.database.reading() as session:
        assert "ny_01" not in session.get_one(SubmissionRow, taken.receipt.submission.id).answers


def test_pieces_of_a_photo_cannot_be_exchanged(office: Office, room: Room) -> None:
    data = {"ny_01": photo_of(4, (2000, 1500)), "ny_02": photo_of(5, (2000, 1500))}
    record = phone_of(office).record(office.visit(), ANSWERS, data)
    take(room, record.text)
    one, two = record.photos
    swapped = replace(record.photos[one][0], sealed=record.photos[two][0].sealed)
    own = next(row for row in record.rows if row.key == one)
    [photo] = take(room, file_of([own, swapped])).photos
    assert (photo.received, photo.state) == (0, "open")


# ---- photos ----


@pytest.mark.parametrize("piece", [PIECE, OLD_PIECE])
def test_a_photo_goes_on_where_it_stands_and_is_evidence_when_whole(
    office: Office, room: Room, piece: int
) -> None:
    data = photo_of(6, (2600, 2000))
    record = replace(phone_of(office), piece=piece).record(office.visit(), ANSWERS, {"ny_02": data})
    [id] = record.photos
    last = len(record.photos[id]) - 1
    assert last >= 2
    take(room, record.text)

    def stand(*numbers: int) -> tuple[int, str]:
        [photo] = take(room, record.of_photo(id, *numbers)).photos
        assert photo.photo == id
        return photo.received, photo.state

    assert stand(0) == (piece, "open")
    assert stand(0) == (piece, "open"), "the same piece again changes nothing"
    assert stand(last) == (piece, "open"), "a gap is not jumped over"
    assert stand(0, 1) == (2 * piece, "open")
    assert stand(*range(1, last + 1)) == (len(data), "complete")
    assert stand(last) == (len(data), "complete")
    [row] = photos(office, record.submission)
    assert (row.id, row.state, row.size, row.caption) == (id, "stored", len(data), "Bảng niêm yết")
    with room.evidence.open(row.sha256) as kept:
        assert kept.read() == data
    assert count(office, UploadPieceRow) == [0]


def test_a_photo_that_is_not_what_it_says_is_asked_for_anew(office: Office, room: Room) -> None:
    phone, data = phone_of(office), photo_of(7)
    record = phone.record(office.visit(), ANSWERS, {"ny_02": data})
    [id] = record.photos
    wrong = replace(record, photos={id: [phone.row("pieces", f"{id}:0000", {}, data[::-1])]})
    take(room, record.text)
    [photo] = take(room, wrong.of_photo(id)).photos
    assert (photo.received, photo.state) == (0, "mismatched")
    [photo] = take(room, record.of_photo(id)).photos
    assert (photo.received, photo.state) == (len(data), "complete")


def test_photos_of_a_record_that_is_held_under_another_id_find_it(office: Office, room: Room) -> None:
    record = phone_of(office).record(office.visit(), ANSWERS, {"ny_02": photo_of(8)}, finished=False)
    [taken] = take(room, record.text).records
    [id] = record.photos
    [photo] = take(room, record.of_photo(id)).photos
    assert taken.receipt
    assert (photo.submission, photo.state) == (taken.receipt.submission.id, "complete")
    assert [row.state for row in photos(office, photo.submission)] == ["stored"]


# ---- odd files ----


def test_one_bad_record_holds_up_no_other(office: Office, room: Room) -> None:
    phone = phone_of(office)
    good = phone.record(office.visit(), ANSWERS)
    odd = [
        phone.record(office.visit(), ANSWERS, started_at="hôm qua"),
        phone.record(office.visit(), ANSWERS, draft=7),
        phone.record(office.visit(), {"ny_01": "pass"}, submission="../../etc"),
        phone.record(office.visit(), ANSWERS, base=["ny_01"]),
    ]
    rows = [row for record in odd for row in record.rows]
    headless = phone.record(office.visit(), ANSWERS).rows[1:]
    taken = take(room, file_of([*rows, *headless, *good.rows]))
    assert [record.error for record in taken.records] == [
        "not_a_document", "not_a_document", "not_a_document", "not_a_document", "", "no_record",
    ]  # fmt: skip
    assert taken.records[4].receipt


def test_a_torn_file_brings_what_it_has_and_says_so(office: Office, room: Room) -> None:
    phone = phone_of(office)
    one, two = phone.record(office.visit(), ANSWERS), phone.record(office.visit("21136"), ANSWERS)
    taken = take(room, (one.text + two.text.removeprefix(HEAD))[:-5])
    assert taken.odd == 1
    assert [record.receipt and record.receipt.reasons for record in taken.records] == [[], ["unfinished"]]


def test_another_file_is_refused(room: Room) -> None:
    with pytest.raises(BadValue):
        take(room, b"PK\x03\x04")


def test_a_file_that_names_very_many_people_is_refused(office: Office, room: Room) -> None:
    row = phone_of(office).record(office.visit(), ANSWERS).rows[0]
    with pytest.raises(BadValue):
        take(room, file_of(replace(row, person=number) for number in range(1, 102)))


def test_an_answer_that_no_column_holds_keeps_nobody_waiting(office: Office, room: Room) -> None:
    phone = phone_of(office)
    odd = phone.record(office.visit(), {"ny_01": "fail", "ny_01_note": "a\x00b"})
    good = phone.record(office.visit("21136"), ANSWERS)
    taken = take(room, odd.text + good.text.removeprefix(HEAD))
    assert taken.records[1].receipt
    assert taken.records[0].error in ("", "refused")  # PostgreSQL has no NUL in a text


class _Export(io.RawIOBase):
    """A file of a size that is made while it is read: the text of a record, then one piece after the other."""

    def __init__(self, head: bytes, piece: bytes, times: int) -> None:
        self.head, self.piece, self.at = head, piece, 0
        self.length = len(head) + len(piece) * times

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        assert whence == 0
        self.at = offset
        return offset

    def tell(self) -> int:
        return self.at

    def readinto(self, buffer: Any) -> int:
        if self.at >= self.length:
            return 0
        past = self.at - len(self.head)
        data = (self.head[past:] if past < 0 else self.piece[past % len(self.piece) :])[: len(buffer)]
        buffer[: len(data)] = data
        self.at += len(data)
        return len(data)


def test_a_file_of_500_megabytes_is_never_in_memory(office: Office, room: Room) -> None:
    phone = phone_of(office)
    record = phone.record(office.visit(), ANSWERS)
    piece = write_row(phone.row("pieces", f"{uuid.uuid4()}:0000", {}, bytes(PIECE)))
    export = io.BufferedReader(_Export(record.text, piece, 500_000_000 // len(piece)))
    tracemalloc.start()
    try:
        taken = take_in(room, export)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken.records[0].receipt
    assert peak < 16_000_000
