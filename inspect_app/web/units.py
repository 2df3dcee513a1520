"""Administrative units, for the administrator: the tree of any day, a unit's history, loading a resolution.

Between the dry run and the button that loads, both files stay in the page, signed, together with the edition of the
units they were compared with: what is loaded is byte for byte what was shown, on any server, with nothing kept here.
"""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response
from wtforms import FileField, HiddenField

from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, BadValue, Conflict, NotFound, Problem
from inspect_app.domain.resolution_rows import SUCCESSIONS_FILE, UNITS_FILE, RowFault
from inspect_app.operations import units as loading
from inspect_app.storage.units import get_edition

from . import unit_history
from .access import open_to
from .errors import say
from .services import desk, fresh_desk
from .unit_picker import name_of, place_of

bp = Blueprint("units", __name__)

LARGEST = 2 * 1024 * 1024  # bytes of one file: all units of the country are less
LONGEST_SEAL = 400_000  # letters of both files packed and signed; a form field may not hold more than 500,000
SEAL_LASTS = 24 * 3600  # seconds
MOST_FOUND = 100


class LoadScreen(FlaskForm):  # type: ignore[misc]
    units = FileField(_l("Tệp đơn vị (units.csv)"))
    successions = FileField(_l("Tệp quan hệ cũ – mới (successions.csv)"))


class ConfirmScreen(FlaskForm):  # type: ignore[misc]
    sealed = HiddenField()


@dataclass(frozen=True)
class Sealed:
    """Two files of a resolution as shown in a dry run against `edition` of the units."""

    units: bytes
    successions: bytes
    edition: int

    def seal(self) -> str:
        texts = [self.units.decode("latin-1"), self.successions.decode("latin-1")]  # any bytes, unchanged
        return _serializer().dumps([current_user.person_id, self.edition, *texts])

    @classmethod
    def open(cls, sealed: str) -> "Sealed":
        try:
            person_id, edition, units, successions = _serializer().loads(sealed, max_age=SEAL_LASTS)
        except BadSignature:
            raise Conflict(
                N_("Bản xem thử đã hết hạn hoặc bị thay đổi. Hãy chọn tệp và xem thử lại.")
            ) from None
        if person_id != current_user.person_id:
            raise Conflict(N_("Bản xem thử này của người khác. Hãy chọn tệp và xem thử lại."))
        return cls(units.encode("latin-1"), successions.encode("latin-1"), edition)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="resolution")


@bp.get("/units")
@open_to(Act.MANAGE_UNITS)
def list_units() -> Response:
    at = desk()
    query = request.args.get("q", "").strip()
    day, fault = _day(at.today)
    units = at.gazetteer.search(query, day, MOST_FOUND) if query else []
    counts = {level: len(at.gazetteer.in_force(day, level)) for level in unit_history.LEVEL_LABELS}
    page = render_template(
        "units/list.html",
        day=day,
        today=at.today,
        query=query,
        fault=fault,
        found=[(unit, name_of(unit), place_of(at.gazetteer, unit, day)) for unit in units],
        most=MOST_FOUND,
        roots=[] if query else unit_history.tree(at.gazetteer, day),
        counts=counts,
        levels=unit_history.LEVEL_LABELS,
        first_day=at.gazetteer.first_day,
    )
    return make_response(page, 400 if fault else 200)


def _day(today: date) -> tuple[date, str]:
    text = request.args.get("day", "").strip()
    try:
        return (date.fromisoformat(text) if text else today), ""
    except ValueError:
        return today, _("Ngày chưa đúng; hãy ghi dạng năm-tháng-ngày, ví dụ 2025-06-30.")


