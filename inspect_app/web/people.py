"""Accounts, for the administrator: who, with which role, for which area; one-time links, never a password."""

from dataclasses import dataclass

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice

from inspect_app.domain.people import ROLE_LABELS, Act, Role
from inspect_app.domain.problems import N_, Problem
from inspect_app.domain.text import fold, nfc, search_text
from inspect_app.domain.units import Unit
from inspect_app.operations import people
from inspect_app.operations.desk import Desk
from inspect_app.storage.people import PersonRow, get_person
from inspect_app.storage.people import list_people as all_people

from .access import open_to
from .errors import say, say_fields
from .language import term
from .services import desk, services
from .unit_picker import choice, found, name_of, place_of

bp = Blueprint("people", __name__)

WHAT_ROLES_DO: dict[Role, str] = {
    Role.ADMIN: N_("Quản lý người dùng, đơn vị, căn cứ pháp lý; không rà soát phát hiện."),
    Role.HEAD: N_("Lập đợt kiểm tra, giao đoàn, rà soát; thấy mọi cuộc đột xuất đã lập."),
    Role.REVIEWER: N_("Rà soát phát hiện, xuất danh sách; không thấy cuộc đột xuất chưa bắt đầu."),
    Role.INSPECTOR: N_("Điền phiếu kiểm tra tại đơn vị, chụp ảnh minh chứng."),
    Role.INTERNAL_AFFAIRS: N_("Đọc danh sách và tổng hợp, không xem ảnh."),
    Role.LEADER: N_("Đọc tổng hợp, danh sách, ảnh và kế hoạch kiểm tra."),
    Role.UNIT_OFFICER: N_("Chỉ thấy phát hiện đã xác nhận của đơn vị mình."),
}


class PersonScreen(FlaskForm):  # type: ignore[misc]
    username = StringField(_l("Tên đăng nhập"))
    full_name = StringField(_l("Họ tên"))
    position = StringField(_l("Chức vụ"))
    role = RadioField(_l("Vai trò"), choices=[SelectChoice(role.value, role.value) for role in Role])
    areas = SelectMultipleField(_l("Địa bàn"))
    kept = SelectMultipleField()
    find = StringField(_l("Tìm đơn vị để thêm"))
    version = HiddenField()

    def wanted(self) -> people.Wanted:
        role = Role(self.role.data) if self.role.data in list(Role) else None
        return people.Wanted(
            nfc(self.username.data or ""), self.full_name.data or "", self.position.data or "", role,
            tuple(dict.fromkeys(self.areas.data or ())),
            tuple(int(id) for id in self.kept.data or () if id.isdecimal()),
        )  # fmt: skip


@dataclass(frozen=True)
class HeldUnit:
    """A unit a person holds although it is in force no more."""

    id: int
    label: str
    note: str
    checked: bool


@bp.get("/people")
@open_to(Act.MANAGE_PEOPLE)
def list_people() -> str:
    at = desk()
    query = request.args.get("q", "").strip()
    rows = [row for row in all_people(at.session) if _fits(row, query)]
    areas = {row.id: [name_of(unit) for unit in _units(at, row)] for row in rows}
    return render_template(
        "people/list.html", rows=rows, areas=areas, query=query, roles=ROLE_LABELS, Role=Role
    )


def _fits(row: PersonRow, query: str) -> bool:
    text = search_text(f"{row.username} {row.full_name} {row.position} {term(ROLE_LABELS[Role(row.role)])}")
    return all(word in text for word in fold(query).split())


def _units(at: Desk, row: PersonRow) -> list[Unit]:
    return list(at.gazetteer.ordered(at.gazetteer.by_id(area.unit_id) for area in row.areas))


@bp.route("/people/new", methods=["GET", "POST"])
@open_to(Act.MANAGE_PEOPLE)
def new_person() -> Response | str:
    screen, at = PersonScreen(), desk()
    if request.method == "GET" or request.form.get("action") == "find":
        return _form(at, screen, None)
    try:
        person = people.add_person(
            at.session, at.now, current_user.person_id, screen.wanted(), services().settings.timezone
        )
    except Problem as problem:
        return _refused(at, screen, None, problem)
    token = people.new_link(at.session, at.now, current_user.person_id, person)
    return _link_page(person, token, made=True)


