"""A person places the records of a divided unit where lineage leaves more than one candidate (Trà Bùi)."""

from sqlalchemy import update

from inspect_app.domain.maps import Map
from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, BadValue, Conflict
from inspect_app.domain.text import nfc
from inspect_app.domain.units import Unit
from inspect_app.storage.findings import FindingRow
from inspect_app.storage.inspections import InspectionRow, get_inspection, lock_inspection

from .desk import Desk
from .inspecting import note_event


def candidates_of(desk: Desk, inspection: InspectionRow) -> tuple[Unit, ...]:
    """The units of today's map where the records of this inspection may belong; none when the rule decides."""
    row = Map(desk.gazetteer, desk.today).row("commune", inspection.unit_id)
    return row.candidates if row.status == "undetermined" else ()


def place_inspection(desk: Desk, inspection_id: str, unit_id: int | None, reason: str) -> InspectionRow:
    """Place an inspection and its findings at one of the candidates; None takes an earlier placing back.

    The unit of the record's own day never changes; only where it is counted on later maps.
    """
    desk.require(Act.REVIEW)
    inspection = get_inspection(desk.session, desk.viewer, inspection_id)
    lock_inspection(desk.session, inspection_id)
    candidates = candidates_of(desk, inspection)
    if not candidates:
        raise Conflict(N_("Cuộc kiểm tra này không cần xếp: đơn vị kế thừa đã rõ theo nghị quyết."))
    if unit_id is not None and unit_id not in {unit.id for unit in candidates}:
        raise BadValue(
            N_("Hãy chọn một trong các đơn vị kế thừa."),
            fields={"unit": N_("Hãy chọn một đơn vị trong danh sách.")},
        )
    if not reason.strip():
        raise BadValue(
            N_("Hãy ghi lý do xếp vào đơn vị này."),
            fields={"place_reason": N_("Hãy ghi lý do, một câu là đủ.")},
        )
    if inspection.placed_id == unit_id:
        return inspection
    _place(desk, inspection, unit_id, nfc(reason).strip())
    return inspection


def _place(desk: Desk, inspection: InspectionRow, unit_id: int | None, reason: str) -> None:
    before = inspection.placed_id
    inspection.placed_id = unit_id
    # No new version of the findings: what a reviewer reads and decides is untouched by where it is counted.
    desk.session.execute(
        update(FindingRow)
        .where(FindingRow.inspection_id == inspection.id)
        .values(placed_id=unit_id)
        .execution_options(synchronize_session="fetch")
    )
    note_event(desk, inspection, "placed", unit=unit_id, before=before, reason=reason)
    desk.audit("inspection_placed", "inspection", inspection.id, unit=unit_id, before=before)
    desk.session.flush()
