"""The phone's pages: my work, starting a surprise visit, and the checklist, which works without JavaScript.

A post streams to disk while it arrives; its sender is checked before, its bytes are made durable next, and only then
the write transaction begins.
"""

import uuid

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from inspect_app.domain.answers import Fault
from inspect_app.domain.checklists import Checklist
from inspect_app.domain.inspections import OPEN_TO_SUBMISSIONS
from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, Problem
from inspect_app.domain.text import nfc
from inspect_app.operations import inspecting, sending
from inspect_app.operations.desk import Desk
from inspect_app.operations.drafting import page_submission_id
from inspect_app.operations.photographing import Upload, keep_uploads
from inspect_app.operations.receiving import visit_checklist
from inspect_app.operations.sending import PagePost, Sent, get_own_inspection
from inspect_app.storage.checklists import laws_of, read_checklist
from inspect_app.storage.inspections import InspectionRow, list_events, list_work
from inspect_app.storage.submissions import SubmissionRow, find_draft, list_photos
from inspect_app.storage.units import list_bodies

from .access import open_to
from .checklist_page import form_context
from .checklist_reader import PostedChecklist, PostedFile, read_post
from .errors import say, say_fields
from .page_author import note_opened
from .page_ids import read_id
from .phone_store import store_of
from .services import db, desk, fresh_desk, services
from .static_files import asset
from .uploads import Arriving, files_dropped
from .visit_facts import visit_facts
from .work_page import list_context, new_context

DROPPED = N_(
    "Cả lần gửi quá lớn nên ảnh chưa được nhận; câu chữ đã được giữ. Hãy chọn lại và gửi ít ảnh hơn mỗi lần."
)

bp = Blueprint("inspect", __name__, url_prefix="/inspect")


@bp.get("/", endpoint="list_work")
@open_to(Act.INSPECT)
def my_work() -> str:
    at = desk()
    return render_template(
        "inspect/list.html", **list_context(list_work(at.session, current_user.person_id), at)
    )


@bp.route("/new", methods=["GET", "POST"])
@open_to(Act.INSPECT)
def new() -> AnyResponse | str:
    """Start a surprise visit on the spot: pick the unit, the checklist, say why."""
    at = desk()
    if request.method == "GET":
        return render_template("inspect/new.html", **new_context(at, query=nfc(request.args.get("q", ""))))
    values = {name: nfc(request.form.get(name, "")) for name in ("unit", "checklist", "reason", "page_id")}
    try:
        inspection = inspecting.start_surprise(
            at, values["unit"], values["checklist"], values["reason"], read_id(values["page_id"]) or None
        )
    except Problem as problem:
        db().rollback()
        context = new_context(
            at, query=nfc(request.form.get("q", "")), values=values, faults=say_fields(problem)
        )
        return make_response(
            render_template("inspect/new.html", **context, fault=say(problem)), problem.status
        )
    return redirect(url_for("inspect.checklist", inspection_id=inspection.id), 303)


@bp.route("/<uuid:inspection_id>", methods=["GET", "POST"])
@open_to(Act.INSPECT)
def checklist(inspection_id: uuid.UUID) -> AnyResponse:
    if request.method == "POST":
        return _post(str(inspection_id))
    at = desk()
    inspection = get_own_inspection(at, str(inspection_id))
    if inspection.state not in OPEN_TO_SUBMISSIONS:
        if inspection.current_submission_id:
            return redirect(url_for("receipts.receipt", submission_id=inspection.current_submission_id))
        return redirect(url_for("inspect.list_work"))
    draft = find_draft(at.session, inspection.id, current_user.person_id)
    current = at.session.get(SubmissionRow, inspection.current_submission_id or "")
    answers = draft.answers if draft else current.answers if current else {}
    submission_id = draft.submission_id if draft else page_submission_id(at, inspection)
    photos_of = submission_id if draft or not current else current.id
    return _page(
        at, inspection, answers, submission_id, photos_of,
        replaces=draft.replaces if draft else inspection.current_submission_id, show_all=request.args.get("show") == "all",
    )  # fmt: skip


