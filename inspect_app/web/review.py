"""The reviewer's desk: the queue, one inspection finding by finding, and the posts of every decision.

A refused post shows the same page again with what was typed; after a decision the next undecided finding opens.
"""

import uuid
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspect_app.domain.findings import SEVERITIES, STATES
from inspect_app.domain.maps import Map
from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, BadValue, Conflict, NotFound
from inspect_app.domain.review_reasons import joined_reason
from inspect_app.operations import placing, reviewing
from inspect_app.storage.findings import FindingRow, findings_of
from inspect_app.storage.inspections import find_inspection
from inspect_app.storage.review_queue import (
    PAGE,
    TABS,
    QueueFilter,
    count_queue,
    find_next_inspection,
    list_queue,
    next_undecided,
)
from inspect_app.storage.submissions import SubmissionRow

from .access import open_to
from .errors import say, say_fields
from .review_page import Typed, inspection_page, submission_page
from .services import db, desk, fresh_desk

bp = Blueprint("review", __name__, url_prefix="/review")

COMMENT = "comment-"
TAB_LABELS = {
    "open": N_("Chờ quyết định"),
    "ready": N_("Chờ duyệt"),
    "returned": N_("Đã trả lại"),
    "approved": N_("Đã duyệt"),
}


@bp.get("")
@open_to(Act.REVIEW)
def queue() -> str:
    """Inspections that wait, oldest first."""
    at = desk()
    wanted, page = _read_filter()
    rows = list_queue(at.session, at.viewer, wanted, page)
    here = Map(at.gazetteer, at.today)
    counts = {
        tab: count_queue(at.session, at.viewer, QueueFilter(tab, wanted.mine, wanted.severity))
        for tab in TABS
        if tab != "approved"
    }
    return render_template(
        "review/queue.html",
        rows=[
            (row, at.gazetteer.by_id(row.unit_id), here.row("commune", row.unit_id, row.placed_id))
            for row in rows[:PAGE]
        ],
        label=here.label,
        wanted=wanted,
        counts=counts,
        tab_labels=TAB_LABELS,
        severities=SEVERITIES,
        page=page,
        more=len(rows) > PAGE,
    )


def _read_filter() -> tuple[QueueFilter, int]:
    tab = request.args.get("tab", "open")
    severity, page = request.args.get("severity", ""), request.args.get("page", "1")
    if (
        tab not in TABS
        or severity not in ("", *map(str, SEVERITIES))
        or not page.isdecimal()
        or int(page) < 1
    ):
        raise BadValue(N_("Bộ lọc không đọc được. Hãy mở lại hàng đợi từ đầu."))
    return QueueFilter(tab, request.args.get("mine") == "1", int(severity) if severity else None), int(page)


@bp.get("/<uuid:inspection_id>")
@open_to(Act.REVIEW)
def inspection(inspection_id: uuid.UUID) -> str:
    """One inspection, opened at `finding` or at its first undecided one."""
    wanted = request.args.get("finding", ""), request.args.get("photo", "")
    return render_template("review/inspection.html", **inspection_page(desk(), str(inspection_id), *wanted))


@bp.get("/submissions/<uuid:submission_id>")
@open_to(Act.REVIEW)
def submission(submission_id: uuid.UUID) -> str:
    """Any submission of an inspection as it was asked and answered at the time."""
    at = desk()
    row = at.session.get(SubmissionRow, str(submission_id))
    if row is None or not find_inspection(at.session, at.viewer, row.inspection_id or ""):
        # One sentence for what is not there and for what this person may not know of.
        raise NotFound(N_("Không tìm thấy phiếu này."))
    return render_template("review/submission.html", **submission_page(at, row))


@bp.post("/findings/<uuid:finding_id>/decide")
@open_to(Act.REVIEW)
def decide(finding_id: uuid.UUID) -> Response | tuple[str, int]:
    form = request.form
    try:
        row = reviewing.decide(
            desk(), str(finding_id), _version(form), form.get("decision", ""), _reason(form),
            form.get("duplicate_of", "").strip() or form.get("duplicate_pick", ""),
        )  # fmt: skip
    except (BadValue, Conflict) as problem:
        return _finding_again(problem, str(finding_id), form.get("decision", ""))
    flash(_("%(code)s: %(state)s.", code=row.code, state=_(STATES[row.state]).lower()))
    return redirect(_next_address(row), 303)


@bp.post("/findings/<uuid:finding_id>/change")
@open_to(Act.REVIEW)
def change(finding_id: uuid.UUID) -> Response | tuple[str, int]:
    form = request.form
    values = {name: form[name] for name in ("severity", "wording", "responsible") if name in form}
    try:
        row = reviewing.change(desk(), str(finding_id), _version(form), values, _reason(form))
    except (BadValue, Conflict) as problem:
        return _finding_again(problem, str(finding_id), "change")
    flash(_("Đã sửa %(code)s. Nội dung người kiểm tra ghi vẫn giữ trong lịch sử.", code=row.code))
    return redirect(url_for("review.inspection", inspection_id=row.inspection_id, finding=row.id), 303)


