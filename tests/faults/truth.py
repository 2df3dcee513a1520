"""What the server really holds of what was given on a phone: answers byte by byte, photos by hash, each once."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.domain.problems import NotFound
from inspect_app.storage.engine import Database
from inspect_app.storage.evidence import open_store
from inspect_app.storage.submissions import ARRIVED, SubmissionRow, list_photos

if TYPE_CHECKING:
    from tests.faults.phone import Phone, Sheet


@dataclass
class Count:
    """Findings in words; a fault is well when there is none."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)

    def __add__(self, other: "Count") -> "Count":
        return Count(self.lost + other.lost, self.doubled + other.doubled, self.silent + other.silent)

    def __bool__(self) -> bool:
        return bool(self.lost or self.doubled or self.silent)

    def words(self) -> list[str]:
        return [
            f"{kind}: {text}"
            for kind in ("lost", "doubled", "silent")
            for text in dict.fromkeys(getattr(self, kind))
        ]


@dataclass
class Truth:
    """The stores of the server, read past it."""

    database: Database
    evidence: Path

    def compare(self, phone: "Phone") -> Count:
        """All that was sent from a phone, after everything has calmed down."""
        count = Count()
        with self.database.reading() as session:
            for sheet in phone.sheets:
                if sheet.finished:
                    count += self._sheet(session, sheet)
        return count + self.honesty(phone, settled=True)

    def _sheet(self, session: Session, sheet: "Sheet") -> Count:
        count = Count()
        query = select(SubmissionRow).where(SubmissionRow.inspection_id == sheet.inspection)
        rows = list(session.scalars(query.order_by(SubmissionRow.received_at)))
        if len(rows) > sheet.arrives:
            count.doubled.append(f"{len(rows)} submissions of {sheet.inspection}, {sheet.arrives} expected")
        row = session.get(SubmissionRow, sheet.submission) if sheet.submission else None
        row = row or (rows[-1] if rows else None)
        if row is None:
            count.lost.append(f"the whole checklist {sheet.submission}")
            return count
        if row.status not in sheet.statuses:
            count.silent.append(f"status {row.status} {row.reasons}")
        for name in sorted(sheet.answers.keys() | row.answers.keys()):
            given, held = sheet.answers.get(name), row.answers.get(name)
            if given != (None if held is None else str(held)):
                (count.lost if given is not None else count.doubled).append(
                    f"{name}: {given!r}, held {held!r}"
                )
        self._photos(session, row, sheet, count)
        if sheet.told_code and sheet.told_code != row.code:
            count.silent.append(f"the phone says {sheet.told_code}, the office {row.code}")
        return count

    def _photos(self, session: Session, row: SubmissionRow, sheet: "Sheet", count: Count) -> None:
        given = Counter((question, sha256) for question, sha256 in sheet.photos)
        held = Counter(
            (photo.question, photo.sha256) for photo in list_photos(session, row.id) if photo.state in ARRIVED
        )
        count.lost += [f"photo {question} {sha256[:8]}" for question, sha256 in given - held]
        count.doubled += [f"photo {question} {sha256[:8]}" for question, sha256 in held - given]
        for _, sha256 in given & held:
            if not self.has(sha256):
                count.lost.append(f"bytes of photo {sha256[:8]}")

    def has(self, sha256: str) -> bool:
        """Whether the evidence store holds bytes of this hash."""
        store = open_store(str(self.evidence), self.evidence.parent)
        try:
            with store.open(sha256) as kept:
                return hashlib.sha256(kept.read()).hexdigest() == sha256
        except NotFound:
            return False

    def honesty(self, phone: "Phone", *, settled: bool = False) -> Count:
        """Whether what the phone says of its records now is true; `settled`: it must say that all is complete."""
        count = Count()
        rows = phone.rows()
        with self.database.reading() as session:
            for record in rows["records"]:
                self._record(session, record, rows, settled, count)
        return count

    def _record(
        self, session: Session, record: dict, rows: dict[str, list[dict]], settled: bool, count: Count
    ) -> None:
        code, state, key = record["code"], record["state"], record["submission"]
        photos = [one for one in rows["photos"] if one["submission"] == key and one["state"] != "removed"]
        pieces = Counter(one["photo"] for one in rows["pieces"])
        row = session.scalar(select(SubmissionRow).where(SubmissionRow.code == code)) if code else None
        if state in ("received", "complete") and row is None:
            count.silent.append(f"{state} on the phone, and the server has not even the text")
        for photo in photos:
            held = self.has(photo["sha256"])
            if not held and (state == "complete" or photo["state"] == "sent"):
                count.silent.append(f"photo {photo['sha256'][:8]} is told as sent, and the server lacks it")
            if not held and pieces[photo["photo"]] < photo["pieces"]:
                count.lost.append(f"pieces of photo {photo['sha256'][:8]} left the phone unsent")
        if settled and state in ("finished", "received"):
            count.silent.append(f"still {state} ({record['error']}) when all had time to arrive")
