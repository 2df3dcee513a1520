"""Acts of a reviewer: confirm, reject, mark as duplicate, change, return to the inspector, approve.

Every act names what it saw: the version of the finding, or the submission that was current. If another was faster,
nothing is written and both texts are shown (two reviewers never overwrite each other).
"""

from collections.abc import Mapping

from sqlalchemy import select

from inspect_app.domain.findings import DECIDED, DECISIONS, SEVERITIES, check_decision
from inspect_app.domain.findings import EVENTS as FINDING_EVENTS
from inspect_app.domain.inspections import STATES as INSPECTION_STATES
from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, BadValue, Conflict, NotFound
from inspect_app.domain.text import nfc
from inspect_app.storage.findings import FindingEventRow, FindingRow, findings_of
from inspect_app.storage.inspections import (
    InspectionEventRow,
    InspectionRow,
    get_inspection,
    lock_inspection,
    visible_to,
)
from inspect_app.storage.repeat_locks import hold_criteria
from inspect_app.storage.units import find_body

from .desk import Desk
from .finding_sync import note_finding_event, refresh_repeats, search_key
from .inspecting import note_event

OPEN_TO_REVIEW = frozenset({"submitted", "returned", "approved"})


def get_finding(desk: Desk, finding_id: str, *, lock: bool = False) -> FindingRow:
    query = (
        select(FindingRow)
        .join(InspectionRow, FindingRow.inspection_id == InspectionRow.id)
        .where(FindingRow.id == finding_id, visible_to(desk.viewer))
        .execution_options(populate_existing=True)
    )
    row = desk.session.scalar(query.with_for_update(of=FindingRow) if lock else query)
    if row is None:
        raise NotFound(N_("Không tìm thấy phát hiện này."))
    return row


def decide(
    desk: Desk, finding_id: str, seen_version: int, decision: str, reason: str = "", duplicate_of: str = ""
) -> FindingRow:
    """Confirm, reject or mark a finding as a duplicate of another one; Conflict if it changed meanwhile.

    The same decision posted twice by one person (a double click) counts once and is no conflict.
    """
    desk.require(Act.REVIEW)
    hold_criteria(desk.session, [get_finding(desk, finding_id).criterion])
    row = get_finding(desk, finding_id, lock=True)
    if row.version == seen_version + 1 and _last_act(desk, row) == DECISIONS.get(decision):
        return row
    _check_unchanged(desk, row, seen_version)
    reason = nfc(reason).strip()
    event = check_decision(row.state, decision, reason)
    original = _original(desk, row, duplicate_of) if decision == "duplicate" else None
    before = {"state": row.state}
    row.state = FINDING_EVENTS[event]
    row.duplicate_of = original.id if original else None
    after = {"state": row.state} | ({"duplicate_of": original.code} if original else {})
    note_finding_event(desk, row, event, reason, before, after)
    desk.audit(f"finding_{event}", "finding", row.id)
    desk.session.flush()
    if "confirmed" in (before["state"], row.state):
        refresh_repeats(desk, row)
    return row


def _last_act(desk: Desk, row: FindingRow) -> str:
    """The last event of a finding if this very person made it, else nothing."""
    last = desk.session.scalar(
        select(FindingEventRow)
        .where(FindingEventRow.finding_id == row.id)
        .order_by(FindingEventRow.id.desc())
        .limit(1)
    )
    return last.event if last is not None and last.person_id == desk.viewer.person_id else ""


def _original(desk: Desk, row: FindingRow, code: str) -> FindingRow:
    found = desk.session.scalar(
        select(FindingRow)
        .join(InspectionRow, FindingRow.inspection_id == InspectionRow.id)
        .where(FindingRow.code == nfc(code).strip().upper(), visible_to(desk.viewer))
    )
    if found is None or found.id == row.id:
        raise BadValue(
            N_("Hãy ghi mã của phát hiện gốc, ví dụ KT-2026-0007-NY-01."),
            fields={"duplicate_of": N_("Không có phát hiện khác mang mã này.")},
        )
    if found.state not in ("reported", "confirmed"):
        raise BadValue(
            N_("Phát hiện gốc phải đang chờ rà soát hoặc đã xác nhận, nếu không cả hai đều không được tính."),
            fields={"duplicate_of": N_("Phát hiện này không được tính, không thể là bản gốc.")},
        )
    return found


def change(
    desk: Desk, finding_id: str, seen_version: int, values: Mapping[str, str], reason: str
) -> FindingRow:
    """Change severity, wording or responsible body, with a reason; the inspector's version stays in the history."""
    desk.require(Act.REVIEW)
    row = get_finding(desk, finding_id, lock=True)
    wanted = _wanted(desk, row, values)
    before = {name: getattr(row, name) for name, value in wanted.items() if getattr(row, name) != value}
    if not before and row.version == seen_version + 1 and _last_act(desk, row) == "changed":
        return row
    _check_unchanged(desk, row, seen_version)
    if row.state == "withdrawn":
        raise Conflict(N_("Phát hiện này đã được rút sau khi người kiểm tra sửa câu trả lời."))
    if not reason.strip():
        raise BadValue(N_("Hãy ghi lý do thay đổi."), fields={"reason": N_("Hãy ghi lý do.")})
    if not before:
        return row
    with desk.session.no_autoflush:  # one act, one new version
        _write(desk, row, {name: wanted[name] for name in before})
    note_finding_event(
        desk, row, "changed", nfc(reason).strip(), before, {name: wanted[name] for name in before}
    )
    desk.audit("finding_changed", "finding", row.id, fields=sorted(before))
    desk.session.flush()
    return row


