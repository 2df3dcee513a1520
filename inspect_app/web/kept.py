"""What was kept for a person: placed into a visit or set aside with a reason, never deleted.

A kept document for a visit this person may not know of shows only what the document itself says.
"""

import re
import uuid
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspect_app.domain import answer_sheet
from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, BadValue, Conflict, NotFound
from inspect_app.domain.receipts import REASONS, receipt_code
from inspect_app.domain.review_reasons import joined_reason
from inspect_app.domain.text import nfc
from inspect_app.domain.units import Unit
from inspect_app.exchange.photos import MESSAGES
from inspect_app.operations import settling
from inspect_app.operations.desk import Desk
from inspect_app.operations.inspecting import find_office, in_own_area
from inspect_app.storage.inspections import find_inspection
from inspect_app.storage.kept import (
    came_with,
    find_by_number,
    get_document,
    get_kept,
    list_kept,
    list_other_contents,
    list_possible_inspections,
    list_settlements,
    list_troubled_photos,
)
from inspect_app.storage.people import get_person
from inspect_app.storage.review_queue import photos_by_question
from inspect_app.storage.submissions import SubmissionRow
from inspect_app.storage.uploads import list_lone_photos

from .access import open_to
from .errors import say, say_fields
from .review_page import Typed, submission_page
from .services import db, desk, fresh_desk
from .unit_picker import name_of
from .work_page import readable_size

bp = Blueprint("kept", __name__, url_prefix="/kept")

ACTS = {
    "submission_kept": N_("Giữ lại chờ xử lý"),
    "submission_received": N_("Nhận"),
    "submission_placed": N_("Xếp vào cuộc kiểm tra"),
    "submission_set_aside": N_("Để ngoài"),
    "document_set_aside": N_("Đã xem nội dung khác, để ngoài"),
}
PROBLEMS = {"expected": N_("Chưa nhận được tệp ảnh")}
_HASH = re.compile(r"[0-9a-f]{64}")


@bp.get("", endpoint="list_kept")
@open_to(Act.SETTLE_KEPT)
def list_page() -> str:
    at = desk()
    return render_template(
        "kept/list.html",
        kept=[(row, _unit_name(at, row.unit_id)) for row in list_kept(at.session, at.viewer)],
        others=[
            (row, receipt_code(row.submission_id, row.content_hash))
            for row in list_other_contents(at.session, at.viewer)
        ],
        troubled=list_troubled_photos(at.session, at.viewer),
        lone=[(row, readable_size(row.size)) for row in list_lone_photos(at.session, at.now)],
        **_words(),
    )


@bp.get("/<uuid:submission_id>")
@open_to(Act.SETTLE_KEPT)
def show(submission_id: uuid.UUID) -> str:
    return render_template("kept/detail.html", **_page(desk(), str(submission_id)))


@bp.post("/<uuid:submission_id>/place")
@open_to(Act.SETTLE_KEPT)
def place(submission_id: uuid.UUID) -> Response | tuple[str, int]:
    try:
        row = settling.place(desk(), str(submission_id), _chosen(desk()))
    except (BadValue, Conflict) as problem:
        return _again(problem, str(submission_id), "place")
    flash(_("Đã xếp phiếu %(code)s; phát hiện của phiếu đang chờ rà soát.", code=row.code))
    return redirect(url_for("review.inspection", inspection_id=row.inspection_id), 303)


@bp.post("/<uuid:submission_id>/visit")
@open_to(Act.SETTLE_KEPT)
def place_in_new_visit(submission_id: uuid.UUID) -> Response | tuple[str, int]:
    form = request.form
    wanted = settling.WantedVisit(
        nfc(form.get("unit", "")), _day(form.get("day", "")), form.get("visit_reason", "")
    )
    try:
        row = settling.place_in_new_visit(desk(), str(submission_id), wanted)
    except (BadValue, Conflict) as problem:
        return _again(problem, str(submission_id), "visit")
    flash(_("Đã lập cuộc kiểm tra đột xuất và xếp phiếu %(code)s vào đó.", code=row.code))
    return redirect(url_for("review.inspection", inspection_id=row.inspection_id), 303)


@bp.post("/<uuid:submission_id>/set-aside")
@open_to(Act.SETTLE_KEPT)
def set_aside(submission_id: uuid.UUID) -> Response | tuple[str, int]:
    try:
        row = settling.set_aside(desk(), str(submission_id), _reason())
    except (BadValue, Conflict) as problem:
        return _again(problem, str(submission_id), "set_aside")
    flash(_("Đã để phiếu %(code)s ra ngoài. Phiếu vẫn được giữ nguyên.", code=row.code))
    return redirect(url_for("kept.list_kept"), 303)


