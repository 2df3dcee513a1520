"""Fills a database with N findings of some N/6 visits by bulk inserts, for measuring: `python -m bench.generate URL N`.

The same shape as the demo, which goes through the operations: criteria of the shipped checklists, offices of their
day, severity, cause, n of N, states, and repeats by the rule. tests/operations/test_generate.py compares the two.
"""

import random
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from inspect_app.domain.checklists import Checklist, Criterion
from inspect_app.domain.findings import Derived
from inspect_app.domain.inspections import number_of
from inspect_app.domain.people import Role
from inspect_app.domain.text import search_text
from inspect_app.domain.units import Gazetteer, Unit
from inspect_app.operations.demo_visits import fault_texts
from inspect_app.operations.preparing import prepare
from inspect_app.storage.checklists import law_texts, newest_version, read_checklist
from inspect_app.storage.engine import Database, open_database
from inspect_app.storage.findings import FindingRow
from inspect_app.storage.inspections import InspectionRow
from inspect_app.storage.numbers import SeriesRow
from inspect_app.storage.people import PersonAreaRow, PersonRow
from inspect_app.storage.submissions import PhotoRow, SubmissionRow
from inspect_app.storage.units import get_gazetteer

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
TODAY = NOW.date()
FIRST_DAY, REFORM = date(2021, 3, 1), date(2025, 7, 1)
PER_VISIT = 6
STEP = 1000  # visits inserted at a time
OPEN_DAYS = 24  # of visits younger than this some are not reviewed yet
STATES = {"confirmed": 90, "not_upheld": 7, "duplicate": 2, "withdrawn": 1}
RESPONSIBLE = (
    "",
    "Ủy ban nhân dân {unit}",
    "Ủy ban nhân dân {unit}",
    "Chi nhánh Văn phòng Đăng ký đất đai {unit}",
)


