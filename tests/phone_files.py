"""A phone's rows without a browser: what static/js/phone/store.js and rows.js would write, sealed under a person's key."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inspect_app.domain.phone_rows import HEAD, OLD_PIECE, PIECE, Row, write_row
from inspect_app.exchange.sealing import seal
from inspect_app.operations.store_keys import own_store_key
from inspect_app.storage.submissions import SubmissionRow
from tests.builders import Office


@dataclass
class Record:
    """One checklist on a phone; `rows` are its text rows, `pieces` those of each photo."""

    submission: str
    rows: list[Row]
    photos: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def text(self) -> bytes:
        return HEAD + b"".join(map(write_row, self.rows))

    def of_photo(self, photo: str, *numbers: int) -> bytes:
        """What is sent of a photo: its own row and some of its pieces."""
        own = [row for row in self.rows if row.key == photo]
        pieces = [self.photos[photo][n] for n in numbers] if numbers else self.photos[photo]
        return HEAD + b"".join(map(write_row, own + pieces))

    @property
    def file(self) -> bytes:
        """An export of this record alone."""
        return self.text + b"".join(write_row(row) for pieces in self.photos.values() for row in pieces)


@dataclass
class Phone:
    """A phone on which `person` has signed in."""

    person: int
    key: bytes
    piece: int = PIECE

    def row(self, store: str, key: str, clear: Mapping[str, Any], plain: Any) -> Row:
        data = plain if isinstance(plain, bytes) else json.dumps(plain).encode()
        return Row(store, key, self.person, clear, seal(self.key, store, key, data))

    def record(
        self,
        inspection: str,
        answers: Mapping[str, str],
        photos: Mapping[str, bytes] | None = None,
        *,
        finished: bool = True,
        submission: str = "",
        offset: int | None = None,
        **facts: Any,
    ) -> Record:
        """A checklist with its answers in their order, and photos by question; `offset`: ms from its clock to ours."""
        submission = submission or str(uuid.uuid4())
        known = {
            "inspection": inspection, "checklist": "dot-xuat", "version": "2020.1", "base": {}, "draft": None,
            "photos": [], "replaces": None, "unit": {"full": "Xã Bình Sơn"}, "day": "2026-11-22",
            "started_at": "2026-11-22T01:00:00.000Z",
            "finished_at": "2026-11-22T02:00:00.000Z" if finished else None, **facts,
        }  # fmt: skip
        told = {
            "submission": submission, "person": self.person, "events": len(answers), "photos": len(photos or {}),
        }  # fmt: skip
        rows = [self.row("records", submission, told, known)]
        for seq, (name, value) in enumerate(answers.items(), 1):
            event = {
                "name": name,
                "value": value,
                "at": "2026-11-22T01:30:00.000Z",
                "mono": seq,
                "offset": offset,
            }
            rows.append(
                self.row("events", f"{submission}:{seq:08}", {"submission": submission, "seq": seq}, event)
            )
        record = Record(submission, rows)
        for question, data in (photos or {}).items():
            self._add_photo(record, question, data)
        return record

    def _add_photo(self, record: Record, question: str, data: bytes) -> None:
        photo = str(uuid.uuid4())
        pieces = [data[start : start + self.piece] for start in range(0, len(data), self.piece)]
        clear = {
            "photo": photo, "submission": record.submission, "sha256": hashlib.sha256(data).hexdigest(),
            "size": len(data), "pieces": len(pieces), "state": "here", "sent": 0,
        }  # fmt: skip
        if self.piece != OLD_PIECE:
            clear["piece"] = self.piece
        plain = {"question": question, "name": "ảnh.jpg", "source": "camera", "caption": "Bảng niêm yết"}
        record.rows.append(self.row("photos", photo, clear, plain))
        record.photos[photo] = [
            self.row(
                "pieces", f"{photo}:{n:04}", {"photo": photo, "submission": record.submission, "n": n}, piece
            )
            for n, piece in enumerate(pieces)
        ]


def phone_of(office: Office, username: str = "inspector") -> Phone:
    with office.reading_desk(username) as desk:
        return Phone(desk.viewer.person_id, own_store_key(desk, lambda: office.desk(username)))


def held(office: Office, submission: str) -> SubmissionRow | None:
    with office.database.reading() as session:
        return session.get(SubmissionRow, submission)
