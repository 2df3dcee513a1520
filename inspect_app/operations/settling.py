"""A person settles what was kept: makes it the current submission of a visit, or sets it aside with a reason.

Nothing is deleted: every document stays as it came, and the audit log says who settled it, when and why.
"""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from uuid import UUID

from inspect_app.domain import answers as judging
from inspect_app.domain.clocks import corrected
from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, BadValue, Conflict
from inspect_app.domain.review_reasons import LONGEST_REASON
from inspect_app.domain.text import fold, nfc
from inspect_app.domain.units import Unit
from inspect_app.storage.base import new_id
from inspect_app.storage.checklists import ChecklistVersionRow, find_version, get_version, read_checklist
from inspect_app.storage.inspections import InspectionRow, get_inspection, lock_inspection
from inspect_app.storage.kept import SET_ASIDE, document_key, get_document, get_kept
from inspect_app.storage.people import wait_for_own_acts
from inspect_app.storage.submissions import SubmissionRow
from inspect_app.storage.uploads import hold_submission

from .desk import Desk
from .inspecting import begin_surprise, find_office, in_own_area, note_event, start
from .photographing import copy_photos
from .receiving import accept, visit_checklist


def place(desk: Desk, submission_id: str, inspection_id: str | None = None) -> SubmissionRow:
    """Accept a kept submission as the current one of a visit: its own, or the one a person chose.

    Conflict if it was settled meanwhile, its checklist version is unknown, or the visit takes no submission any more.
    """
    desk.require(Act.SETTLE_KEPT)
    submission = get_kept(desk.session, desk.viewer, submission_id, lock=True)
    target = inspection_id or submission.inspection_id
    if _is_done(desk, submission, "placed") and submission.inspection_id == target:
        return submission
    _check_open(submission)
    if target is None:
        raise BadValue(
            N_("Hãy chọn cuộc kiểm tra của phiếu này."),
            fields={"inspection": N_("Hãy chọn một cuộc kiểm tra.")},
        )
    inspection = get_inspection(desk.session, desk.viewer, target)
    lock_inspection(desk.session, target)
    version = _version(desk, submission)
    _read_again(desk, submission, inspection, version)
    replaced = inspection.current_submission_id
    _put_together(desk, submission, inspection, version)
    if inspection.state == "planned":
        # The visit began when the team was there, not when the office got round to the paper.
        start(replace(desk, now=began_at(submission)), inspection)
    accept(desk, submission, inspection, read_checklist(desk.session, version.id))
    _settle(desk, submission, "placed")
    note_event(desk, inspection, "submission_placed", submission=submission.id, replaced=replaced)
    desk.audit("submission_placed", "submission", submission.id, inspection=inspection.id, replaced=replaced)
    desk.session.flush()
    return submission


@dataclass(frozen=True)
class WantedVisit:
    """A surprise visit as a person describes it: `unit` by code or name, as of the day."""

    unit: str
    day: date | None
    reason: str


def place_in_new_visit(desk: Desk, submission_id: str, wanted: WantedVisit) -> SubmissionRow:
    """Make the surprise visit that a kept submission speaks of, with its sender as the team, and place it there.

    BadValue with `fields` for all that is missing; Conflict as for `place`.
    """
    desk.require(Act.SETTLE_KEPT)
    submission = get_kept(desk.session, desk.viewer, submission_id, lock=True)
    if _is_done(desk, submission, "placed"):
        return submission
    _check_open(submission)
    if submission.inspection_id is not None:
        raise Conflict(N_("Phiếu này đã có cuộc kiểm tra của nó. Hãy xếp vào cuộc đó."))
    version = _version(desk, submission)
    unit, day = _office_on(desk, wanted, version)
    wait_for_own_acts(desk.session, submission.person_id)  # their phone may be announcing this very visit
    named = str(
        get_document(desk.session, submission.id, submission.content_hash).document.get("inspection", "")
    )
    free = _is_uuid(named) and desk.session.get(InspectionRow, named) is None
    clock = began_at(submission).astimezone(desk.zone).timetz()
    inspection = begin_surprise(
        desk, named if free else new_id(), unit, min(datetime.combine(day, clock), desk.now), version.id,
        _reason(wanted.reason), submission.person_id,
    )  # fmt: skip
    desk.audit("inspection_started", "inspection", inspection.id, kind="surprise")
    return place(desk, submission_id, inspection.id)


def _put_together(
    desk: Desk, submission: SubmissionRow, inspection: InspectionRow, version: ChecklistVersionRow
) -> None:
    """What disagreed with a team-mate's submission is merged with it now, its own answers where they differ.

    Where another has become current since, there is nothing to merge with: it takes that one's place as a whole.
    """
    told = submission.merge
    if told is None or told["with"] != inspection.current_submission_id:
        submission.merge = None
        return
    checklist = visit_checklist(desk, inspection, read_checklist(desk.session, version.id))
    now = (submission.finished_at or submission.received_at).astimezone(desk.zone)
    clean, faults = judging.judge(checklist, told["answers"], now=now)
    submission.answers = clean
    submission.faults = [asdict(fault) for fault in faults]
    hold_submission(desk.session, told["with"])  # one of its photos may be arriving
    copy_photos(desk, told["with"], submission.id, as_own=False)


def began_at(submission: SubmissionRow) -> datetime:
    """When the visit began, by our clock."""
    said = submission.started_at or submission.finished_at or submission.received_at
    return min(corrected(said, submission.clock_offset), submission.received_at)


