"""What the reviewer's pages show: gathered here by reading only, so that a fault can draw the same page again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inspect_app.domain import answer_sheet
from inspect_app.domain.checklists import Checklist, Criterion
from inspect_app.domain.findings import CAUSES, DECIDED, SEVERITIES, STATES
from inspect_app.domain.inspections import KINDS
from inspect_app.domain.inspections import STATES as INSPECTION_STATES
from inspect_app.domain.maps import Map
from inspect_app.domain.problems import N_
from inspect_app.domain.receipts import REASONS
from inspect_app.domain.review_reasons import QUICK_REASONS
from inspect_app.exchange.photos import MESSAGES
from inspect_app.operations.desk import Desk
from inspect_app.operations.placing import candidates_of
from inspect_app.storage.checklists import read_checklist
from inspect_app.storage.finding_views import list_history
from inspect_app.storage.findings import FindingRow, findings_of
from inspect_app.storage.inspections import InspectionRow, get_inspection
from inspect_app.storage.review_queue import (
    PhotoView,
    list_inspection_events,
    list_previous,
    list_team,
    next_undecided,
    photos_by_question,
    replaced_submission_id,
)
from inspect_app.storage.submissions import SubmissionRow, list_submissions
from inspect_app.storage.units import list_bodies

from .phone_notes import phone_notes

FINDING_EVENTS = {
    "reported": N_("Ghi nhận từ phiếu"),
    "confirmed": N_("Xác nhận"),
    "not_upheld": N_("Không chấp nhận"),
    "marked_duplicate": N_("Trùng lặp"),
    "withdrawn": N_("Rút do câu trả lời đã sửa"),
    "reported_again": N_("Ghi nhận lại do câu trả lời đã sửa"),
    "changed": N_("Sửa nội dung"),
}
FIELDS = {
    "severity": N_("Mức độ"),
    "wording": N_("Nội dung"),
    "responsible": N_("Chịu trách nhiệm"),
    "state": N_("Trạng thái"),
    "cause": N_("Nguyên nhân"),
    "n": "n",
    "of": "N",
}
SUBMISSION_STATES = {
    "accepted": N_("Đã nhận"),
    "kept": N_("Chờ xử lý"),
    "placed": N_("Đã xếp vào cuộc kiểm tra"),
    "set_aside": N_("Để ngoài"),
}
LABELS = {
    "severities": SEVERITIES,
    "causes": CAUSES,
    "states": STATES,
    "kinds": KINDS,
    "inspection_states": INSPECTION_STATES,
    "finding_events": FINDING_EVENTS,
    "fields": FIELDS,
    "submission_states": SUBMISSION_STATES,
    "keep_reasons": REASONS,
    "photo_problems": MESSAGES,
    "quick": QUICK_REASONS,
    "decided": DECIDED,
}


@dataclass(frozen=True)
class Typed:
    """A refused post: which form, what was typed in it, and what was wrong. `overtaken`: another was faster."""

    form: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)
    overtaken: bool = False

    def of(self, form: str) -> Mapping[str, str]:
        """What was typed in this form, if it is the one that was refused."""
        return self.values if self.form == form else {}


def inspection_page(
    at: Desk, inspection_id: str, finding_id: str = "", photo_id: str = "", *, typed: Typed | None = None
) -> dict[str, Any]:
    """All of the page of one inspection, opened at a finding. NotFound for what the person may not know of."""
    inspection = get_inspection(at.session, at.viewer, inspection_id)
    findings = findings_of(at.session, inspection.id)
    current = _current(findings, finding_id)
    submissions = list_submissions(at.session, inspection.id)
    sent = {row.id: row for row in submissions}
    submission = sent.get(inspection.current_submission_id or "")
    checklist = _checklist(at, inspection, submission)
    photos = photos_by_question(at.session, submission.id) if submission else {}
    events = list_inspection_events(at.session, inspection.id)
    return {
        **LABELS,
        **_where(at, inspection),
        **_finding(at, findings, current, photos, photo_id),
        **phone_notes(at, submission, checklist),
        **_correction(checklist, submission, sent.get(replaced_submission_id(events) or "")),
        "inspection": inspection,
        "findings": findings,
        "waiting": sum(row.state not in DECIDED for row in findings),
        "submission": submission,
        "submissions": submissions,
        "team": list_team(at.session, inspection.id),
        "returns": [event for event in events if event.event == "returned"],
        "placings": [event for event in events if event.event == "placed"],
        "criteria": criterion_names(checklist),
        "opinions": answer_sheet.plain_rows(checklist, submission.answers) if submission else [],
        "sheet": answer_sheet.lay_out(checklist, submission.answers) if submission else [],
        "photos": photos,
        "bodies": list_bodies(at.session, inspection.unit_id, inspection.day),
        "typed": typed or Typed(),
    }


def submission_page(at: Desk, submission: SubmissionRow) -> dict[str, Any]:
    """One submission as it was asked at the time; a kept one without a known checklist shows bare names."""
    inspection = submission.inspection
    checklist = _checklist(at, inspection, submission) if submission.checklist_version_id else None
    return {
        **LABELS,
        **(_where(at, inspection) if inspection else {}),
        **phone_notes(at, submission, checklist),
        "inspection": inspection,
        "submission": submission,
        "current": inspection is not None and inspection.current_submission_id == submission.id,
        "criteria": criterion_names(checklist) if checklist else {},
        "checklist": checklist,
        "codes": _codes(checklist) if checklist else {},
        "sheet": answer_sheet.lay_out(checklist, submission.answers) if checklist else [],
        "plain": [] if checklist else answer_sheet.lay_out_plain(submission.answers),
        "photos": photos_by_question(at.session, submission.id),
    }


def _checklist(at: Desk, inspection: InspectionRow | None, submission: SubmissionRow | None) -> Checklist:
    """The version that was filled in, else the one the visit was planned with; only what was asked at this office."""
    version = submission.checklist_version_id if submission else None
    if inspection is None:
        assert version is not None
        return read_checklist(at.session, version)
    checklist = read_checklist(at.session, version or inspection.checklist_version_id)
    return checklist.for_visit(at.gazetteer.by_id(inspection.unit_id).level, inspection.day)


def criterion_names(checklist: Checklist) -> dict[str, Criterion]:
    return {criterion.name: criterion for criterion in checklist.criteria}


def _codes(checklist: Checklist) -> dict[str, str]:
    """Every name of a criterion's answers to its code: a fault of ny_02_n is one of NY-02."""
    return {field.name: criterion.code for criterion in checklist.criteria for field in criterion.fields()}


