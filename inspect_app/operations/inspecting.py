"""Acts of an inspector: start a planned visit, start a surprise visit on the spot, keep a draft."""

from dataclasses import replace
from datetime import date, datetime

from inspect_app.domain import inspections
from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, BadValue, Conflict, Forbidden
from inspect_app.domain.units import Unit
from inspect_app.storage.base import new_id
from inspect_app.storage.checklists import list_offered
from inspect_app.storage.inspections import (
    InspectionEventRow,
    InspectionMemberRow,
    InspectionRow,
    get_inspection,
    is_member,
    lock_inspection,
)
from inspect_app.storage.numbers import next_number

from .desk import Desk


def start_surprise(
    desk: Desk, unit_code: str, checklist_key: str, reason: str, page_id: str | None = None
) -> InspectionRow:
    """Start an unplanned surprise visit at the office of a unit in force today; once a page, however often it is sent.

    `page_id` becomes the id of the visit. Raises BadValue with `fields` when unit, checklist or reason is missing or
    unknown.
    """
    desk.require(Act.INSPECT)
    desk.one_at_a_time()
    made = desk.session.get(InspectionRow, page_id or "")
    if made is not None and made.created_by == desk.viewer.person_id:
        return made
    unit = _office(desk, unit_code)
    offered = {
        row.checklist.key: row for row in list_offered(desk.session, desk.today, unit.level, "surprise")
    }
    if checklist_key not in offered:
        raise BadValue(
            N_("Hãy chọn biểu mẫu kiểm tra đột xuất phù hợp với đơn vị."),
            fields={"checklist": N_("Hãy chọn một biểu mẫu trong danh sách.")},
        )
    if not reason.strip():
        raise BadValue(
            N_("Hãy ghi lý do kiểm tra đột xuất."), fields={"reason": N_("Hãy ghi lý do, một câu là đủ.")}
        )
    inspection = begin_surprise(
        desk, page_id if page_id and made is None else new_id(), unit, desk.now, offered[checklist_key].id,
        reason.strip(), desk.viewer.person_id,
    )  # fmt: skip
    desk.audit("inspection_started", "inspection", inspection.id, kind="surprise")
    return inspection


def begin_surprise(
    desk: Desk, id: str, unit: Unit, at: datetime, version_id: int, reason: str, member: int
) -> InspectionRow:
    """A new surprise visit that began at a moment, now or earlier; the member is its team."""
    day = at.astimezone(desk.zone).date()
    inspection = InspectionRow(
        id=id,
        kind="surprise",
        state="",
        unit_id=unit.id,
        day=day,
        month=f"{day:%Y-%m}",
        checklist_version_id=version_id,
        reason=reason,
        created_by=desk.viewer.person_id,
        created_at=desk.now,
    )
    inspection.members.append(InspectionMemberRow(person_id=member, lead=True))
    desk.session.add(inspection)
    desk.session.flush()
    _begin(replace(desk, now=at), inspection, day)
    return inspection


def start_planned(desk: Desk, inspection_id: str) -> InspectionRow:
    """A team member starts a planned visit: from now on it has a number and, if a surprise, is no secret."""
    desk.require(Act.INSPECT)
    inspection = get_inspection(desk.session, desk.viewer, inspection_id)
    if not is_member(desk.session, inspection_id, desk.viewer.person_id):
        raise Forbidden(N_("Bạn không thuộc đoàn kiểm tra này."))
    lock_inspection(desk.session, inspection_id)
    if inspection.state == "started":
        return inspection
    start(desk, inspection)
    desk.audit("inspection_started", "inspection", inspection.id, kind=inspection.kind)
    return inspection


def start(desk: Desk, inspection: InspectionRow) -> None:
    """Start a planned inspection today; Conflict if its unit no longer exists."""
    unit = desk.gazetteer.by_id(inspection.unit_id)
    if not unit.holds_on(desk.today):
        raise Conflict(
            N_(
                "%(unit)s không còn là đơn vị hành chính vào hôm nay. Hãy đề nghị trưởng phòng lập lại cuộc kiểm tra."
            ),
            unit=unit.full_name,
        )
    _begin(desk, inspection, desk.today)


def _begin(desk: Desk, inspection: InspectionRow, day: date) -> None:
    note_event(desk, inspection, "started")
    inspection.started_at = desk.now
    inspection.day = day
    inspection.month = f"{day:%Y-%m}"
    inspection.number = inspections.number_of(day.year, next_number(desk.session, f"inspection-{day.year}"))
    desk.session.flush()


def note_event(desk: Desk, inspection: InspectionRow, event: str, **detail: object) -> None:
    """Add an event to the history of an inspection and fold it into its state; Conflict if it may not follow."""
    inspection.state = inspections.after(inspection.state, event)
    desk.session.add(
        InspectionEventRow(
            inspection_id=inspection.id,
            at=desk.now,
            person_id=desk.viewer.person_id,
            event=event,
            detail=detail,
        )
    )


def find_office(desk: Desk, code: str, day: date) -> Unit | None:
    """The unit of a code with a one-stop shop on a day."""
    unit = desk.gazetteer.on(code.strip(), day)
    return unit if unit in desk.gazetteer.offices(day) else None


def in_own_area(desk: Desk, unit: Unit) -> bool:
    return desk.viewer.units is None or unit.id in desk.viewer.units


def _office(desk: Desk, code: str) -> Unit:
    unit = find_office(desk, code, desk.today)
    if unit is None:
        raise BadValue(
            N_("Hãy chọn đơn vị được kiểm tra trong danh sách."),
            fields={"unit": N_("Hãy chọn một đơn vị đang có Bộ phận Một cửa.")},
        )
    if not in_own_area(desk, unit):
        raise BadValue(
            N_("Đơn vị này nằm ngoài địa bàn của bạn."), fields={"unit": N_("Ngoài địa bàn được giao.")}
        )
    return unit
