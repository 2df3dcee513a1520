"""What the unit filters mean on their map: codes become rows, rows become sets of records; and filters in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

from .filters import LABELS, Filters, read_place, refused
from .findings import CAUSES, GROUPS, SEVERITIES, STATES
from .inspections import KINDS
from .maps import UNIT_WORDS, Map, PlaceRow, Selection
from .problems import N_, NotFound
from .sentences import Sentence
from .text import format_date
from .units import Gazetteer


def read_rows(map: Map, level: str, value: str) -> list[PlaceRow]:
    """The rows a value of province, district or commune means on the map; BadValue if it means nothing there."""
    place = read_place(level, value)
    if place.key_day is None:
        rows = map.named(level, place.code)
    else:
        try:
            unit = map.gazetteer.by_key((place.code, place.key_day))
            rows = [_row_of(map, level, unit.id, place.undetermined)]
        except NotFound:
            rows = []
    if not rows:
        message = N_("Không có đơn vị mang mã “%(value)s” trên bản đồ %(map)s.")
        raise refused(level, message, value=value, map=map_name(map.day))
    return rows


def _row_of(map: Map, level: str, unit_id: int, undetermined: bool) -> PlaceRow:
    unit = map.gazetteer.by_id(unit_id)
    if undetermined:
        return PlaceRow("undetermined", unit)
    office = level == "commune" and unit.level == "district"
    return PlaceRow("district_office" if office else "unit", unit)


def selections(filters: Filters, gazetteer: Gazetteer) -> list[Selection]:
    """One selection for each level that is filtered by; a record must be in all of them. Empty: any unit."""
    map = Map(gazetteer, filters.map_day)
    return [
        map.selection(level, [row for value in values for row in read_rows(map, level, value)])
        for level in UNIT_WORDS
        if (values := getattr(filters, level))
    ]


def plain_units(chosen: list[Selection]) -> frozenset[int] | None:
    """The ids all selections agree on, if no person's placing matters to any of them; else None."""
    if any(one.pairs or one.except_pairs for one in chosen):
        return None
    return reduce(frozenset.intersection, (one.unit_ids for one in chosen))


def map_name(day: date | None) -> str:
    """ "ngày 30/06/2025" or "lúc kiểm tra"."""
    return Sentence(N_("ngày %(day)s"), day=format_date(day)) if day else Sentence(N_("lúc kiểm tra"))


@dataclass(frozen=True, slots=True)
class Said:
    """One active filter in words: the field and value it came from, and what a reader sees."""

    field: str
    value: str | None
    label: str
    text: str


def summary(filters: Filters, gazetteer: Gazetteer) -> list[Said]:
    """The active filters in readable Vietnamese, in the order of the address; the map always first."""
    map = Map(gazetteer, filters.map_day)
    said = [Said("map_day", None, LABELS["map"], map_name(filters.map_day))]
    for name, day in (("from", filters.from_day), ("to", filters.to_day)):
        if day:
            said.append(Said(f"{name}_day", None, LABELS[name], format_date(day)))
    for level in UNIT_WORDS:
        for value in getattr(filters, level):
            rows = read_rows(map, level, value)
            said.append(Said(level, value, LABELS[level], map.label(rows[0])))
    for name, texts in _TEXTS.items():
        for value in getattr(filters, name):
            text = texts.get(value) or str(value) or N_("(không ghi)")
            said.append(Said(name, str(value), LABELS[name], text))
    if filters.repeat:
        said.append(Said("repeat", None, LABELS["repeat"], N_("chỉ phát hiện tái diễn")))
    if filters.text:
        said.append(Said("text", None, LABELS["q"], f"“{filters.text}”"))
    return said


_TEXTS: dict[str, Mapping[Any, str]] = {
    "kind": KINDS, "criterion": {}, "group": GROUPS, "severity": SEVERITIES, "cause": CAUSES, "responsible": {},
    "state": STATES, "inspection": {},
}  # fmt: skip
