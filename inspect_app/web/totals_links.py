"""Where the page of totals leads: the list with just the findings of a row, and the same question on other maps."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _

from inspect_app.domain.filter_places import read_rows
from inspect_app.domain.filters import Filters, to_query
from inspect_app.domain.maps import UNIT_WORDS, Map
from inspect_app.domain.problems import BadValue
from inspect_app.domain.text import format_date
from inspect_app.domain.totals import Head
from inspect_app.operations.desk import Desk

from .filter_panel import Pick, Query, address

DEFAULT_STATES = ("confirmed",)


def drill_down(
    today: date, filters: Filters, by: str, head: Head, across: str | None = None, other: Head | None = None
) -> str:
    """The address of the list that holds just the findings of a row, or of a cell of a crossed table."""
    found = _narrowed(filters, by, head)
    if across and other:
        found = _narrowed(found, across, other)
    return address("findings.list_findings", to_query(found, today))


def _narrowed(filters: Filters, word: str, head: Head) -> Filters:
    if word == "month":
        first = date.fromisoformat(f"{head.code}-01")
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return replace(
            filters, from_day=max(first, filters.from_day or first), to_day=min(last, filters.to_day or last)
        )
    value: object = int(head.code) if word == "severity" else head.code
    if word in UNIT_WORDS and head.valid_from:
        exact = f"{head.code}@{head.valid_from.isoformat()}"
        value = f"undetermined:{exact}" if head.status == "undetermined" else exact
    changes: dict[str, Any] = {word: (value,)}
    return replace(filters, **changes)


def map_picks(at: Desk, filters: Filters, words: Query) -> list[Pick]:
    """The same question on other maps."""
    last = at.gazetteer.district_day(at.today)
    days: list[tuple[date | None, str]] = [(at.today, _("hôm nay")), (None, _("lúc kiểm tra"))]
    days += [(last, format_date(last))] if last and last != at.today else []
    if filters.map_day not in {day for day, _label in days} and filters.map_day:
        days.append((filters.map_day, format_date(filters.map_day)))
    return [Pick(_on_map(at, filters, words, day), label, "", day == filters.map_day) for day, label in days]


def _on_map(at: Desk, filters: Filters, words: Query, day: date | None) -> str:
    """The address on another map. A unit that its code does not mean there is not carried along."""
    here, there = Map(at.gazetteer, filters.map_day), Map(at.gazetteer, day)
    kept: dict[str, Any] = {
        level: tuple(value for value in getattr(filters, level) if _same(here, there, level, value))
        for level in UNIT_WORDS
    }
    query = to_query(replace(filters, map_day=day, **kept), at.today, default_states=DEFAULT_STATES)
    return address("totals.page", [*query, *words])


def _same(here: Map, there: Map, level: str, value: str) -> bool:
    try:
        names = [{row.unit.name for row in read_rows(map, level, value)} for map in (here, there)]
    except BadValue:
        return False
    return names[0] == names[1]


def without_period(at: Desk, filters: Filters, words: Query) -> str:
    everything = replace(filters, from_day=None, to_day=None)
    query = to_query(everything, at.today, default_states=DEFAULT_STATES)
    return address("totals.page", [*query, *words])