@bp.route("/people/<int:person_id>", methods=["GET", "POST"])
@open_to(Act.MANAGE_PEOPLE)
def edit_person(person_id: int) -> Response | str:
    at = desk()
    person = get_person(at.session, person_id)
    screen = PersonScreen(data=_filled(at, person))
    if request.method == "GET" or request.form.get("action") == "find":
        return _form(at, screen, person)
    seen = request.form.get("version", 0, type=int)
    try:
        people.change_person(
            at.session, at.now, current_user.person_id, person, seen, screen.wanted(), at.zone
        )
    except Problem as problem:
        return _refused(at, screen, person, problem)
    flash(_("Đã lưu tài khoản %(username)s.", username=person.username))
    return redirect(url_for("people.list_people"), 303)


@bp.post("/people/<int:person_id>/link")
@open_to(Act.MANAGE_PEOPLE)
def new_link(person_id: int) -> Response:
    at = desk()
    person = get_person(at.session, person_id)
    return _link_page(person, people.new_link(at.session, at.now, current_user.person_id, person), made=False)


@bp.post("/people/<int:person_id>/active")
@open_to(Act.MANAGE_PEOPLE)
def set_active(person_id: int) -> Response:
    """Disable or enable; a disabled person is out at the next request."""
    at = desk()
    person = get_person(at.session, person_id)
    active = request.form.get("active") == "1"
    people.set_active(at.session, at.now, current_user.person_id, person, active=active)
    flash(
        _("Đã mở khóa tài khoản %(username)s.", username=person.username)
        if active
        else _(
            "Đã khóa tài khoản %(username)s. Mọi thiết bị đang dùng bị đăng xuất ngay.",
            username=person.username,
        )
    )
    return redirect(url_for("people.edit_person", person_id=person.id), 303)


def _link_page(person: PersonRow, token: str, *, made: bool) -> Response:
    """The link, shown this once: only its hash is kept."""
    address = services().settings.base_url + url_for("sign_in.activate", token=token)
    response = make_response(render_template("people/link.html", person=person, address=address, made=made))
    response.headers["Cache-Control"] = "no-store"
    return response


def _filled(at: Desk, person: PersonRow) -> dict[str, object]:
    units = _units(at, person)
    return {
        "version": person.version,
        "username": person.username,
        "full_name": person.full_name,
        "position": person.position,
        "role": person.role,
        "areas": [unit.code for unit in units if unit.holds_on(at.today)],
        "kept": [str(unit.id) for unit in units if not unit.holds_on(at.today)],
    }


def _refused(at: Desk, screen: PersonScreen, person: PersonRow | None, problem: Problem) -> Response:
    faults = say_fields(problem) or {"username": say(problem)}
    page = _form(at, screen, person, faults)
    return make_response(page, 422 if problem.status == 400 else problem.status)


def _form(
    at: Desk, screen: PersonScreen, person: PersonRow | None, faults: dict[str, str] | None = None
) -> str:
    chosen = [code for code in screen.areas.data or () if at.gazetteer.on(code, at.today)]
    units = at.gazetteer.ordered(unit for code in chosen if (unit := at.gazetteer.on(code, at.today)))
    query = (screen.find.data or "").strip()
    return render_template(
        "people/form.html",
        screen=screen,
        person=person,
        faults=faults or {},
        query=query,
        chosen=[choice(at.gazetteer, unit, at.today, chosen) for unit in units],
        found=found(at.gazetteer, query, at.today, chosen) if query else [],
        held=_held(at, screen, person),
        roles=[(role.value, term(label), term(WHAT_ROLES_DO[role])) for role, label in ROLE_LABELS.items()],
    )


def _held(at: Desk, screen: PersonScreen, person: PersonRow | None) -> list[HeldUnit]:
    units = [unit for unit in _units(at, person) if not unit.holds_on(at.today)] if person else []
    ticked = set(screen.kept.data or ())
    return [
        HeldUnit(unit.id, name_of(unit), place_of(at.gazetteer, unit, at.today), str(unit.id) in ticked)
        for unit in units
    ]