@dataclass
class Generator:
    """One random source; what the rule of repeats must remember; days only go forward."""

    session: Session
    chance: random.Random
    gazetteer: Gazetteer
    numbers: Counter[int] = field(default_factory=Counter)
    confirmed: dict[tuple[int, str], date] = field(default_factory=dict)  # first day, by unit and criterion

    def rows(self, findings: int) -> Iterator[list[tuple[Any, dict[str, Any]]]]:
        """The rows of one visit after another, `findings` findings in all."""
        days = (TODAY - FIRST_DAY).days
        at = sorted(FIRST_DAY + timedelta(self.chance.randrange(days)) for _ in range(findings // PER_VISIT))
        left = findings
        for number, day in enumerate(at, start=1):
            mean = left / (len(at) - number + 1)
            visit = self.visit(day, left if number == len(at) else round(self.chance.gauss(mean, mean / 2)))
            left -= sum(table is FindingRow for table, _ in visit)
            yield visit

    def visit(self, day: date, wanted: int) -> list[tuple[Any, dict[str, Any]]]:
        unit = self.chance.choice(_offices(self.gazetteer, day))
        kind, key = self._kind(unit)
        version_id, checklist = _checklist(self.session, key, day)
        criteria = [item for item in checklist.for_visit(unit.level, day).criteria if item.severity]
        self.numbers[day.year] += 1
        number = number_of(day.year, self.numbers[day.year])
        visit, submission = self._id(), self._id()
        shared = {"unit_id": unit.id, "placed_id": None, "day": day, "month": f"{day:%Y-%m}", "kind": kind}
        rows: list[tuple[Any, dict[str, Any]]] = [
            (InspectionRow, shared | {
                "id": visit, "number": number, "state": "approved", "visited": True, "checklist_version_id": version_id,
                "reason": "", "current_submission_id": submission, "created_by": 1, "created_at": NOW, "started_at": NOW,
            }),
            (SubmissionRow, {
                "id": submission, "content_hash": "0" * 64, "inspection_id": visit, "checklist_version_id": version_id,
                "person_id": 1, "door": "page", "status": "accepted", "reasons": [], "faults": [], "answers": {},
                "code": "0000-0000", "received_at": NOW,
            }),
        ]  # fmt: skip
        count = max(0, min(wanted, len(criteria)))
        for place, criterion in enumerate(self._failed(criteria, count)):
            rows.append((FindingRow, shared | self._finding(unit, day, criterion, number, visit, submission)))
            if place % 3 == 0:
                rows.append((PhotoRow, self._photo(submission, criterion.name)))
        self._remember(row for table, row in rows if table is FindingRow)
        return rows

    def _kind(self, unit: Unit) -> tuple[str, str]:
        if unit.level == "district":
            return "scheduled", "cap-huyen"
        draw = self.chance.random()
        return ("surprise", "dot-xuat") if draw < 0.7 else (
            ("scheduled", "cap-xa") if draw < 0.9 else ("short_notice", "cap-xa")
        )  # fmt: skip

    def _failed(self, criteria: list[Criterion], count: int) -> list[Criterion]:
        """Some criteria fail far oftener than others."""
        drawn = sorted(criteria, key=lambda item: self.chance.random() ** (0.4 + hash_of(item.code)))
        return drawn[-count:] if count else []

    def _finding(
        self, unit: Unit, day: date, criterion: Criterion, number: str, visit: str, submission: str
    ) -> dict[str, Any]:
        chance = self.chance
        cause, words = chance.choice(fault_texts().get(criterion.code, [("nhan_su", "Chưa đạt")]))
        of = chance.choice((5, 8, 10, 10, 10, 12, 20))
        n = chance.randint(1, max(1, of - 2))
        counted = (n, of) if criterion.counted else (None, None)
        responsible = chance.choice(RESPONSIBLE).format(unit=unit.full_name)
        said = Derived(
            criterion.name, criterion.code, criterion.group, int(criterion.severity or 1), words.format(n=n, of=of),
            tuple(criterion.legal_basis), cause, responsible, *counted,
        )  # fmt: skip
        state = "reported" if self._is_open(day) else chance.choices([*STATES], [*STATES.values()])[0]
        milder = state == "confirmed" and chance.random() < 0.13
        law = _law(self.session, said.law_keys, day)
        return {
            "id": self._id(), "code": f"{number}-{said.criterion}", "inspection_id": visit, "submission_id": submission,
            "question": said.question, "criterion": said.criterion, "group": said.group, "state": state, "version": 1,
            "severity": max(1, said.severity - milder), "wording": said.wording, "law": law, "cause": said.cause,
            "responsible": responsible, "n": said.n, "of": said.of, "repeat": self._is_repeat(unit, day, said.criterion),
            "note": "", "answer": said.answer(), "reported_at": NOW,
            "search_key": search_text(f"{said.criterion} {unit.full_name} {said.wording} {responsible}"),
        }  # fmt: skip

    def _photo(self, submission: str, question: str) -> dict[str, Any]:
        """A photo as the list needs it; its bytes are nowhere."""
        return {
            "id": self._id(), "submission_id": submission, "question": question, "position": 1, "state": "stored",
            "sha256": f"{self.chance.getrandbits(256):064x}", "size": 300_000, "name": "anh.jpg", "source": "camera",
            "exif": {}, "person_id": 1, "received_at": NOW,
        }  # fmt: skip

    def _is_open(self, day: date) -> bool:
        return day > TODAY - timedelta(OPEN_DAYS) and self.chance.random() < 0.66

    def _is_repeat(self, unit: Unit, day: date, criterion: str) -> bool:
        return any(
            self.confirmed.get((unit_id, criterion), day) < day for unit_id in _family(self.gazetteer, unit)
        )

    def _remember(self, findings: Iterator[dict[str, Any]]) -> None:
        for row in findings:
            if row["state"] == "confirmed":
                self.confirmed.setdefault((row["unit_id"], row["criterion"]), row["day"])

    def _id(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))


def hash_of(code: str) -> float:
    """A weight between 0 and 1 that a criterion always has."""
    return random.Random(code).random()


_families: dict[int, tuple[int, ...]] = {}


def _family(gazetteer: Gazetteer, unit: Unit) -> tuple[int, ...]:
    if unit.id not in _families:
        _families[unit.id] = (unit.id, *gazetteer.predecessors(unit))
    return _families[unit.id]


@cache
def _offices(gazetteer: Gazetteer, day: date) -> list[Unit]:
    return gazetteer.offices(day)


_checklists: dict[tuple[str, bool], tuple[int, Checklist]] = {}
_laws: dict[tuple[tuple[str, ...], date], str] = {}


def _checklist(session: Session, key: str, day: date) -> tuple[int, Checklist]:
    era = (key, day >= REFORM)
    if era not in _checklists:
        row = newest_version(session, key, day)
        assert row, f"no checklist {key} on {day}"
        _checklists[era] = row.id, read_checklist(session, row.id)
    return _checklists[era]


def _law(session: Session, keys: tuple[str, ...], day: date) -> str:
    if (keys, day) not in _laws:
        found = law_texts(session, keys, day)
        _laws[keys, day] = "; ".join(found[key] for key in keys if key in found)
    return _laws[keys, day]


def generate(database: Database, findings: int, seed: int = 1) -> None:
    """A prepared database, person 1 (a head who sees everything), and `findings` findings."""
    for kept in (_families, _checklists, _laws):
        kept.clear()
    prepare(database, NOW)
    with database.writing.begin() as session:
        province = get_gazetteer(session).on("51", TODAY)
        assert province
        head = PersonRow(id=1, username="do", full_name="Người đo", role=Role.HEAD.value, created_at=NOW)
        head.areas.append(PersonAreaRow(unit_id=province.id))
        session.add(head)
    with database.reading() as reading:
        source = Generator(reading, random.Random(seed), get_gazetteer(reading))
        rows = source.rows(findings)
        while visits := list(islice(rows, STEP)):
            by_table: dict[Any, list[dict[str, Any]]] = {}
            for table, row in (pair for visit in visits for pair in visit):
                by_table.setdefault(table, []).append(row)
            with database.writing.begin() as session:
                for table in (InspectionRow, SubmissionRow, FindingRow, PhotoRow):
                    session.execute(insert(table), by_table.get(table, []))
            reading.rollback()  # an old reader would keep SQLite from putting its log away
    with database.writing.begin() as session:
        session.add_all(
            SeriesRow(name=f"inspection-{year}", last=last) for year, last in source.numbers.items()
        )
    tidy(database)


def tidy(database: Database) -> None:
    """What a database does by itself in a night: know its sizes, and on PostgreSQL which pages all may see."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE"))


if __name__ == "__main__":
    start = time.monotonic()
    generate(open_database(sys.argv[1]), int(sys.argv[2]))
    print(f"{time.monotonic() - start:.0f} s")