@bp.get("/units/<code>/<start>")
@open_to(Act.MANAGE_UNITS)
def show_unit(code: str, start: str) -> str:
    """One unit as it was in force: where it lay, what it came from, what became of it, what lies in it."""
    at = desk()
    try:
        unit = at.gazetteer.by_key((code, date.fromisoformat(start)))
    except ValueError:
        raise NotFound(N_("Không tìm thấy đơn vị hành chính này.")) from None
    day = at.today if unit.holds_on(at.today) else unit.valid_from
    namesakes = [other for other in at.gazetteer.bearing(code) if other != unit]
    return render_template(
        "units/detail.html",
        unit=unit,
        name=name_of(unit),
        place=place_of(at.gazetteer, unit, day),
        day=day,
        name_of=name_of,
        came_from=unit_history.came_from(at.gazetteer, unit),
        became=unit_history.became(at.gazetteer, unit),
        below=unit_history.below_on(at.gazetteer, unit, day),
        former=at.gazetteer.ordered(home for home in at.gazetteer.district_area(unit) if home != unit),
        namesakes=namesakes,
        moves=unit_history.MOVES,
        levels=unit_history.LEVEL_LABELS,
    )


@bp.route("/units/load", methods=["GET", "POST"])
@open_to(Act.MANAGE_UNITS)
def load() -> Response | str:
    """Choose the two files; the answer of the post is the dry run. Nothing is written here."""
    screen = LoadScreen()
    if request.method == "GET":
        return render_template("units/load.html", screen=screen, faults={}, rows=[])
    try:
        units, successions = _bytes("units"), _bytes("successions")
        with fresh_desk(
            writing=False
        ) as at:  # although this is a post: it may take a second and writes nothing
            sealed = Sealed(units, successions, get_edition(at.session, "units"))
            difference, faults = loading.try_resolution(at.session, units, successions)
        seal = "" if faults else sealed.seal()
        if len(seal) > LONGEST_SEAL:
            raise BadValue(
                N_("Hai tệp quá lớn để xem thử trên trang này. Hãy nhờ quản trị máy chủ nạp bằng lệnh."),
                fields={"units": N_("Hai tệp quá lớn.")},
            )
    except Problem as problem:
        fields = {name: _(text) for name, text in problem.fields.items()} or {"units": say(problem)}
        return make_response(render_template("units/load.html", screen=screen, faults=fields, rows=[]), 422)
    if faults or difference is None:
        page = render_template("units/load.html", screen=screen, faults={}, rows=_by_file(faults))
        return make_response(page, 422)
    confirm = ConfirmScreen(formdata=None, sealed=seal)
    page = render_template(
        "units/difference.html", difference=difference, screen=confirm, levels=unit_history.LEVEL_LABELS
    )
    return make_response(page)


@bp.post("/units/load/confirm")
@open_to(Act.MANAGE_UNITS)
def confirm_load() -> Response:
    """Load what the dry run showed, all or nothing."""
    at, shown = desk(), Sealed.open(ConfirmScreen().sealed.data or "")
    planned = loading.load_resolution(
        at.session, at.now, current_user.person_id, shown.units, shown.successions, seen=shown.edition
    )
    flash(
        _(
            "Đã nạp: %(added)s đơn vị mới, %(closed)s đơn vị hết hiệu lực, %(moves)s quan hệ.",
            added=len(planned.added), closed=len(planned.closed), moves=len(planned.successions),
        )
    )  # fmt: skip
    return redirect(url_for("units.list_units"), 303)


def _bytes(name: str) -> bytes:
    file = request.files.get(name)
    data = file.read(LARGEST + 1) if file else b""
    if not data:
        raise BadValue(N_("Hãy chọn đủ hai tệp."), fields={name: N_("Hãy chọn tệp này.")})
    if len(data) > LARGEST:
        raise BadValue(N_("Tệp lớn hơn 2 MB."), fields={name: N_("Tệp lớn hơn 2 MB.")})
    return data


def _by_file(faults: list[RowFault]) -> list[tuple[str, list[RowFault]]]:
    names = (UNITS_FILE, SUCCESSIONS_FILE)
    return [
        (name, [fault for fault in faults if fault.file == name])
        for name in names
        if any(f.file == name for f in faults)
    ]
