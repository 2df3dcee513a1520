"""The violation list: the page, one finding, and the same list as CSV, XLSX and ZIP."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from flask import (
    Blueprint,
    Response,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_login import current_user
from sqlalchemy import ColumnElement

from inspect_app.domain.filters import Filters, parse_filters, to_query
from inspect_app.domain.findings import CAUSES, SEVERITIES, STATES
from inspect_app.domain.inspections import KINDS
from inspect_app.domain.maps import Map
from inspect_app.domain.people import Act, Role
from inspect_app.domain.problems import N_, BadValue, Forbidden
from inspect_app.operations import exporting
from inspect_app.operations.desk import Desk
from inspect_app.storage.finding_list import (
    Cursor,
    count_findings,
    finding_clauses,
    get_finding_line,
    list_findings,
)
from inspect_app.storage.finding_views import criterion_labels, list_history
from inspect_app.storage.inspections import is_member

from .access import open_to
from .errors import say, say_fields
from .filter_panel import Asked, address, make_panel
from .language import term
from .services import desk, fresh_desk, services
from .signed_in import viewer

bp = Blueprint("findings", __name__)

PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILE_NAME = "danh-sach-vi-pham"
EVENT_LABELS = {
    "reported": N_("Ghi nhận từ phiếu kiểm tra"),
    "confirmed": N_("Xác nhận"),
    "not_upheld": N_("Không chấp nhận"),
    "marked_duplicate": N_("Đánh dấu trùng lặp"),
    "withdrawn": N_("Rút, vì câu trả lời đã sửa"),
    "reported_again": N_("Ghi nhận lại, vì câu trả lời đã sửa"),
    "changed": N_("Sửa khi rà soát"),
}
FIELD_LABELS = {
    "state": N_("Trạng thái"),
    "severity": N_("Mức độ"),
    "wording": N_("Nội dung"),
    "responsible": N_("Chịu trách nhiệm"),
    "cause": N_("Nguyên nhân"),
}
WORDS = {
    "kinds": KINDS, "severities": SEVERITIES, "states": STATES, "causes": CAUSES, "events": EVENT_LABELS,
    "fields": FIELD_LABELS,
}  # fmt: skip


@bp.get("/findings", endpoint="list_findings")
@open_to(Act.SEE_FINDINGS)
def list_page() -> tuple[str, int]:
    """The list; an address with a fault in it is shown with the fault, ready to be mended."""
    at = desk()
    try:
        filters = read_filters(at)
        clauses = finding_clauses(filters, at.gazetteer, at.viewer)
        after = read_cursor()
    except BadValue as problem:
        fault = {"fault": say(problem), "faults": say_fields(problem)}
        return render_template("findings/list.html", **_context(at, None), **fault), 400
    return render_template(
        "findings/list.html", **_context(at, filters), **_found(at, filters, clauses, after)
    ), 200


def _found(
    at: Desk, filters: Filters, clauses: list[ColumnElement[bool]], after: Cursor | None
) -> dict[str, object]:
    count = count_findings(at.session, clauses)
    map = Map(at.gazetteer, filters.map_day)
    page = list_findings(at.session, clauses, map, limit=PAGE, after=after) if count else None
    query = to_query(filters, at.today)
    return {
        "count": count,
        "page_size": PAGE,
        "lines": page.lines if page else [],
        "next": address("findings.list_findings", [*query, ("cursor", str(page.next))])
        if page and page.next
        else None,
        "first": address("findings.list_findings", query) if after else None,
        "saved": address("findings.list_findings", query),
        "files": _files(query),
    }


def _context(at: Desk, filters: Filters | None) -> dict[str, object]:
    asked = Asked("findings.list_findings", request.args.to_dict(flat=False), filters)
    panel = make_panel(
        asked, at.gazetteer, at.today, services().settings.period_day, criterion_labels(at.session),
        with_states=at.viewer.role != Role.UNIT_OFFICER,
    )  # fmt: skip
    return {"panel": panel, "filtered": bool(panel.chips), **WORDS}


def _files(query: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Address and label of each file of this list."""
    kinds = [("findings.csv_file", "CSV"), ("findings.xlsx_file", "Excel (XLSX)")]
    kinds += [("findings.zip_file", N_("Ảnh (ZIP)"))] if current_user.may(Act.SEE_PHOTOS) else []
    return [(address(endpoint, query), label) for endpoint, label in kinds]


def read_filters(at: Desk) -> Filters:
    return parse_filters(request.args.to_dict(flat=False), at.today)


def read_cursor() -> Cursor | None:
    text = request.args.get("cursor", "").strip()
    return Cursor.read(text) if text else None


