"""The dated table of law, for the administrator: what a criterion rests on, in force from when to when."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateField, StringField, TextAreaField

from inspect_app.domain.people import Act
from inspect_app.domain.problems import Problem
from inspect_app.domain.text import fold, search_text
from inspect_app.operations import law
from inspect_app.storage.checklists import LawRow
from inspect_app.storage.checklists import list_law as all_law
from inspect_app.storage.law_table import citing_criteria, get_law

from .access import open_to
from .errors import say, say_fields
from .services import desk

bp = Blueprint("law", __name__)

DAY_FORMATS = [
    "%Y-%m-%d",
    "%d/%m/%Y",
]  # as browsers send it, and as a person types it where there is no picker


class LawScreen(FlaskForm):  # type: ignore[misc]
    key = StringField(_l("Mã căn cứ"))
    text = TextAreaField(_l("Căn cứ"))
    note = StringField(_l("Ghi chú"))
    valid_from = DateField(_l("Có hiệu lực từ ngày"), format=DAY_FORMATS)
    valid_to = DateField(_l("Hết hiệu lực từ ngày (để trống nếu còn)"), format=DAY_FORMATS)
    ends_previous = BooleanField(_l("Kết thúc dòng đang mở của mã này vào ngày đó"))

    def wanted(self) -> law.WantedLaw:
        return law.WantedLaw(
            self.key.data or "", self.text.data or "", self.note.data or "", self.valid_from.data,
            self.valid_to.data, bool(self.ends_previous.data),
        )  # fmt: skip


@dataclass(frozen=True)
class KeyOfLaw:
    """All rows of one key, the newest first, with the criteria that cite it."""

    key: str
    rows: tuple[LawRow, ...]
    criteria: tuple[str, ...]
    gap: bool  # cited, but without text today


@bp.get("/law")
@open_to(Act.MANAGE_LAW)
def list_law() -> str:
    at = desk()
    query = request.args.get("q", "").strip()
    cited = citing_criteria(at.session)
    by_key: dict[str, list[LawRow]] = {}
    for row in all_law(at.session):
        by_key.setdefault(row.key, []).insert(0, row)
    keys = [
        KeyOfLaw(key, tuple(rows), codes, bool(codes) and not any(_holds(row, at.today) for row in rows))
        for key, rows in by_key.items()
        if _fits(key, rows, codes := tuple(cited.get(key, ())), query)
    ]
    return render_template(
        "law/list.html",
        keys=keys,
        query=query,
        today=at.today,
        holds=_holds,
        orphans=sorted(set(cited) - set(by_key)),
    )


def _holds(row: LawRow, day: date) -> bool:
    return row.valid_from <= day and (row.valid_to is None or day < row.valid_to)


def _fits(key: str, rows: list[LawRow], codes: tuple[str, ...], query: str) -> bool:
    text = search_text(" ".join([key, *codes, *(f"{row.text} {row.note}" for row in rows)]))
    return all(word in text for word in fold(query).split())


@bp.route("/law/new", methods=["GET", "POST"])
@open_to(Act.MANAGE_LAW)
def new_law() -> Response | str:
    at = desk()
    screen = LawScreen(data={"key": request.args.get("key", ""), "ends_previous": "key" in request.args})
    if request.method == "GET":
        return render_template("law/form.html", screen=screen, row=None, faults={})
    try:
        row = law.add_law(at, screen.wanted())
    except Problem as problem:
        return _refused(screen, None, problem)
    flash(_("Đã thêm căn cứ mang mã %(key)s.", key=row.key))
    return redirect(url_for("law.list_law", q=row.key), 303)


@bp.route("/law/<int:law_id>", methods=["GET", "POST"])
@open_to(Act.MANAGE_LAW)
def edit_law(law_id: int) -> Response | str:
    """Correct the wording, or say when the row ends: two buttons, two acts."""
    at = desk()
    row = get_law(at.session, law_id)
    screen = LawScreen(data={"text": row.text, "note": row.note, "valid_to": row.valid_to})
    if request.method == "GET":
        return render_template("law/form.html", screen=screen, row=row, faults={})
    try:
        if request.form.get("action") == "end":
            if screen.valid_to.data is None and (request.form.get("valid_to") or "").strip():
                return _unread_day(screen, row)
            law.end_law(at, law_id, screen.valid_to.data)
        else:
            law.correct_law(at, law_id, screen.text.data or "", screen.note.data or "")
    except Problem as problem:
        return _refused(screen, row, problem)
    flash(_("Đã lưu căn cứ mang mã %(key)s.", key=row.key))
    return redirect(url_for("law.list_law", q=row.key), 303)


def _unread_day(screen: LawScreen, row: LawRow) -> Response:
    """An unreadable day must not be taken for no day: that would open the row for ever."""
    faults = {"valid_to": _("Ngày chưa đúng; hãy ghi dạng 01/07/2025.")}
    return make_response(render_template("law/form.html", screen=screen, row=row, faults=faults), 422)


def _refused(screen: LawScreen, row: LawRow | None, problem: Problem) -> Response:
    faults = say_fields(problem)
    if problem.status == 409:  # the sentence itself says which row is in the way
        faults = dict.fromkeys(problem.fields or {"valid_from": ""}, say(problem))
        faults = {"valid_to" if row else name: text for name, text in faults.items()}
    page = render_template("law/form.html", screen=screen, row=row, faults=faults or {"text": say(problem)})
    return make_response(page, 422 if problem.status == 400 else problem.status)
