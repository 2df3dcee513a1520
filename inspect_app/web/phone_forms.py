"""The blank checklist that phones keep and fill by themselves: the very page the server draws, with nobody in it."""

import hashlib
from datetime import date

from flask import Blueprint, Response, make_response, render_template, url_for
from flask_babel import get_locale

from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, NotFound
from inspect_app.operations.desk import Desk
from inspect_app.storage.checklists import ChecklistVersionRow, find_version, laws_of, read_checklist

from .access import open_to
from .checklist_page import form_context
from .services import desk
from .static_files import asset
from .visit_facts import form_name

bp = Blueprint("phone_forms", __name__, url_prefix="/phone/form")

_drawn: dict[
    tuple[object, ...], str
] = {}  # by all that the page depends on; a process draws each form once a day


@bp.get("/<key>/<version>/<level>")
@open_to(Act.INSPECT)
def form(key: str, version: str, level: str) -> Response:
    at = desk()
    row = find_version(at.session, key, version)
    if row is None or level not in row.levels.split():
        raise NotFound(N_("Không tìm thấy phiên bản biểu mẫu này."))
    return make_response(draw(at, row, level))


def describe_form(at: Desk, row: ChecklistVersionRow, level: str) -> dict[str, str]:
    """Name, address and hash by which a phone fetches a blank form and proves that it has it."""
    page = draw(at, row, level)
    address = url_for("phone_forms.form", key=row.checklist.key, version=row.version, level=level)
    name = form_name(read_checklist(at.session, row.id), level)
    return {"form": name, "url": address, "sha256": hashlib.sha256(page.encode()).hexdigest()}


def draw(at: Desk, row: ChecklistVersionRow, level: str) -> str:
    """The page as it is today: the law texts are those of the day, and what is not asked any more is left out."""
    asked = read_checklist(at.session, row.id).for_visit(level, at.today)
    laws = laws_of(at.session, asked, at.today)
    database = str(at.session.get_bind().engine.url)
    known = (
        database,
        row.id,
        level,
        at.today,
        str(get_locale()),
        asset("js/phone/form.js"),
        tuple(laws.items()),
    )
    if known not in _drawn:
        for old in [one for one in _drawn if _day_of(one) != at.today]:
            del _drawn[old]
        context = form_context(
            asked, inspection=None, answers={}, photos=[], faults=[], returned_comments={}, laws=laws, bodies=[],
            show_all=False, submission_id="", replaces=None, now=at.now.astimezone(at.zone),
        )  # fmt: skip
        _drawn[known] = render_template(
            "inspect/form.html", **context, visit=None, store=None, impersonal=True
        )
    return _drawn[known]


def _day_of(known: tuple[object, ...]) -> date:
    day = known[3]
    assert isinstance(day, date)
    return day