def _write(desk: Desk, row: FindingRow, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    if "responsible" in values:
        body = find_body(desk.session, row.unit_id, row.responsible, row.day) if row.responsible else None
        row.body_id = body.id if body else None
    row.search_key = search_key(desk, row.unit_id, row.criterion, row.wording, row.responsible)


def _wanted(desk: Desk, row: FindingRow, values: Mapping[str, str]) -> dict[str, object]:
    severity = values.get("severity", str(row.severity))
    wording = _plain(values.get("wording", row.wording))
    responsible = _plain(values.get("responsible", row.responsible))[:200]
    if not severity.isdecimal() or int(severity) not in SEVERITIES:
        raise BadValue(N_("Mức độ phải từ 1 đến 4."), fields={"severity": N_("Hãy chọn mức 1 đến 4.")})
    if not wording:
        raise BadValue(
            N_("Nội dung không được để trống."), fields={"wording": N_("Hãy ghi nội dung tồn tại, vi phạm.")}
        )
    body = find_body(desk.session, row.unit_id, responsible, row.day) if responsible else None
    return {
        "severity": int(severity),
        "wording": wording,
        "responsible": body.name
        if body
        else responsible,  # a known body by its own spelling, so that it adds up
    }


def _plain(text: str) -> str:
    return nfc(text).replace("\r\n", "\n").strip()  # browsers send CRLF: no change of wording


def _check_unchanged(desk: Desk, row: FindingRow, seen_version: int) -> None:
    if row.version != seen_version:
        raise Conflict(
            N_("Người khác vừa sửa phát hiện %(code)s. Chưa có gì bị ghi đè: hãy xem lại rồi quyết định."),
            code=row.code,
        )
    state = desk.session.scalar(select(InspectionRow.state).where(InspectionRow.id == row.inspection_id))
    if state not in OPEN_TO_REVIEW:
        raise Conflict(
            N_("Cuộc kiểm tra đang ở trạng thái “%(state)s”, không rà soát được nữa."),
            state=INSPECTION_STATES.get(state or "", state or ""),
        )


def return_inspection(
    desk: Desk,
    inspection_id: str,
    comments: Mapping[str, str],
    general: str,
    seen_submission: str | None = None,
) -> InspectionRow:
    """Send an inspection back to its team with comments by question; decided findings keep their decision."""
    desk.require(Act.REVIEW)
    inspection = _locked(desk, inspection_id)
    kept = {name: _plain(text) for name, text in comments.items() if text.strip()}
    general = _plain(general)
    if not kept and not general:
        raise BadValue(
            N_("Hãy ghi ít nhất một ý kiến để người kiểm tra biết cần bổ sung gì."),
            fields={"general": N_("Hãy ghi ý kiến.")},
        )
    if _did_just_now(desk, inspection, "returned", {"comments": kept, "general": general}):
        return inspection
    _check_current(inspection, seen_submission)
    note_event(desk, inspection, "returned", comments=kept, general=general)
    desk.audit("inspection_returned", "inspection", inspection.id)
    desk.session.flush()
    return inspection


def approve(desk: Desk, inspection_id: str, seen_submission: str | None = None) -> InspectionRow:
    """Approve an inspection once every finding of it is decided."""
    desk.require(Act.REVIEW)
    inspection = _locked(desk, inspection_id)
    if _did_just_now(desk, inspection, "approved", {}):
        return inspection
    _check_current(inspection, seen_submission)
    open_ones = [row.code for row in findings_of(desk.session, inspection.id) if row.state not in DECIDED]
    if open_ones:
        raise Conflict(
            N_("Còn %(count)s phát hiện chưa quyết định. Hãy quyết định hết rồi duyệt."), count=len(open_ones)
        )
    note_event(desk, inspection, "approved")
    desk.audit("inspection_approved", "inspection", inspection.id)
    desk.session.flush()
    return inspection


def _did_just_now(desk: Desk, inspection: InspectionRow, event: str, detail: Mapping[str, object]) -> bool:
    """Whether the last event of the inspection is this very act of this person: a double click counts once."""
    last = desk.session.scalar(
        select(InspectionEventRow)
        .where(InspectionEventRow.inspection_id == inspection.id)
        .order_by(InspectionEventRow.id.desc())
        .limit(1)
    )
    return (
        last is not None
        and (last.event, last.person_id) == (event, desk.viewer.person_id)
        and dict(last.detail) == dict(detail)
    )


def _check_current(inspection: InspectionRow, seen_submission: str | None) -> None:
    """A page that shows an older submission may not approve or return a newer one."""
    if seen_submission is not None and seen_submission != (inspection.current_submission_id or ""):
        raise Conflict(
            N_("Người kiểm tra vừa gửi bản mới của phiếu này. Hãy xem bản mới trước khi duyệt hoặc trả lại.")
        )


def _locked(desk: Desk, inspection_id: str) -> InspectionRow:
    inspection = get_inspection(desk.session, desk.viewer, inspection_id)
    lock_inspection(desk.session, inspection_id)
    return inspection
