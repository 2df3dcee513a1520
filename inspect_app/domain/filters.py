"""The filters of the violation list and the totals: what an address may say, read strictly, and written back.

The same parameters for page, CSV, XLSX, ZIP and JSON (CONTRACT, "JSON"). Codes of units are read on the map day
(`filter_places.py`); here only their form is judged.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any
from uuid import UUID

from .findings import CAUSES, GROUPS, SEVERITIES, STATES
from .inspections import KINDS
from .problems import N_, BadValue
from .sentences import Sentence
from .text import nfc

THEN = "then"
NOT_RECORDED = "none"  # of cause and responsible: the row "(không ghi)" of the totals
EVERY_STATE = "all"
LONGEST_TEXT = 200

LABELS = {  # of the parameters, as screens say them
    "map": N_("Bản đồ"),
    "from": N_("Từ ngày"),
    "to": N_("Đến ngày"),
    "province": N_("Tỉnh"),
    "district": N_("Huyện"),
    "commune": N_("Xã"),
    "kind": N_("Hình thức"),
    "criterion": N_("Tiêu chí"),
    "group": N_("Nhóm tiêu chí"),
    "severity": N_("Mức độ"),
    "cause": N_("Nguyên nhân"),
    "responsible": N_("Chịu trách nhiệm"),
    "state": N_("Trạng thái"),
    "inspection": N_("Cuộc kiểm tra"),
    "repeat": N_("Tái diễn"),
    "q": N_("Có chữ"),
}

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CRITERION = re.compile(r"([A-Z]{2})-[0-9]{2}")
_PLACE = re.compile(r"(undetermined:)?([0-9]{1,5})(?:@([0-9]{4}-[0-9]{2}-[0-9]{2}))?")
_GAP = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is of. Values of one word are alternatives, the words narrow each other; () means any.

    `map_day` None means "then": every record in the units of its own day. Fields of several values bear the names of
    their parameters, and their values are sorted, so that equal filters are equal.
    """

    map_day: date | None
    from_day: date | None = None
    to_day: date | None = None
    province: tuple[str, ...] = ()
    district: tuple[str, ...] = ()
    commune: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    criterion: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    severity: tuple[int, ...] = ()
    cause: tuple[str, ...] = ()  # "" is: not recorded
    responsible: tuple[str, ...] = ()  # as recorded; "" is: not recorded
    state: tuple[str, ...] = ()
    inspection: tuple[str, ...] = ()  # ids, to drill down
    repeat: bool = False
    text: str = ""

    @property
    def names_units(self) -> bool:
        return bool(self.province or self.district or self.commune)

    @property
    def names_findings(self) -> bool:
        """Whether anything narrows findings beyond the properties of their inspection (visits are counted apart)."""
        words = (self.criterion, self.group, self.severity, self.cause, self.responsible)
        return any(words) or self.repeat or bool(self.text)


def parse_filters(
    parameters: Mapping[str, Sequence[str]], today: date, *, default_states: Iterable[str] = ()
) -> Filters:
    """Read the parameters of an address. Empty values count as absent, unknown names are left alone.

    BadValue names the parameter in its `fields`. Of map, from, to the last value counts, so that a form may offer
    a choice and a free field side by side.
    """
    given = {name: [nfc(value).strip() for value in values] for name, values in parameters.items()}
    given = {name: [value for value in values if value] for name, values in given.items()}
    several: dict[str, Any] = {
        name: tuple(sorted({read(name, value) for value in given.get(name, ())}))
        for name, read in _READERS.items()
    }
    if given.get("state"):
        several["state"] = _states(given["state"])
    else:
        several["state"] = tuple(sorted(default_states))
    found = Filters(
        map_day=_map_day(given, today),
        from_day=_last_day(given, "from"),
        to_day=_last_day(given, "to"),
        repeat=_flag(given, "repeat"),
        text=_text(given),
        **several,
    )
    if found.from_day and found.to_day and found.from_day > found.to_day:
        raise refused("to", N_("Ngày cuối của kỳ đứng trước ngày đầu."))
    return found


def to_query(filters: Filters, today: date, *, default_states: Iterable[str] = ()) -> list[tuple[str, str]]:
    """The shortest parameters that mean `filters`, in one fixed order: parse_filters reads them back as they were.

    The map of today is left out, so that a saved address means the map of the day it is opened.
    """
    query: list[tuple[str, str]] = []
    if filters.map_day != today:
        query.append(("map", filters.map_day.isoformat() if filters.map_day else THEN))
    query += [("from", filters.from_day.isoformat())] if filters.from_day else []
    query += [("to", filters.to_day.isoformat())] if filters.to_day else []
    for name in _READERS:
        if name != "state":
            query += [(name, str(value) or NOT_RECORDED) for value in getattr(filters, name)]
    if set(filters.state) != set(default_states):
        query += [("state", state) for state in filters.state or (EVERY_STATE,)]
    query += [("repeat", "1")] if filters.repeat else []
    query += [("q", filters.text)] if filters.text else []
    return query


