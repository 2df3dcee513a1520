"""What the inspector's other pages show: my work, starting a surprise visit, the receipt of what was sent."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from inspect_app.domain.checklists import OUTCOMES, Checklist, Criterion
from inspect_app.domain.inspections import KINDS
from inspect_app.domain.text import capital, fold, format_number, search_text
from inspect_app.operations.desk import Desk
from inspect_app.operations.receiving import Receipt
from inspect_app.storage.base import new_id
from inspect_app.storage.checklists import ChecklistVersionRow, list_offered
from inspect_app.storage.inspections import InspectionRow
from inspect_app.storage.units import UnitRow


@dataclass(frozen=True)
class WorkGroup:
    """The inspections of one state, headed by what is to be done with them."""

    state: str
    title: str
    rows: list[InspectionRow]


@dataclass(frozen=True)
class Office:
    """A unit that may be visited: `area` is the former district, which tells namesakes apart."""

    code: str
    name: str
    area: str


def list_context(rows: Sequence[InspectionRow], at: Desk) -> dict[str, Any]:
    """`inspect/list.html`: my inspections by what they wait for. `rows` as `list_work` gives them."""
    titles = {
        "returned": _("Cần bổ sung"),
        "started": _("Đang kiểm tra"),
        "planned": _("Được giao"),
        "submitted": _("Đã nộp, chờ rà soát"),
    }
    groups = [
        WorkGroup(state, title, [r for r in rows if r.state == state]) for state, title in titles.items()
    ]
    return {
        "groups": [group for group in groups if group.rows],
        "kinds": KINDS,
        "today": at.today,
        "unit_name": unit_name,
    }


def new_context(
    at: Desk,
    *,
    query: str = "",
    values: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """`inspect/new.html`: offices in one's area whose name or former district holds `query`.

    `values` and `faults` (by the field names unit, checklist, reason) come from a refused post.
    """
    values = dict(values or {})
    values["page_id"] = values.get("page_id") or new_id()  # of the visit, so that a double click starts one
    offices = list_offices(at)
    found = [office for office in offices if _matches(office, query)]
    chosen = next((office for office in offices if office.code == values.get("unit")), None)
    if chosen and chosen not in found:
        found.insert(0, chosen)
    checklists = _offered(at)
    if len(checklists) == 1:
        values.setdefault("checklist", checklists[0].checklist.key)
    elif any(row.checklist.key == "dot-xuat" for row in checklists):
        values.setdefault("checklist", "dot-xuat")
    return {
        "query": query,
        "offices": found,
        "narrowed": len(found) < len(offices),
        "checklists": checklists,
        "values": values,
        "faults": dict(faults or {}),
        "reasons": quick_reasons(),
    }


def quick_reasons() -> list[str]:
    """Why surprise visits are made most often, to be tapped instead of typed."""
    return [
        _("Phản ánh của người dân về trễ hẹn"),
        _("Phản ánh về thái độ, phiền hà"),
        _("Tỷ lệ hồ sơ quá hạn cao bất thường"),
        _("Kiểm tra việc khắc phục lần trước"),
        _("Chỉ đạo của lãnh đạo UBND tỉnh"),
    ]


def list_offices(at: Desk) -> list[Office]:
    """The offices in force today in the person's area, in Vietnamese order."""
    mine = at.viewer.units
    units = [unit for unit in at.gazetteer.offices(at.today) if mine is None or unit.id in mine]
    return [
        Office(
            unit.code,
            capital(unit.full_name),
            ", ".join(
                sorted(area.full_name for area in at.gazetteer.district_area(unit) if area.id != unit.id)
            ),
        )
        for unit in units
    ]


def _matches(office: Office, query: str) -> bool:
    return fold(query) in search_text(f"{office.name}, {office.area}")


def _offered(at: Desk) -> list[ChecklistVersionRow]:
    found = {version.id: version for _level, version in list_surprise_forms(at)}
    return list(found.values())


def list_surprise_forms(at: Desk) -> list[tuple[str, ChecklistVersionRow]]:
    """(level of office, checklist version) of every form that may be chosen for a surprise visit today."""
    levels = sorted({unit.level for unit in at.gazetteer.offices(at.today)})
    return [
        (level, version)
        for level in levels
        for version in list_offered(at.session, at.today, level, "surprise")
    ]


def receipt_context(
    receipt: Receipt, inspection: InspectionRow | None, checklist: Checklist | None = None
) -> dict[str, Any]:
    """`inspect/receipt.html`: what arrived, counted; `checklist` is the part asked at the visit, where both are known."""
    answers = receipt.submission.answers or {}
    asked = [row.name for row in checklist.criteria] if checklist and inspection else []
    counted = Counter(value for name, value in answers.items() if name in asked and isinstance(value, str))
    given = [(OUTCOMES[key], counted[key]) for key in ("pass", "fail", "none")]
    return {
        "receipt": receipt,
        "inspection": inspection,
        "unit_name": unit_name(inspection.unit) if inspection else "",
        "counts": given if asked else [],
        "unchecked": len(asked) - sum(count for _label, count in given),
        "files": [
            (_code_of(photo.question, checklist), photo, readable_size(photo.size))
            for photo in receipt.photos
        ],
        "faults": [
            (_code_of(str(fault["question"]), checklist), fault["message"])
            for fault in receipt.submission.faults
        ],
    }


def _code_of(name: str, checklist: Checklist | None) -> str:
    """The code of the criterion an answer belongs to, else the label of its question, else its bare name."""
    known = checklist.fields.get(name) if checklist else None
    question = checklist.find_question(known.question) if checklist and known else None
    if question is None:
        return name
    return question.code if isinstance(question, Criterion) else question.label


def readable_size(count: int) -> str:
    """Bytes as people read them: "284 kB", "1,2 MB"."""
    if count >= 1_000_000:
        return f"{format_number(count / 1_000_000, 1)} MB"
    return f"{max(1, round(count / 1000))} kB"


def unit_name(unit: UnitRow) -> str:
    """“Xã Bình Thanh”, as it stands in a heading."""
    return capital(f"{unit.kind} {unit.name}")
