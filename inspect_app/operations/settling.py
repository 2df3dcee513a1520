"""A person settles what was kept: makes it the current submission of a visit, or sets it aside with a reason.

Nothing is deleted: every document stays as it came, and the audit log says who settled it, when and why.
"""

from dataclasses import replace
from datetime import datetime

from inspect_app.domain import answers as judging
from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, BadValue, Conflict
from inspect_app.domain.review_reasons import LONGEST_REASON
from inspect_app.domain.text import nfc
from inspect_app.storage.checklists import ChecklistVersionRow, find_version, get_version, read_checklist
from inspect_app.storage.inspections import InspectionRow, get_inspection, lock_inspection
from inspect_app.storage.kept import SET_ASIDE, document_key, get_document, get_kept
from inspect_app.storage.submissions import SubmissionRow

from .desk import Desk
from .inspecting import note_event, start
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
    if inspection.state == "planned":
        # The visit began when the team was there, not when the office got round to the paper.
        start(replace(desk, now=_visited_at(desk, submission)), inspection)
    accept(desk, submission, inspection, read_checklist(desk.session, version.id))
    _settle(desk, submission, "placed")
    note_event(desk, inspection, "submission_placed", submission=submission.id, replaced=replaced)
    desk.audit("submission_placed", "submission", submission.id, inspection=inspection.id, replaced=replaced)
    desk.session.flush()
    return submission


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
    submission.faults = [{"question": fault.question, "message": fault.message} for fault in faults]
    submission.inspection_id = inspection.id
    submission.checklist_version_id = version.id
    desk.session.flush()


def _visited_at(desk: Desk, submission: SubmissionRow) -> datetime:
    """When the team was there, as the document says; a phone's clock may run ahead, the server's does not."""
    said = submission.started_at or submission.finished_at or submission.received_at
    return min(said, submission.received_at, desk.now)
