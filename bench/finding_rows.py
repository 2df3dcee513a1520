"""Fills a database with many findings by bulk inserts, for measuring only: the shape is real, the story is not."""

import random
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from inspect_app.domain.findings import CAUSES, GROUPS, STATES
from inspect_app.domain.text import fold
from inspect_app.operations.units import load_shipped_units
from inspect_app.storage.checklists import ChecklistRow, ChecklistVersionRow
from inspect_app.storage.engine import Database
from inspect_app.storage.findings import FindingRow
from inspect_app.storage.inspections import InspectionRow
from inspect_app.storage.people import PersonRow
from inspect_app.storage.schema import Base
from inspect_app.storage.submissions import PhotoRow, SubmissionRow
from inspect_app.storage.units import get_gazetteer

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
FIRST_DAY = date(2021, 1, 4)
DAYS = 2100
PER_VISIT = 5
STEP = 2000  # visits inserted at a time
CRITERIA = [f"{group}-{number:02}" for group in GROUPS for number in range(1, 9)]
TEXTS = (
    "Chưa niêm yết công khai đầy đủ danh mục thủ tục hành chính tại trụ sở",
    "Hồ sơ trễ hạn không có văn bản xin lỗi và hẹn lại ngày trả kết quả",
    "Công chức vắng mặt trong giờ làm việc mà không bố trí người thay",
    "Sổ theo dõi hồ sơ không khớp với hệ thống thông tin giải quyết thủ tục hành chính",
)
CHECKLIST = {
    "format": 1, "key": "do", "version": "1", "title": "Đo", "title_en": None, "level": ["commune", "district"],
    "kinds": ["surprise"], "valid_from": None, "valid_to": None, "sections": [],
}  # fmt: skip
LAW = "Điều 14 Nghị định số 118/2025/NĐ-CP ngày 09/6/2025 của Chính phủ"


def fill(database: Database, findings: int, seed: int = 1) -> None:
    """Tables, shipped units and `findings` findings, five a visit."""
    Base.metadata.create_all(database.engine)
    with database.writing.begin() as session:
        load_shipped_units(session, NOW)
        session.add(PersonRow(id=1, username="do", full_name="Người đo", role="inspector", created_at=NOW))
        session.add(ChecklistRow(id=1, key="do", title="Đo"))
        session.flush()
        session.add(
            ChecklistVersionRow(
                id=1, checklist_id=1, version="1", title="Đo", levels="commune district", kinds="surprise",
                source_name="do.md", source=b"", xform=b"", document=CHECKLIST, published_at=NOW,
            )
        )  # fmt: skip
    visits = findings // PER_VISIT
    chance = random.Random(seed)
    for first in range(0, visits, STEP):
        with database.writing.begin() as session:
            _insert(session, chance, range(first, min(first + STEP, visits)))
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def _insert(session: Session, chance: random.Random, numbers: range) -> None:
    gazetteer = get_gazetteer(session)
    rows: dict[Any, list[dict[str, Any]]] = {
        table: [] for table in (InspectionRow, SubmissionRow, FindingRow, PhotoRow)
    }
    for number in numbers:
        day = FIRST_DAY + timedelta(chance.randrange(DAYS))
        unit = chance.choice(gazetteer.offices(day))
        for table, row in _visit(chance, number, day, unit.id, unit.full_name):
            rows[table].append(row)
    for table, found in rows.items():
        session.execute(insert(table), found)


def _visit(
    chance: random.Random, number: int, day: date, unit_id: int, unit_name: str
) -> Iterator[tuple[Any, dict[str, Any]]]:
    visit, submission = (str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(2))
    kind = chance.choice(("scheduled", "surprise", "surprise"))
    code = f"KT-{day.year}-{number:06d}"
    yield InspectionRow, {
        "id": visit, "number": code, "kind": kind, "state": "approved", "visited": True, "unit_id": unit_id, "day": day, "month": f"{day:%Y-%m}",
        "checklist_version_id": 1, "reason": "", "current_submission_id": submission, "created_by": 1,
        "created_at": NOW, "started_at": NOW,
    }  # fmt: skip
    yield SubmissionRow, {
        "id": submission, "content_hash": "0" * 64, "inspection_id": visit, "checklist_version_id": 1, "person_id": 1,
        "door": "page", "status": "accepted", "reasons": [], "faults": [], "answers": {}, "code": "0000-0000",
        "received_at": NOW,
    }  # fmt: skip
    for place, criterion in enumerate(chance.sample(CRITERIA, PER_VISIT)):
        wording = f"{chance.choice(TEXTS)}; kiểm tra {chance.randrange(5, 30)} hồ sơ ngẫu nhiên trong quý"
        question = criterion.lower().replace("-", "_")
        of = chance.randrange(5, 30) if place % 2 else None
        yield FindingRow, {
            "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)), "code": f"{code}-{criterion}",
            "inspection_id": visit, "submission_id": submission, "question": question, "criterion": criterion,
            "group": criterion[:2], "state": chance.choice(("confirmed", "confirmed", "confirmed", *STATES)),
            "version": 1, "severity": chance.choice((1, 2, 2, 2, 3, 3, 4)), "wording": wording, "law": LAW,
            "cause": chance.choice(("", *CAUSES)), "responsible": f"Ủy ban nhân dân {unit_name}", "n": of and of // 3,
            "of": of, "repeat": chance.random() < 0.1, "note": "", "answer": {"question": question, "wording": wording},
            "unit_id": unit_id, "placed_id": None, "day": day, "month": f"{day:%Y-%m}", "kind": kind,
            "search_key": fold(f"{criterion} {unit_name} {wording}"), "reported_at": NOW,
        }  # fmt: skip
        if place == 0:
            yield PhotoRow, {
                "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)), "submission_id": submission,
                "question": question, "position": 1, "state": "stored", "sha256": f"{chance.getrandbits(256):064x}",
                "size": 300_000, "name": "anh.jpg", "source": "camera", "exif": {}, "person_id": 1, "received_at": NOW,
            }  # fmt: skip