def _post(inspection_id: str) -> AnyResponse:
    with fresh_desk(writing=False) as reading:  # who may not post here is told before a byte is kept
        asked = asked_at(reading, inspection_id)
    post, posted = read_page(asked)
    at = desk()
    act = sending.send if posted.action == "send" else sending.save
    sent = act(at, inspection_id, post)
    if sent.receipt:
        return redirect(url_for("receipts.receipt", submission_id=sent.receipt.submission.id), 303)
    if sent.faults:
        return _faulty(at, inspection_id, posted, sent)
    flash(_("Đã lưu nháp lúc %(time)s.", time=f"{at.now.astimezone(at.zone):%H:%M}"))
    show = "all" if posted.show_all else None
    return redirect(url_for("inspect.checklist", inspection_id=inspection_id, show=show), 303)


def asked_at(reading: Desk, inspection_id: str) -> Checklist:
    """What one's own visit asks; Forbidden or NotFound for others'."""
    inspection = get_own_inspection(reading, inspection_id)
    return visit_checklist(
        reading, inspection, read_checklist(reading.session, inspection.checklist_version_id)
    )


def read_page(asked: Checklist) -> tuple[PagePost, PostedChecklist]:
    """The posted page, its photos made durable; to be called while no write transaction is open."""
    posted = read_post(request.form, request.files, asked)
    arrived, faults = keep_uploads(services().evidence, [] if files_dropped() else map(_upload, posted.files))
    if files_dropped():
        faults = [Fault(f"{name}_photo", DROPPED) for name in posted.questions_with_files()]
    answers, removed = posted.answers, posted.removed
    return PagePost(posted.submission_id, posted.replaces, answers, arrived, faults, removed), posted


def _upload(file: PostedFile) -> Upload:
    stream = file.file.stream
    stored = stream.finish() if isinstance(stream, Arriving) else None
    return Upload(file.question, file.name, stored)


def _faulty(at: Desk, inspection_id: str, posted: PostedChecklist, sent: Sent) -> AnyResponse:
    """The same page with every fault; what was typed and the photos that arrived are kept."""
    inspection = get_own_inspection(at, inspection_id)
    page = _page(
        at, inspection, posted.answers, sent.submission_id, sent.submission_id,
        replaces=posted.replaces, show_all=posted.show_all, faults=sent.faults,
    )  # fmt: skip
    at.session.commit()
    page.status_code = 422
    return page


def _page(
    at: Desk,
    inspection: InspectionRow,
    answers: dict[str, object],
    submission_id: str,
    photos_of: str,
    *,
    replaces: str | None,
    show_all: bool,
    faults: list[Fault] | None = None,
) -> Response:
    asked = visit_checklist(at, inspection, read_checklist(at.session, inspection.checklist_version_id))
    held = list_photos(at.session, photos_of, covered=False)
    bodies = list_bodies(at.session, inspection.unit_id, inspection.day)
    comments = returned_comments(at, inspection)
    context = form_context(
        asked,
        inspection=inspection,
        answers=answers,
        photos=held,
        faults=faults or [],
        returned_comments=comments,
        laws=laws_of(at.session, asked, inspection.day),
        bodies=bodies,
        show_all=show_all,
        submission_id=submission_id,
        replaces=replaces,
        now=at.now.astimezone(at.zone),
    )
    current = at.session.get(SubmissionRow, inspection.current_submission_id or "")
    visit = visit_facts(
        inspection, asked, at.gazetteer.by_id(inspection.unit_id).level, person_id=at.viewer.person_id,
        current=current.answers if current else {}, draft=find_draft(at.session, inspection.id, at.viewer.person_id),
        photos=held, comments=comments, bodies=bodies,
    )  # fmt: skip
    page = make_response(render_template("inspect/form.html", **context, visit=visit, store=store_of(at)))
    # Told before the page itself arrives: on a slow net the styles come beside it instead of after its first half.
    page.headers["Link"] = f"<{asset('css/phone.css')}>; rel=preload; as=style"
    note_opened(page, current_user.held.token)
    return page


def returned_comments(at: Desk, inspection: InspectionRow) -> dict[str, str]:
    """What the reviewer wrote when the inspection was returned last; "" holds the general comment."""
    if inspection.state != "returned":
        return {}
    last = [event for event in list_events(at.session, inspection.id) if event.event == "returned"][-1]
    return {**last.detail.get("comments", {}), "": last.detail.get("general", "")}
