"""Acts of an administrator on accounts. Nobody, not even the administrator, can read or choose another's password."""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from inspect_app.domain.people import Role
from inspect_app.domain.problems import N_, BadValue, Conflict
from inspect_app.domain.text import nfc
from inspect_app.storage import audit
from inspect_app.storage.people import PersonAreaRow, PersonRow, find_person, wait_for_own_acts
from inspect_app.storage.units import get_gazetteer

from .signing_in import make_activation

USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,39}")
LONGEST_NAME = 120
LONGEST_POSITION = 160


@dataclass(frozen=True)
class Wanted:
    """An account as the administrator wants it.

    `areas` are codes of units in force today; `kept` are ids of units the person holds already and keeps although
    a resolution has ended them.
    """

    username: str
    full_name: str
    position: str
    role: Role | None  # None: not chosen, which is a fault
    areas: tuple[str, ...]
    kept: tuple[int, ...] = ()


def add_person(session: Session, now: datetime, by: int | None, wanted: Wanted, zone: ZoneInfo) -> PersonRow:
    """Add an account without a password; BadValue with `fields` for all that is wrong, Conflict for a taken name.

    The very same account, which nobody has used yet, is given again: a double click is no fault.
    """
    username = wanted.username.strip().lower()
    faults = _faults(session, wanted, now, zone, held=set())
    if not USERNAME.fullmatch(username):
        hint = N_("Dùng 3 đến 40 chữ thường không dấu, số, dấu chấm hoặc gạch.")
        faults = {"username": hint, **faults}
    if faults or wanted.role is None:
        raise BadValue(N_("Thông tin tài khoản chưa đúng."), fields=faults)
    if by is not None:
        wait_for_own_acts(session, by)
    known = find_person(session, username)
    if known is not None and _is_new_and_same(session, known, wanted, now, zone):
        return known
    if known is not None:
        raise Conflict(
            N_("Tên đăng nhập này đã có."),
            fields={"username": N_("Tên này đã có người dùng. Hãy chọn tên khác.")},
        )
    person = PersonRow(username=username, full_name="", role=wanted.role.value, created_at=now)
    session.add(person)
    _describe(session, person, wanted, now, zone)
    audit.record(session, now, by, "person_added", "person", person.id, role=wanted.role.value)
    return person


def change_person(
    session: Session, now: datetime, by: int | None, person: PersonRow, seen_version: int, wanted: Wanted, zone: ZoneInfo
) -> None:  # fmt: skip
    """Change name, position, role and areas; they hold from the person's next request on. The username stays.

    Conflict if another administrator has changed the account since the version that was seen.
    """
    session.refresh(person, with_for_update=True)
    if person.version != seen_version:
        raise Conflict(
            N_("Người khác vừa sửa tài khoản này. Chưa có gì bị ghi đè: hãy mở lại tài khoản rồi sửa.")
        )
    faults = _faults(session, wanted, now, zone, held={area.unit_id for area in person.areas})
    if faults or wanted.role is None:
        raise BadValue(N_("Thông tin tài khoản chưa đúng."), fields=faults)
    if by is not None and by == person.id and wanted.role.value != person.role:
        # The last administrator could lock everybody out of this very page.
        raise Conflict(
            N_("Không thể tự đổi vai trò của mình."),
            fields={"role": N_("Hãy nhờ một quản trị viên khác đổi vai trò của bạn.")},
        )
    before = {"role": person.role, "areas": sorted(area.unit_id for area in person.areas)}
    person.role = wanted.role.value
    person.version += 1
    _describe(session, person, wanted, now, zone)
    after = {"role": person.role, "areas": sorted(area.unit_id for area in person.areas)}
    audit.record(session, now, by, "person_changed", "person", person.id, before=before, after=after)


def _faults(
    session: Session, wanted: Wanted, now: datetime, zone: ZoneInfo, held: set[int]
) -> dict[str, str]:
    faults: dict[str, str] = {}
    full_name = nfc(wanted.full_name).strip()
    if not full_name:
        faults["full_name"] = N_("Hãy ghi họ tên.")
    elif len(full_name) > LONGEST_NAME:
        faults["full_name"] = N_("Họ tên quá dài.")
    if len(nfc(wanted.position).strip()) > LONGEST_POSITION:
        faults["position"] = N_("Chức vụ quá dài.")
    if wanted.role is None:
        faults["role"] = N_("Hãy chọn một vai trò.")
    gazetteer, today = get_gazetteer(session), now.astimezone(zone).date()
    known = all(gazetteer.on(code, today) for code in wanted.areas) and set(wanted.kept) <= held
    if not known or not (wanted.areas or wanted.kept):
        faults["areas"] = N_("Hãy chọn ít nhất một đơn vị hiện hành.")
    return faults


def _is_new_and_same(
    session: Session, known: PersonRow, wanted: Wanted, now: datetime, zone: ZoneInfo
) -> bool:
    gazetteer, today = get_gazetteer(session), now.astimezone(zone).date()
    units = [gazetteer.on(code, today) for code in wanted.areas]
    return (
        known.active
        and known.password_hash is None
        and (known.role, known.full_name, known.position)
        == (wanted.role, nfc(wanted.full_name).strip(), nfc(wanted.position).strip())
        and {area.unit_id for area in known.areas} == {unit.id for unit in units if unit}
    )


def _describe(session: Session, person: PersonRow, wanted: Wanted, now: datetime, zone: ZoneInfo) -> None:
    gazetteer, today = get_gazetteer(session), now.astimezone(zone).date()
    units = [gazetteer.on(code, today) for code in wanted.areas]
    ids = {unit.id for unit in units if unit} | set(wanted.kept)
    person.full_name = nfc(wanted.full_name).strip()
    person.position = nfc(wanted.position).strip()
    person.areas = [area for area in person.areas if area.unit_id in ids] + [
        PersonAreaRow(unit_id=unit_id) for unit_id in sorted(ids - {area.unit_id for area in person.areas})
    ]
    session.flush()


def new_link(session: Session, now: datetime, by: int | None, person: PersonRow) -> str:
    """A fresh one-time token; the old password keeps working until the link is used."""
    if not person.active:
        raise Conflict(N_("Tài khoản đang khóa. Hãy mở khóa trước khi tạo liên kết."))
    token = make_activation(session, now, person)
    audit.record(session, now, by, "link_made", "person", person.id)
    return token


def set_active(session: Session, now: datetime, by: int | None, person: PersonRow, *, active: bool) -> None:
    """Disable or enable an account; disabling ends every session of it at once."""
    if by is not None and by == person.id and not active:
        raise Conflict(N_("Không thể tự khóa tài khoản của mình."))
    person.active = active
    person.session_epoch += 1
    audit.record(session, now, by, "person_enabled" if active else "person_disabled", "person", person.id)
    session.flush()
