"""Fills in one checklist of the demo as an inspector would: outcomes, texts of real faults, numbers, drawn photos."""

import csv
import io
import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

from inspect_app.domain.checklists import Criterion, Question
from inspect_app.domain.units import Unit
from inspect_app.exchange.demo_photos import draw_photo
from inspect_app.storage.checklists import read_checklist
from inspect_app.storage.inspections import InspectionRow
from inspect_app.storage.units import list_bodies

from .demo_stage import Demo
from .desk import Desk
from .photographing import Arrived, Capture, Upload, keep_uploads
from .receiving import visit_checklist
from .sending import PagePost, send
from .units import SHIPPED

PHOTO_EVERY = 0.3  # of the findings whose criterion takes photos
GOOD_PRACTICES = (
    "Có bàn viết với mẫu điền sẵn cho từng lĩnh vực.",
    "Nhắn tin báo kết quả cho người dân mỗi cuối ngày.",
    "Đoàn viên thanh niên hướng dẫn nộp trực tuyến vào sáng thứ hai.",
    "",
    "",
)
OPINIONS = (
    "Đơn vị thống nhất với kết quả kiểm tra, sẽ khắc phục trong tháng.",
    "Đề nghị xem lại các hồ sơ trễ do phần mềm chưa cập nhật.",
    "",
)


@cache
def fault_texts() -> dict[str, list[tuple[str, str]]]:
    """Texts of faults by criterion: (cause, text with {n} and {of})."""
    found: dict[str, list[tuple[str, str]]] = {}
    with (SHIPPED / "demo_texts.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["criterion"], []).append((row["cause"], row["text"]))
    return found


def fill_in(demo: Demo, desk: Desk, inspection: InspectionRow, certain: Sequence[str] = ()) -> None:
    """Answer a started visit and send it; criteria in `certain` are found wanting."""
    unit = demo.gazetteer.by_id(inspection.unit_id)
    checklist = visit_checklist(
        desk, inspection, read_checklist(desk.session, inspection.checklist_version_id)
    )
    answers: dict[str, Any] = {}
    uploads: list[Upload] = []
    chance = demo.rng.choice(
        (0.05, 0.09, 0.14, 0.22) if len(checklist.criteria) > 40 else (0.1, 0.18, 0.26, 0.36)
    )
    for criterion in checklist.criteria:
        failed = bool(criterion.severity) and (criterion.code in certain or demo.rng.random() < chance)
        answers[criterion.name] = "fail" if failed else _unfailed(demo)
        if failed:
            _describe(demo, desk, inspection, criterion, answers)
            uploads += _photos(demo, desk, inspection, unit, criterion)
    _close(demo, checklist.questions, answers)
    arrived = keep_drawn(demo, uploads)
    sent = send(
        desk, inspection.id, PagePost(str(uuid.UUID(int=demo.rng.getrandbits(128))), None, answers, arrived)
    )
    if sent.receipt is None:
        raise ValueError(f"the demo gave faulty answers: {sent.faults}")


def _unfailed(demo: Demo) -> str:
    return demo.rng.choices(("pass", "none", "unchecked"), (86, 9, 5))[0]


def _describe(
    demo: Demo, desk: Desk, inspection: InspectionRow, criterion: Criterion, answers: dict[str, Any]
) -> None:
    cause, text = demo.rng.choice(
        fault_texts().get(criterion.code, [("nhan_su", f"Chưa đạt: {criterion.label}")])
    )
    of = demo.rng.choice((5, 8, 10, 10, 10, 12, 20))
    n = demo.rng.randint(1, max(1, of - 2))
    name = criterion.name
    answers[f"{name}_note"] = text.format(n=n, of=of)
    answers[f"{name}_cause"] = cause
    if criterion.counted:
        answers[f"{name}_n"], answers[f"{name}_of"] = n, of
    bodies = list_bodies(desk.session, inspection.unit_id, inspection.day)
    if bodies:
        answers[f"{name}_responsible"] = bodies[0] if demo.rng.random() < 0.6 else demo.rng.choice(bodies)


def _photos(
    demo: Demo, desk: Desk, inspection: InspectionRow, unit: Unit, criterion: Criterion
) -> list[Upload]:
    if not criterion.takes_photos or demo.rng.random() > PHOTO_EVERY:
        return []
    found = []
    for number in range(demo.rng.choice((1, 1, 2))):
        local = desk.now.astimezone(demo.zone).replace(second=demo.rng.randrange(60), microsecond=0)
        caption = f"{criterion.code} · {unit.full_name}"
        data = draw_photo(f"{inspection.number}{criterion.code}{number}", caption, local, unit.lat, unit.lon)
        stored = demo.evidence.receive(io.BytesIO(data))
        capture = Capture(taken_at=local, lat=unit.lat, lon=unit.lon, accuracy=12.0, source="camera")
        found.append(Upload(criterion.name, f"IMG_{local:%Y%m%d_%H%M%S}.jpg", stored, capture))
    return found


def keep_drawn(demo: Demo, uploads: list[Upload]) -> list[Arrived]:
    arrived, faults = keep_uploads(demo.evidence, uploads)
    if faults:
        raise ValueError(f"the demo drew faulty photos: {faults}")
    return arrived


def _close(demo: Demo, questions: Sequence[Question], answers: dict[str, Any]) -> None:
    """The plain rows: numbers beside a failed criterion, opinion, good practice, who took part."""
    said = {
        "unit_opinion": demo.rng.choice(OPINIONS),
        "good_practice": demo.rng.choice(GOOD_PRACTICES),
        "participants": "Đại diện lãnh đạo đơn vị, công chức Bộ phận Một cửa, thành viên đoàn kiểm tra",
    }
    for question in questions:
        if said.get(question.name):
            answers[question.name] = said[question.name]