@bp.get("/findings/<uuid:finding_id>")
@open_to(Act.SEE_FINDINGS)
def show_finding(finding_id: uuid.UUID) -> str:
    """One finding with its photos, its law and, for the office, its history."""
    at = desk()
    map = Map(at.gazetteer, at.today)
    line = get_finding_line(at.session, at.viewer, map, str(finding_id))
    # What came before the confirmation is no business of the unit it was found at.
    history = [] if at.viewer.role == Role.UNIT_OFFICER else list_history(at.session, line.id)
    return render_template(
        "findings/detail.html",
        **WORDS,
        line=line,
        label=criterion_labels(at.session).get(line.criterion, ""),
        history=history,
        unit_today=term(map.label(map.row("commune", line.unit.id))),
        visit_list=address("findings.list_findings", [("inspection", line.inspection_id)]),
        links=_links(at, line.inspection_id),
        photos=[(photo, _photo_address(photo.id)) for photo in line.photos]
        if current_user.may(Act.SEE_PHOTOS)
        else [],
    )


def _links(at: Desk, inspection_id: str) -> list[tuple[str, str]]:
    """Where else this visit is worked on, as far as the person may go there."""
    links = []
    if at.viewer.may(Act.REVIEW):
        links.append((url_for("review.inspection", inspection_id=inspection_id), N_("Mở để rà soát")))
    if at.viewer.may(Act.INSPECT) and is_member(at.session, inspection_id, at.viewer.person_id):
        links.append((url_for("inspect.checklist", inspection_id=inspection_id), N_("Mở phiếu kiểm tra")))
    return links


def _photo_address(photo_id: str) -> dict[str, str]:
    return {size: url_for(f"photos.{size}", photo_id=photo_id) for size in ("thumb", "screen")}


@bp.get("/findings.csv")
@open_to(Act.SEE_FINDINGS)
def csv_file() -> Response:
    filters = _noted("csv")
    pieces = exporting.stream_csv(_reading(), filters)
    return _download(pieces, "text/csv; charset=utf-8", "csv")


@bp.get("/findings.zip")
@open_to(Act.SEE_FINDINGS)
def zip_file() -> Response:
    """The list with its photos as JPEGs without metadata; `originals=1` gives the files as they came."""
    originals = request.args.get("originals", "") == "1"
    if not current_user.may(Act.SEE_ORIGINALS if originals else Act.SEE_PHOTOS):
        raise Forbidden(N_("Tài khoản của bạn không được xem các ảnh này."))
    filters = _noted("zip", originals=originals)
    pieces = exporting.stream_photos_zip(
        _reading(), services().evidence, filters, originals=originals, scratch=_scratch()
    )
    return _download(pieces, "application/zip", "zip")


@bp.get("/findings.xlsx")
@open_to(Act.SEE_FINDINGS)
def xlsx_file() -> Response:
    filters = read_filters(desk())
    with tempfile.TemporaryDirectory(prefix="xlsx-", dir=_scratch()) as folder:
        path = Path(folder) / "list.xlsx"
        rows = exporting.write_list_xlsx(_reading(), filters, path)
        size = path.stat().st_size
        file = path.open("rb")  # the name goes now; the bytes go when the answer is sent
    _note("xlsx", filters, rows)
    response = send_file(file, XLSX, as_attachment=True, download_name=_name("xlsx"), max_age=0)
    response.content_length = size
    response.headers["Cache-Control"] = "no-store"
    return response


def _reading() -> exporting.OpenDesk:
    """Opens sessions of the file's own. It holds nothing of the request, whose life ends before the file does."""
    who, shared = viewer(), services()

    @contextmanager
    def open_desk() -> Iterator[Desk]:
        with shared.database.reading.begin() as session:
            yield Desk(session, who, shared.clock(), shared.settings.timezone)

    return open_desk


def _noted(form: str, *, originals: bool = False) -> Filters:
    """The filters of a file about to be sent, noted in the audit log; faults in them are answered before that."""
    at = desk()
    filters = read_filters(at)
    rows = exporting.count_for(at, filters)
    at.session.rollback()  # the reading is over; the stream begins its own
    _note(form, filters, rows, originals=originals)
    return filters


def _note(form: str, filters: Filters, rows: int, *, originals: bool = False) -> None:
    with fresh_desk(writing=True) as at:
        exporting.note_export(at, form, filters, rows, originals=originals)


def _download(pieces: Iterator[bytes], media_type: str, suffix: str) -> Response:
    response = Response(pieces, content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=_name(suffix))
    return response


def _name(suffix: str) -> str:
    today: date = desk().today
    return f"{FILE_NAME}_{today.isoformat()}.{suffix}"


def _scratch() -> Path:
    folder = services().settings.scratch
    folder.mkdir(parents=True, exist_ok=True)
    return folder
