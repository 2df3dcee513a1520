"""Findings for tests of the list, written row by row: old days, chosen states and placed records, with real photos."""

import itertools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from inspect_app.domain.people import Role
from inspect_app.domain.text import fold
from inspect_app.operations.units import load_shipped_units
from inspect_app.storage.checklists import ChecklistRow, ChecklistVersionRow
from inspect_app.storage.engine import Database, open_database
from inspect_app.storage.findings import FindingRow
from inspect_app.storage.inspections import InspectionMemberRow, InspectionRow
from inspect_app.storage.people import PersonAreaRow, PersonRow
from inspect_app.storage.submissions import BlobRow, PhotoRow, SubmissionRow
from inspect_app.storage.units import get_gazetteer

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
CHECKLIST = {
    "format": 1, "key": "thu", "version": "1", "title": "Thử", "title_en": None, "level": ["commune", "district"],
    "kinds": ["surprise"], "valid_from": None, "valid_to": None, "sections": [],
}  # fmt: skip


@dataclass
class Listed:
    """A database with units, one checklist and the people and visits asked for."""

    database: Database
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def person(self, username: str, role: Role, *areas: tuple[str, str]) -> int:
        """A person whose areas are (code, day of the code); the present province if none is given."""
        with self.database.writing.begin() as session:
            row = PersonRow(username=username, full_name=username.title(), role=role.value, created_at=NOW)
            for code, day in areas or (("51", "2026-01-01"),):
                row.areas.append(PersonAreaRow(unit_id=self._unit(session, code, date.fromisoformat(day))))
            session.add(row)
            session.flush()
            return row.id

    def visit(
        self, code: str, day: str, *, kind: str = "surprise", members: Sequence[int] = (), **more: Any
    ) -> str:
        """A visit with its submission, neither with findings yet; gives the inspection's id."""
        when, visit, sent = date.fromisoformat(day), str(uuid.uuid4()), str(uuid.uuid4())
        with self.database.writing.begin() as session:
            row = InspectionRow(
                id=visit, number=f"KT-{when.year}-{next(self.numbers):04d}", kind=kind, state="submitted", visited=True,
                unit_id=self._unit(session, code, when), day=when, month=f"{when:%Y-%m}", checklist_version_id=1,
                current_submission_id=sent, created_by=1, created_at=NOW, started_at=NOW, **more,
            )  # fmt: skip
            row.members = [InspectionMemberRow(person_id=person) for person in members]
            session.add(row)
            session.flush()
            session.add(
                SubmissionRow(
                    id=sent, content_hash="0" * 64, inspection_id=visit, checklist_version_id=1, person_id=1, door="page",
                    status="accepted", answers={}, code="0000-0000", received_at=NOW,
                )
            )  # fmt: skip
        return visit

    def finding(
        self, visit: str, criterion: str = "NY-01", *, photos: Sequence[str] = (), **more: Any
    ) -> str:
        """A confirmed finding of a visit unless said otherwise; `photos` are hashes. Gives its id."""
        with self.database.writing.begin() as session:
            of = session.get_one(InspectionRow, visit)
            unit = get_gazetteer(session).by_id(of.unit_id)
            wording = more.pop("wording", "Chưa niêm yết công khai thủ tục hành chính")
            question = criterion.lower().replace("-", "_")
            values = {
                "state": "confirmed", "severity": 2, "law": "Điều 8", "answer": {}, "placed_id": of.placed_id,
                "search_key": fold(f"{criterion} {unit.full_name} {wording}"), "reported_at": NOW, **more,
            }  # fmt: skip
            row = FindingRow(
                code=f"{of.number}-{criterion}", inspection_id=visit, submission_id=of.current_submission_id,
                question=question, criterion=criterion, group=criterion[:2], unit_id=of.unit_id, day=of.day,
                month=f"{of.day:%Y-%m}", kind=of.kind, wording=wording, **values,
            )  # fmt: skip
            session.add(row)
            session.flush()
            for position, sha256 in enumerate(photos, start=1):
                self._photo(session, str(of.current_submission_id), question, position, sha256)
            return row.id

    def _photo(self, session: Session, submission: str, question: str, position: int, sha256: str) -> None:
        if session.get(BlobRow, sha256) is None:
            session.add(BlobRow(sha256=sha256, size=1, media_type="image/png", stored_at=NOW))
        session.add(
            PhotoRow(
                submission_id=submission, question=question, position=position, state="stored", sha256=sha256, size=1,
                taken_at=NOW, person_id=1, received_at=NOW,
            )
        )  # fmt: skip

    def _unit(self, session: Session, code: str, day: date) -> int:
        found = get_gazetteer(session).on(code, day)
        assert found, f"no unit {code} on {day}"
        return found.id


def listed(database_url: str) -> Listed:
    """On a database with tables: the shipped units, an empty checklist, and person 1, who is nobody's viewer."""
    found = Listed(open_database(database_url))
    with found.database.writing.begin() as session:
        load_shipped_units(session, NOW)
    found.person("ghi", Role.ADMIN)
    with found.database.writing.begin() as session:
        session.add(ChecklistRow(id=1, key="thu", title="Thử"))
        session.flush()
        session.add(
            ChecklistVersionRow(
                id=1, checklist_id=1, version="1", title="Thử", levels="commune district", kinds="surprise",
                source_name="thu.md", source=b"", xform=b"", document=CHECKLIST, published_at=NOW,
            )
        )  # fmt: skip
    return found
