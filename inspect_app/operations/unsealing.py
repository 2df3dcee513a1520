"""Takes in rows as they lie sealed on a phone: sent by one where nobody is signed in, or brought to the office as a file.

A person's store key proves that the rows are theirs. From there on everything is as if that person had sent it: records
through operations/receiving.py, photos through operations/uploading.py. What is not finished, not whole, or of an
account that may not send any more is kept for a person. Doing it twice changes nothing.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, BinaryIO, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from inspect_app.domain.clocks import in_range
from inspect_app.domain.documents import Document
from inspect_app.domain.people import Act, Role
from inspect_app.domain.phone_rows import document_of, is_finished
from inspect_app.domain.problems import BadValue, Problem
from inspect_app.domain.receipts import content_hash
from inspect_app.storage.evidence import EvidenceStore
from inspect_app.storage.inspections import Viewer
from inspect_app.storage.people import get_person
from inspect_app.storage.store_keys import find_store_keys
from inspect_app.storage.submissions import SubmissionRow
from inspect_app.storage.units import get_gazetteer

from .announcing import Announcement, announce
from .desk import Desk, viewer_of
from .receiving import Receipt, receipt_of, receive
from .sealed_photos import TakenPhoto, take_photo
from .sealed_rows import PersonRows, SealedRows


class ReadDocument(Protocol):
    def __call__(self, id: str, body: dict[str, Any], **more: Any) -> Document:
        """The body of a PUT as a document; `more` is what stands in no body. BadValue if it is none."""


class ReadAnnouncement(Protocol):
    def __call__(self, id: str, body: dict[str, Any], **more: Any) -> Announcement:
        """What a phone tells of a visit it started. BadValue if it is not that."""


@dataclass(frozen=True)
class Room:
    """What a door brings along: transactions (`writing=bool`), evidence, the moment, and how JSON is read."""

    open_session: Callable[..., AbstractContextManager[Session]]
    evidence: EvidenceStore
    now: datetime
    zone: ZoneInfo
    door: str
    read_document: ReadDocument
    read_announcement: ReadAnnouncement
    clock_offset: int | None = None


@dataclass
class TakenRecord:
    """A record and its receipt, or why there is none: unreadable, no_record, not_a_document, refused."""

    submission: str
    person_id: int
    facts: dict[str, Any] = field(default_factory=dict)
    answers: int = 0
    receipt: Receipt | None = None
    error: str = ""


@dataclass
class Taken:
    """`odd`: stretches of the file that are no rows."""

    records: list[TakenRecord] = field(default_factory=list)
    photos: list[TakenPhoto] = field(default_factory=list)
    odd: int = 0

    @property
    def opened_nothing(self) -> bool:
        errors = [record.error for record in self.records] + [photo.state for photo in self.photos]
        return all(error in ("unreadable", "no_record") for error in errors)


def take_in(room: Room, file: BinaryIO) -> Taken:
    """All that a file of rows brings, each record by itself: what is wrong with one holds up no other.

    BadValue if the file is none of ours. At any moment one row of it is in memory.
    """
    rows = SealedRows(file)
    with room.open_session(writing=False) as session:
        keys = find_store_keys(session, rows.people)
    taken = Taken(odd=rows.odd)
    for person_id in rows.people:
        own = rows.of(person_id, keys.get(person_id))
        if person_id not in keys:
            taken.records += [TakenRecord(id, person_id, error="unreadable") for id in own.submissions]
        else:
            _take_person(room, own, taken)
    return taken


@dataclass(frozen=True)
class _Sender:
    """On whose behalf rows are taken in. `kept_for`: why nothing of theirs counts by itself."""

    room: Room
    viewer: Viewer
    kept_for: tuple[str, ...]

    @contextmanager
    def desk(self, *, writing: bool) -> Iterator[Desk]:
        with self.room.open_session(writing=writing) as session:
            yield Desk(session, self.viewer, self.room.now, self.room.zone)


def _find_sender(room: Room, person_id: int) -> _Sender:
    with room.open_session(writing=False) as session:
        person = get_person(session, person_id)
        viewer = viewer_of(person, get_gazetteer(session))
    kept_for = () if person.active else ("disabled_account",)
    if viewer.may(Act.INSPECT):
        return _Sender(room, viewer, kept_for)
    return _Sender(room, replace(viewer, role=Role.INSPECTOR), (*kept_for, "not_inspector"))


def _take_person(room: Room, own: PersonRows, taken: Taken) -> None:
    sender = _find_sender(room, own.person_id)
    records = [_take_record(sender, own, submission) for submission in own.submissions]
    held = {record.submission: record.receipt.submission.id for record in records if record.receipt}
    photos = [take_photo(sender.desk, room.evidence, own, photo, held) for photo in own.photos_with_pieces]
    brought = {photo.submission for photo in photos}
    for record in records:
        if record.receipt and record.receipt.submission.id in brought:
            record.receipt = _looked_at_again(sender, record.receipt)
    taken.records += records
    taken.photos += photos


def _take_record(sender: _Sender, own: PersonRows, submission: str) -> TakenRecord:
    record = TakenRecord(submission, own.person_id)
    facts = own.said("records", submission)
    if facts is None:
        record.error = "unreadable" if own.has_record(submission) else "no_record"
        return record
    record.facts = facts
    events, no_event_missing = own.events_of(submission)
    photos, no_photo_missing = own.photos_of(submission)
    try:
        body = document_of(facts, events, photos)
        offset = _clock_offset(sender.room, events)
        document = _document(sender, submission, body, offset, whole=no_event_missing and no_photo_missing)
    except (
        BadValue,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
    ):  # a phone's rows make one; others may not
        record.error = "not_a_document"
        return record
    record.answers = len(document.answers)
    try:
        with sender.desk(writing=True) as desk:
            _announce(desk, sender, facts, document)
            record.receipt = receive(desk, document)
    except (Problem, DataError):  # e.g. a NUL in an answer, which no column holds
        record.error = "refused"
    return record


def _clock_offset(room: Room, events: list[dict[str, Any]]) -> int | None:
    """Seconds from the phone's clock to ours: as it is now, if its sender says, else as it was noted last (in ms)."""
    if room.clock_offset is not None:
        return room.clock_offset
    noted = [event.get("offset") for event in sorted(events, key=lambda event: event["seq"])]
    known = [offset for offset in noted if isinstance(offset, int | float)]
    return in_range(known[-1] / 1000) if known else None