def _where(at: Desk, inspection: InspectionRow) -> dict[str, Any]:
    """The office as it was named on the day, and where it is counted today."""
    unit = at.gazetteer.by_id(inspection.unit_id)
    here = Map(at.gazetteer, at.today)
    row = here.row("commune", unit.id, inspection.placed_id)
    above = [place.full_name for place in at.gazetteer.ancestors(unit, inspection.day)]
    return {
        "unit": unit,
        "above": above,
        "today_label": "" if row.unit.id == unit.id and row.status != "undetermined" else here.label(row),
        "candidates": candidates_of(at, inspection),
    }


def _current(findings: Sequence[FindingRow], finding_id: str) -> FindingRow | None:
    chosen = next((row for row in findings if row.id == finding_id), None)
    return chosen or next_undecided(findings) or (findings[0] if findings else None)


def _finding(
    at: Desk,
    findings: Sequence[FindingRow],
    current: FindingRow | None,
    photos: Mapping[str, list[PhotoView]],
    photo_id: str,
) -> dict[str, Any]:
    if current is None:
        return {"finding": None, "next_finding": None, "previous_finding": None, "next_photo": ""}
    position = findings.index(current)
    shots = photos.get(current.question, [])
    shown = next((shot for shot in shots if shot.id == photo_id), None)
    shown = shown or next((shot for shot in shots if shot.viewable), None)
    earlier = list_previous(at.session, at.viewer, at.gazetteer, current)
    following = next_undecided(findings, current.id)
    ahead = [shot for shot in photos.get(following.question, []) if shot.viewable] if following else []
    return {
        "finding": current,
        "next_finding": findings[position + 1] if position + 1 < len(findings) else None,
        "previous_finding": findings[position - 1] if position else None,
        "next_photo": ahead[0].id if ahead else "",
        "shots": shots,
        "shot": shown,
        "next_shot": _after(shots, shown, 1),
        "previous_shot": _after(shots, shown, -1),
        "earlier": [(row, at.gazetteer.by_id(row.unit_id)) for row in earlier],
        "history": list_history(at.session, current.id),
        "originals": _possible_originals(findings, earlier, current),
        "duplicated": _code_of(at, current.duplicate_of),
    }


def _after(shots: Sequence[PhotoView], shown: PhotoView | None, step: int) -> PhotoView | None:
    viewable = [shot for shot in shots if shot.viewable]
    at = viewable.index(shown) + step if shown in viewable else -1
    return viewable[at] if 0 <= at < len(viewable) else None


def _possible_originals(
    findings: Sequence[FindingRow], earlier: Sequence[FindingRow], current: FindingRow
) -> list[FindingRow]:
    """What a duplicate most often repeats: another finding of the visit, or the one found here before."""
    return [
        row
        for row in (*findings, *earlier)
        if row.id != current.id and row.state in ("reported", "confirmed")
    ]


def _code_of(at: Desk, finding_id: str | None) -> str:
    row = at.session.get(FindingRow, finding_id) if finding_id else None
    return row.code if row else ""


def _correction(
    checklist: Checklist, submission: SubmissionRow | None, replaced: SubmissionRow | None
) -> dict[str, Any]:
    """What a correction changed, before and after; nothing for a first submission."""
    if submission is None or replaced is None:
        return {"replaced": None, "changes": []}
    return {
        "replaced": replaced,
        "changes": answer_sheet.differences(checklist, replaced.answers, submission.answers),
    }