@bp.post("/<uuid:submission_id>/documents/<content_hash>/set-aside")
@open_to(Act.SETTLE_KEPT)
def set_document_aside(submission_id: uuid.UUID, content_hash: str) -> Response | tuple[str, int]:
    if not _HASH.fullmatch(content_hash):
        raise NotFound(N_("Không tìm thấy phiếu này."))
    try:
        settling.set_document_aside(desk(), str(submission_id), content_hash, _reason())
    except (BadValue, Conflict) as problem:
        return _again(problem, str(submission_id), f"document-{content_hash}")
    flash(_("Đã ghi nhận. Nội dung vẫn được giữ nguyên."))
    return redirect(url_for("kept.list_kept"), 303)


def _chosen(at: Desk) -> str | None:
    """The visit a person chose: from the list, or by its number."""
    number, picked = request.form.get("number", "").strip(), request.form.get("inspection", "").strip()
    if not number:
        return picked or None
    found = find_by_number(at.session, at.viewer, number)
    if found is None:
        raise BadValue(
            N_("Không có cuộc kiểm tra mang số này."),
            fields={"number": N_("Hãy ghi số như trên danh sách, ví dụ KT-2026-0007.")},
        )
    return found.id


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _reason() -> str:
    return joined_reason(request.form.get("reason_quick", ""), request.form.get("reason", ""))


def _words() -> dict[str, Any]:
    return {"keep_reasons": REASONS, "photo_problems": {**MESSAGES, **PROBLEMS}}


def _unit_name(at: Desk, unit_id: int | None) -> str:
    return at.gazetteer.by_id(unit_id).full_name if unit_id is not None else ""


def _page(at: Desk, submission_id: str, typed: Typed | None = None) -> dict[str, Any]:
    submission = get_kept(at.session, at.viewer, submission_id)
    first = get_document(at.session, submission.id, submission.content_hash).document
    others = []
    for row in list_other_contents(at.session, at.viewer, submission.id):
        document = get_document(at.session, submission.id, row.content_hash).document
        code = receipt_code(submission.id, row.content_hash)
        photos = photos_by_question(at.session, submission.id, came_with(document))
        others.append((row, code, _told(at, document), _document_changes(first, document), photos))
    return {
        **submission_page(at, submission),
        **_words(),
        "sender": get_person(at.session, submission.person_id),
        "told": _told(at, first),
        "proposed": _proposed(at, submission, first),
        "others": others,
        "possible": [
            (row, _unit_name(at, row.unit_id))
            for row in list_possible_inspections(at.session, at.viewer, submission.person_id)
        ]
        if submission.status == "kept"
        else [],
        "settlements": list_settlements(at.session, submission.id),
        "acts": ACTS,
        "typed": typed or Typed(),
    }


def _told(at: Desk, document: dict[str, Any]) -> dict[str, str]:
    """What a document says of itself. Its visit is looked up only as far as this person may know of it."""
    inspection = str(document.get("inspection", ""))
    found = find_inspection(at.session, at.viewer, inspection)
    return {
        "inspection": inspection,
        "number": (found.number or "") if found else "",
        "checklist": str(document.get("checklist", "")),
        "version": str(document.get("version", "")),
        "replaces": str(document.get("replaces", "")),
    }


def _proposed(at: Desk, submission: SubmissionRow, document: dict[str, Any]) -> dict[str, Any] | None:
    """A new visit for a submission that names none we know: what its phone told of it, and the offices of that day."""
    if submission.status != "kept" or submission.inspection_id is not None:
        return None
    day = settling.began_at(submission).astimezone(at.zone).date()
    told = document.get("visit") or {}
    unit = find_office(at, str(told.get("unit", "")), day)
    offices = [office for office in at.gazetteer.offices(day) if in_own_area(at, office)]
    return {
        "day": day.isoformat(),
        "unit": _office_text(unit) if unit else str(told.get("unit", "")),
        "visit_reason": str(told.get("reason", "")),
        "offices": [_office_text(office) for office in offices],
        "today": at.today.isoformat(),
    }


def _office_text(unit: Unit) -> str:
    return f"{unit.code} · {name_of(unit)}"


def _document_changes(first: dict[str, Any], other: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Name, first and other text of each answer in which two documents of one id differ."""
    one = dict(answer_sheet.lay_out_plain(first.get("answers", {})))
    two = dict(answer_sheet.lay_out_plain(other.get("answers", {})))
    return [
        (name, one.get(name, ""), two.get(name, ""))
        for name in {**one, **two}
        if one.get(name) != two.get(name)
    ]


def _again(problem: BadValue | Conflict, submission_id: str, form: str) -> tuple[str, int]:
    """The page with the fault and what was typed."""
    db().rollback()
    with fresh_desk(writing=False) as at:
        typed = Typed(form, request.form.to_dict(), say(problem), say_fields(problem))
        return render_template("kept/detail.html", **_page(at, submission_id, typed)), problem.status