@bp.post("/<uuid:inspection_id>/return")
@open_to(Act.REVIEW)
def return_(inspection_id: uuid.UUID) -> Response | tuple[str, int]:
    form = request.form
    comments = {
        name.removeprefix(COMMENT): text
        for name, text in form.items()
        if name.startswith(COMMENT) and text.strip()
    }
    other = form.get("other_question", "")
    if other and form.get("other_comment", "").strip():
        comments[other] = form["other_comment"]
    general = joined_reason(form.get("reason_quick", ""), form.get("general", ""))
    try:
        row = reviewing.return_inspection(desk(), str(inspection_id), comments, general, form.get("seen"))
    except (BadValue, Conflict) as problem:
        return _inspection_again(problem, str(inspection_id), "return")
    flash(_("Đã trả lại %(number)s cho đoàn kiểm tra.", number=row.number or ""))
    return redirect(_next_inspection(row.id), 303)


@bp.post("/<uuid:inspection_id>/approve")
@open_to(Act.REVIEW)
def approve(inspection_id: uuid.UUID) -> Response | tuple[str, int]:
    try:
        row = reviewing.approve(desk(), str(inspection_id), request.form.get("seen"))
    except (BadValue, Conflict) as problem:
        return _inspection_again(problem, str(inspection_id), "approve")
    flash(_("Đã duyệt %(number)s.", number=row.number or ""))
    return redirect(_next_inspection(row.id), 303)


@bp.post("/<uuid:inspection_id>/place")
@open_to(Act.REVIEW)
def place(inspection_id: uuid.UUID) -> Response | tuple[str, int]:
    form = request.form
    unit, reason = (
        form.get("unit", ""),
        joined_reason(form.get("reason_quick", ""), form.get("place_reason", "")),
    )
    try:
        if not unit.isdecimal() and unit != "none":
            raise BadValue(
                N_("Hãy chọn một trong các đơn vị kế thừa."),
                fields={"unit": N_("Hãy chọn một đơn vị trong danh sách.")},
            )
        row = placing.place_inspection(
            desk(), str(inspection_id), int(unit) if unit.isdecimal() else None, reason
        )
    except (BadValue, Conflict) as problem:
        return _inspection_again(problem, str(inspection_id), "place")
    flash(_("Đã ghi nhận nơi xếp của %(number)s.", number=row.number or ""))
    return redirect(url_for("review.inspection", inspection_id=row.id), 303)


def _version(form: Mapping[str, str]) -> int:
    text = form.get("version", "")
    if not text.isdecimal():
        raise BadValue(N_("Biểu mẫu gửi lên thiếu số phiên bản. Hãy tải lại trang."))
    return int(text)


def _reason(form: Mapping[str, str]) -> str:
    return joined_reason(form.get("reason_quick", ""), form.get("reason", ""))


def _next_address(row: FindingRow) -> str:
    """The next undecided finding of the inspection, else its end, where it is approved or returned."""
    following = next_undecided(findings_of(db(), row.inspection_id), row.id)
    if following is not None:
        return url_for("review.inspection", inspection_id=row.inspection_id, finding=following.id)
    return url_for("review.inspection", inspection_id=row.inspection_id, finding=row.id, _anchor="finish")


def _next_inspection(after: str) -> str:
    found = find_next_inspection(db(), desk().viewer, after)
    return url_for("review.inspection", inspection_id=found) if found else url_for("review.queue")


def _finding_again(problem: BadValue | Conflict, finding_id: str, form: str) -> tuple[str, int]:
    """The page with the fault and all that was typed; a conflict shows the other's version beside it."""
    db().rollback()  # nothing was written, and the page may be drawn without holding other writers up
    with fresh_desk(writing=False) as at:
        row = reviewing.get_finding(at, finding_id)
        seen = request.form.get("version", "")
        overtaken = isinstance(problem, Conflict) and seen != str(row.version)
        typed = _typed(problem, form, overtaken=overtaken)
        page = inspection_page(at, row.inspection_id, row.id, typed=typed)
        return render_template("review/inspection.html", **page), problem.status


def _inspection_again(problem: BadValue | Conflict, inspection_id: str, form: str) -> tuple[str, int]:
    db().rollback()
    with fresh_desk(writing=False) as at:
        page = inspection_page(
            at, inspection_id, request.form.get("finding", ""), typed=_typed(problem, form)
        )
        return render_template("review/inspection.html", **page), problem.status


def _typed(problem: BadValue | Conflict, form: str, *, overtaken: bool = False) -> Typed:
    return Typed(form, request.form.to_dict(), say(problem), say_fields(problem), overtaken)