def _office_on(desk: Desk, wanted: WantedVisit, version: ChecklistVersionRow) -> tuple[Unit, date]:
    faults: dict[str, str] = {}
    day = wanted.day or desk.today
    if wanted.day is None or wanted.day > desk.today:
        faults["day"] = N_("Hãy chọn ngày đã kiểm tra, không sau hôm nay.")
    unit = _find_named_office(desk, wanted.unit, day)
    if unit is None:
        faults["unit"] = N_("Hãy ghi mã hoặc tên đầy đủ của một đơn vị có Bộ phận Một cửa vào ngày đó.")
    elif not in_own_area(desk, unit):
        faults["unit"] = N_("Đơn vị này nằm ngoài địa bàn của bạn.")
    elif unit.level not in version.levels.split():
        faults["unit"] = N_("Biểu mẫu của phiếu không dùng cho loại đơn vị này.")
    if not wanted.reason.strip():
        faults["visit_reason"] = N_("Hãy ghi lý do, một câu là đủ.")
    if faults or unit is None:
        raise BadValue(N_("Chưa lập được cuộc kiểm tra mới."), fields=faults)
    return unit, day


def _find_named_office(desk: Desk, text: str, day: date) -> Unit | None:
    """An office by its code ("21040", "21040 · Xã Bình Sơn"), or by a name that fits one alone or is its own."""
    words = text.split()
    by_code = find_office(desk, words[0], day) if words else None
    if by_code or not words:
        return by_code
    offices = desk.gazetteer.offices(day)
    fitting = [unit for unit in desk.gazetteer.search(text, day, limit=8) if unit in offices]
    own = [unit for unit in fitting if fold(text) in (fold(unit.full_name), fold(unit.name))]
    chosen = own or fitting
    return chosen[0] if len(chosen) == 1 else None


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def set_aside(desk: Desk, submission_id: str, reason: str) -> SubmissionRow:
    """Leave a kept submission out for good, with a reason; it stays readable."""
    desk.require(Act.SETTLE_KEPT)
    submission = get_kept(desk.session, desk.viewer, submission_id, lock=True)
    if _is_done(desk, submission, "set_aside"):
        return submission
    _check_open(submission)
    reason = _reason(reason)
    _settle(desk, submission, "set_aside")
    if submission.inspection is not None:
        note_event(desk, submission.inspection, "set_aside", submission=submission.id)
    desk.audit("submission_set_aside", "submission", submission.id, reason=reason)
    desk.session.flush()
    return submission


def set_document_aside(desk: Desk, submission_id: str, content_hash: str, reason: str) -> None:
    """Note that a person has seen another content that came under a taken id, and why it does not count."""
    desk.require(Act.SETTLE_KEPT)
    submission = get_kept(desk.session, desk.viewer, submission_id, lock=True)
    document = get_document(desk.session, submission.id, content_hash)
    if document.content_hash == submission.content_hash:
        raise Conflict(N_("Đây là nội dung đầu tiên của phiếu, hãy xử lý cả phiếu."))
    desk.audit(SET_ASIDE, "document", document_key(submission.id, content_hash), reason=_reason(reason))


def _check_open(submission: SubmissionRow) -> None:
    if submission.status != "kept":
        raise Conflict(N_("Phiếu này đã được người khác xử lý. Hãy tải lại trang."))


def _is_done(desk: Desk, submission: SubmissionRow, status: str) -> bool:
    """A double click: this very person has just settled it so."""
    return submission.status == status and submission.settled_by == desk.viewer.person_id


def _reason(text: str) -> str:
    reason = nfc(text).strip()
    if not reason:
        raise BadValue(N_("Hãy ghi lý do."), fields={"reason": N_("Hãy ghi lý do, một câu là đủ.")})
    return reason[:LONGEST_REASON]


def _settle(desk: Desk, submission: SubmissionRow, status: str) -> None:
    submission.status = status
    submission.settled_by = desk.viewer.person_id
    submission.settled_at = desk.now


def _version(desk: Desk, submission: SubmissionRow) -> ChecklistVersionRow:
    """The checklist version of a submission; one that was unknown at receipt may be published by now."""
    if submission.checklist_version_id is not None:
        return get_version(desk.session, submission.checklist_version_id)
    document = get_document(desk.session, submission.id, submission.content_hash).document
    key, number = str(document.get("checklist", "")), str(document.get("version", ""))
    found = find_version(desk.session, key, number)
    if found is None:
        raise Conflict(
            N_(
                "Biểu mẫu %(key)s phiên bản %(version)s chưa có trên máy chủ. Hãy đề nghị quản trị ban hành rồi xếp lại."
            ),
            key=key,
            version=number,
        )
    return found


def _read_again(
    desk: Desk, submission: SubmissionRow, inspection: InspectionRow, version: ChecklistVersionRow
) -> None:
    """Read the answers by the checklist of the visit, where receipt could not or knew another visit.

    The words as they came stay in the document.
    """
    if submission.inspection_id == inspection.id and submission.checklist_version_id == version.id:
        return
    document = get_document(desk.session, submission.id, submission.content_hash).document
    checklist = visit_checklist(desk, inspection, read_checklist(desk.session, version.id))
    now = (submission.finished_at or submission.received_at).astimezone(desk.zone)
    clean, faults = judging.judge(checklist, document.get("answers", {}), now=now)
    submission.answers = clean
    submission.faults = [asdict(fault) for fault in faults]
    submission.inspection_id = inspection.id
    submission.checklist_version_id = version.id
    desk.session.flush()