def without(filters: Filters, name: str, value: str | None = None) -> Filters:
    """The filters less one value of a field, or less the whole field."""
    if value is not None and isinstance(getattr(filters, name), tuple):
        kept = tuple(other for other in getattr(filters, name) if str(other) != value)
        changes: dict[str, Any] = {name: kept}
        return replace(filters, **changes)
    unset: dict[str, Any] = {field.name: field.default for field in fields(Filters)}
    return replace(filters, **{name: unset[name]})


@dataclass(frozen=True, slots=True)
class PlaceCode:
    """A value of province, district or commune: a code, or exactly one row of a table (`key_day`: valid_from)."""

    code: str
    key_day: date | None = None
    undetermined: bool = False

    def __str__(self) -> str:
        key = f"@{self.key_day.isoformat()}" if self.key_day else ""
        return f"{'undetermined:' if self.undetermined else ''}{self.code}{key}"


def read_place(name: str, value: str) -> PlaceCode:
    """ "21040", "21040@2025-07-01", "undetermined:21049@2020-02-01"; BadValue for anything else."""
    found = _PLACE.fullmatch(value)
    if not found or (found[1] and not found[3]):
        raise refused(name, N_("“%(value)s” không phải là mã đơn vị hành chính."), value=value)
    return PlaceCode(found[2], _day(name, found[3]) if found[3] else None, bool(found[1]))


def refused(name: str, message: str, **params: object) -> BadValue:
    """The refusal of a parameter: in its `fields` by name, in its sentence by the word on the screen."""
    reason, label = Sentence(message, **params), Sentence(LABELS.get(name, name))
    return BadValue(
        N_("Điều kiện lọc “%(label)s” chưa đúng: %(reason)s"),
        fields={name: reason},
        label=label,
        reason=reason,
    )


def _place(name: str, value: str) -> str:
    return str(read_place(name, value))


def _one_of(known: Iterable[str]) -> Callable[[str, str], str]:
    known = frozenset(known)

    def read(name: str, value: str) -> str:
        if value not in known:
            raise refused(name, N_("Không có giá trị “%(value)s”."), value=value)
        return value

    return read


def _or_none(read: Callable[[str, str], str]) -> Callable[[str, str], str]:
    return lambda name, value: "" if value == NOT_RECORDED else read(name, value)


def _criterion(name: str, value: str) -> str:
    code = value.upper()
    found = _CRITERION.fullmatch(code)
    if not found or found[1] not in GROUPS:
        raise refused(name, N_("“%(value)s” không phải là mã tiêu chí; ví dụ: NY-01."), value=value)
    return code


def _severity(name: str, value: str) -> int:
    if not (value.isascii() and value.isdecimal() and int(value) in SEVERITIES):
        raise refused(name, N_("Mức độ phải từ 1 đến 4."))
    return int(value)


def _identity(name: str, value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError:
        raise refused(name, N_("“%(value)s” không phải là mã cuộc kiểm tra."), value=value) from None


def _short(name: str, value: str) -> str:
    if len(value) > LONGEST_TEXT:
        raise refused(name, N_("Nội dung cần tìm quá dài."))
    return value


def _day(name: str, value: str) -> date:
    try:
        if not _DAY.fullmatch(value):
            raise ValueError(value)
        return date.fromisoformat(value)
    except ValueError:
        raise refused(name, N_("“%(value)s” không phải là ngày dạng năm-tháng-ngày."), value=value) from None


def _last_day(given: Mapping[str, list[str]], name: str) -> date | None:
    days = [_day(name, value) for value in given.get(name, ())]
    return days[-1] if days else None


def _map_day(given: Mapping[str, list[str]], today: date) -> date | None:
    days = [None if value == THEN else _day("map", value) for value in given.get("map", ())]
    return days[-1] if days else today


def _states(values: Iterable[str]) -> tuple[str, ...]:
    found = {_one_of([*STATES, EVERY_STATE])("state", value) for value in values}
    return () if EVERY_STATE in found or found == set(STATES) else tuple(sorted(found))


def _flag(given: Mapping[str, list[str]], name: str) -> bool:
    if any(value != "1" for value in given.get(name, ())):
        raise refused(name, N_("Giá trị chỉ có thể là 1."))
    return bool(given.get(name))


def _text(given: Mapping[str, list[str]]) -> str:
    text = " ".join(given.get("q", ())).replace("\0", "")
    return _short("q", _GAP.sub(" ", text).strip())


# Of the parameters that take several values, in the order of an address.
_READERS: dict[str, Callable[[str, str], Any]] = {
    "province": _place,
    "district": _place,
    "commune": _place,
    "kind": _one_of(KINDS),
    "criterion": _criterion,
    "group": _one_of(GROUPS),
    "severity": _severity,
    "cause": _or_none(_one_of(CAUSES)),
    "responsible": _or_none(_short),
    "state": _one_of([*STATES, EVERY_STATE]),
    "inspection": _identity,
}
