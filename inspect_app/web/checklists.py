"""Published checklists: the versions, one of them as its criteria with the law of a day, its source and its XForm."""

from datetime import date

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext as _

from inspect_app.domain.checklists import Criterion
from inspect_app.domain.findings import SEVERITIES
from inspect_app.domain.inspections import KINDS
from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_
from inspect_app.storage.checklists import (
    ChecklistVersionRow,
    get_version,
    laws_of,
    list_versions,
    read_checklist,
)
from inspect_app.storage.people import PersonRow

from .access import open_to
from .services import db, desk

bp = Blueprint("checklists", __name__)

LEVELS = {"district": N_("cấp huyện"), "commune": N_("cấp xã")}
PHOTO_RULES = {
    "Y": N_("Chụp ảnh"),
    "R": N_("Chụp ảnh, che thông tin cá nhân"),
    "S": N_("Chụp màn hình"),
    "-": N_("Không chụp"),
}


@bp.get("/checklists")
@open_to(Act.PUBLISH_CHECKLISTS, Act.PLAN)
def list_checklists() -> str:
    at = desk()
    by_key: dict[str, list[ChecklistVersionRow]] = {}
    for row in list_versions(at.session):
        by_key.setdefault(row.checklist.key, []).append(row)
    publishers = {row.published_by for rows in by_key.values() for row in rows if row.published_by}
    names = {id: person.full_name for id in publishers if (person := at.session.get(PersonRow, id))}
    asked = {row.id: read_checklist(at.session, row.id) for rows in by_key.values() for row in rows}
    return render_template(
        "checklists/list.html", by_key=by_key, names=names, asked=asked, levels=LEVELS, kinds=KINDS
    )


@bp.get("/checklists/<int:version_id>")
@open_to(Act.PUBLISH_CHECKLISTS, Act.PLAN)
def show_version(version_id: int) -> Response:
    """The criteria of a version, in the order of the form, with the text of their law on a day."""
    at = desk()
    row = get_version(at.session, version_id)
    checklist = read_checklist(at.session, version_id)
    day, fault = at.today, ""
    try:
        day = date.fromisoformat(request.args.get("day", "").strip() or at.today.isoformat())
    except ValueError:
        fault = _("Ngày chưa đúng; hãy ghi dạng năm-tháng-ngày, ví dụ 2025-06-30.")
    page = render_template(
        "checklists/detail.html",
        row=row,
        checklist=checklist,
        day=day,
        fault=fault,
        laws=laws_of(at.session, checklist, day),
        is_criterion=lambda question: isinstance(question, Criterion),
        levels=LEVELS,
        kinds=KINDS,
        severities=SEVERITIES,
        photo_rules=PHOTO_RULES,
    )
    return make_response(page, 400 if fault else 200)


@bp.get("/checklists/<int:version_id>/source")
@open_to(Act.PUBLISH_CHECKLISTS, Act.PLAN)
def source(version_id: int) -> Response:
    """The definition as it was published, byte for byte."""
    row = get_version(db(), version_id)
    return _file(row, row.source, "application/octet-stream", row.source_name.rpartition(".")[2] or "md")


@bp.get("/checklists/<int:version_id>/xform")
@open_to(Act.PUBLISH_CHECKLISTS, Act.PLAN)
def xform(version_id: int) -> Response:
    row = get_version(db(), version_id)
    return _file(row, row.xform, "application/xml", "xml")


def _file(row: ChecklistVersionRow, data: bytes, media_type: str, suffix: str) -> Response:
    response = Response(data, content_type=media_type)
    name = f"{row.checklist.key}_{row.version}.{suffix}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