def _document(
    sender: _Sender, submission: str, body: dict[str, Any], offset: int | None, *, whole: bool
) -> Document:
    """One that its person did not finish, or of which rows are missing, comes under an id of its content: the whole one
    may still come under its own."""
    room, id = sender.room, str(uuid.UUID(submission))
    more = {"clock_offset": offset, "door": room.door, "kept_for": sender.kept_for}
    document = room.read_document(id, body, **more)
    if whole and is_finished(body):
        return document
    own = str(uuid.uuid5(uuid.UUID(id), content_hash(document.content())))
    return replace(document, id=own, kept_for=(*sender.kept_for, "unfinished"))


def _announce(desk: Desk, sender: _Sender, facts: dict[str, Any], document: Document) -> None:
    """Make the visit that began on the phone, if its person may; what cannot be made by rule stands in the document."""
    if document.visit is None or sender.kept_for:
        return
    told = {name: facts.get(name) for name in ("checklist", "version", "started_at")}
    known = facts.get("start", {}).get("clock_offset")
    if isinstance(known, int):
        told["clock_offset"] = known
    try:
        wanted = sender.room.read_announcement(
            document.inspection, {**told, **document.visit}, clock_offset=document.clock_offset
        )
    except BadValue:
        return
    announce(desk, wanted)


def _looked_at_again(sender: _Sender, receipt: Receipt) -> Receipt:
    """The receipt with the photos that have come since."""
    with sender.desk(writing=False) as desk:
        row = desk.session.get(SubmissionRow, receipt.submission.id)
        if (
            row is None or row.content_hash != receipt.submission.content_hash
        ):  # another content is kept beside it
            return receipt
        return receipt_of(desk, row, receipt.outcome)
