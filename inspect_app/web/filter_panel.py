"""The filter panel of the list and the totals: what may be chosen on the chosen map, and what is chosen now.

The panel is drawn from the address as it came, not from the filters read of it, so that an address with a fault in it
can be mended on the same page.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext as _

from inspect_app.domain.filter_places import Said, summary
from inspect_app.domain.filters import THEN, Filters, to_query, without
from inspect_app.domain.findings import CAUSES, GROUPS, SEVERITIES, STATES
from inspect_app.domain.inspections import KINDS
from inspect_app.domain.maps import span_label
from inspect_app.domain.periods import Period, period_of
from inspect_app.domain.problems import BadValue
from inspect_app.domain.text import format_date
from inspect_app.domain.units import Gazetteer, Unit

from .language import term

Query = list[tuple[str, str]]
MORE = ("map", "criterion", "severity", "kind", "state", "group", "cause", "repeat")


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Pick:
    """A link that sets something at one touch."""

    url: str
    label: str
    hint: str
    current: bool


@dataclass(frozen=True)
class Panel:
    """All the template draws. `more` counts the conditions set below the fold; `chips` are the active filters."""

    action: str
    maps: list[Option]
    first_day: str
    last_day: str
    periods: list[Pick]
    provinces: list[Option]
    districts: list[Option]
    communes: list[tuple[str, list[Option]]]
    kinds: list[Option]
    severities: list[Option]
    groups: list[Option]
    causes: list[Option]
    states: list[Option]
    criteria: list[str]
    criterion_labels: Mapping[str, str]
    kept: Query  # filters the panel has no field for, carried along
    repeat: bool
    text: str
    chips: list[Pick]
    more: int
    faulty: bool


@dataclass(frozen=True)
class Asked:
    """An address as it came: its parameters, and the filters read of it (None when they could not be read)."""

    endpoint: str
    raw: Mapping[str, Sequence[str]]
    filters: Filters | None
    default_states: tuple[str, ...] = ()

    def all(self, name: str) -> list[str]:
        return [value.strip() for value in self.raw.get(name, ()) if value.strip()]

    def last(self, name: str) -> str:
        return (self.all(name) or [""])[-1]


def address(endpoint: str, query: Query) -> str:
    """The address of a page with a query in canonical order."""
    return url_for(endpoint) + (f"?{urlencode(query)}" if query else "")


def make_panel(
    asked: Asked,
    gazetteer: Gazetteer,
    today: date,
    period_day: int,
    criterion_labels: Mapping[str, str],
    *,
    with_states: bool = True,
    extra: Query | None = None,
) -> Panel:
    """`extra` are parameters of the page itself (by, across) that every link must keep."""
    map_day = _map_day(asked, today)
    shown = asked.filters or Filters(map_day)
    links = _Links(asked, shown, today, extra or [])
    return Panel(
        action=url_for(asked.endpoint),
        maps=_maps(gazetteer, map_day, today),
        first_day=asked.last("from"),
        last_day=asked.last("to"),
        periods=_periods(links, today, period_day),
        provinces=_provinces(asked, gazetteer, map_day),
        districts=_districts(asked, gazetteer, map_day),
        communes=_communes(asked, gazetteer, map_day),
        kinds=_options(KINDS, asked.all("kind")),
        severities=_options(
            {str(key): f"{key} · {term(text)}" for key, text in SEVERITIES.items()}, asked.all("severity")
        ),
        groups=_options(
            {key: f"{key} {term(text)}" for key, text in GROUPS.items()}, asked.all("group"), said=True
        ),
        causes=_options(CAUSES | {"none": _("(không ghi)")}, asked.all("cause")),
        states=_options(STATES, _chosen_states(asked)) if with_states else [],
        criteria=asked.all("criterion") or [""],
        criterion_labels=criterion_labels,
        kept=[(name, value) for name in ("responsible", "inspection") for value in asked.all(name)]
        + (extra or []),
        repeat=asked.last("repeat") == "1",
        text=asked.last("q"),
        chips=_chips(links, gazetteer) if asked.filters else [],
        more=len({name for name in MORE if asked.all(name)}),
        faulty=asked.filters is None,
    )


@dataclass(frozen=True)
class _Links:
    """Addresses of the same page with one thing changed."""

    asked: Asked
    filters: Filters
    today: date
    extra: Query

    def to(self, filters: Filters) -> str:
        query = to_query(filters, self.today, default_states=self.asked.default_states)
        return address(self.asked.endpoint, query + self.extra)


def _options(labels: Mapping[str, str], chosen: Iterable[str], *, said: bool = False) -> list[Option]:
    chosen = set(chosen)
    return [Option(value, label if said else term(label), value in chosen) for value, label in labels.items()]


def _chosen_states(asked: Asked) -> list[str]:
    return asked.all("state") or list(asked.default_states)


def _map_day(asked: Asked, today: date) -> date | None:
    if asked.filters:
        return asked.filters.map_day
    value = asked.last("map")
    try:
        return None if value == THEN else date.fromisoformat(value)
    except ValueError:
        return today


def _maps(gazetteer: Gazetteer, map_day: date | None, today: date) -> list[Option]:
    """Today, "then", the last day before each change of units, and the chosen day if it is another."""
    ends = sorted(
        {unit.valid_to - timedelta(days=1) for unit in gazetteer.units if unit.valid_to}, reverse=True
    )
    options = [
        Option("", _("Hôm nay (%(day)s)", day=format_date(today)), map_day == today),
        Option(THEN, _("Như lúc kiểm tra"), map_day is None),
        *(
            Option(day.isoformat(), _("Trước sắp xếp: %(day)s", day=format_date(day)), day == map_day)
            for day in ends
            if day < today
        ),
    ]
    if map_day and not any(option.chosen for option in options):
        options.append(Option(map_day.isoformat(), format_date(map_day), True))
    return options


def _periods(links: _Links, today: date, period_day: int) -> list[Pick]:
    """The reporting quarter of today and the four before it, this year and the last."""
    found: list[Period] = []
    day = today
    for _number in range(5):
        found.append(period_of(day, "quarter", period_day))
        day = found[-1].first_day - timedelta(days=1)
    this_year = period_of(today, "year", period_day)
    found += [this_year, period_of(this_year.first_day - timedelta(days=1), "year", period_day)]
    return [_period_pick(links, period) for period in found]


def _period_pick(links: _Links, period: Period) -> Pick:
    filters = replace(links.filters, from_day=period.first_day, to_day=period.last_day)
    days = f"{format_date(period.first_day)}–{format_date(period.last_day)}"
    return Pick(links.to(filters), term(period.name), days, filters == links.filters)


def _provinces(asked: Asked, gazetteer: Gazetteer, map_day: date | None) -> list[Option]:
    """Only where there is a choice: the two former provinces on older maps."""
    units = _units(gazetteer, map_day, "province")
    return _unit_options(units, asked.all("province"), map_day) if len(units) > 1 else []


def _districts(asked: Asked, gazetteer: Gazetteer, map_day: date | None) -> list[Option]:
    return _unit_options(_units(gazetteer, map_day, "district"), asked.all("district"), map_day)


def _communes(asked: Asked, gazetteer: Gazetteer, map_day: date | None) -> list[tuple[str, list[Option]]]:
    """Communes under the district they lie in or lay in; of the chosen districts only, if any are chosen."""
    districts = _units(gazetteer, map_day, "district")
    chosen = set(asked.all("district"))
    by_district: dict[int, list[Unit]] = {unit.id: [] for unit in districts}
    for commune in _units(gazetteer, map_day, "commune"):
        for home in gazetteer.possible("district", commune, map_day):
            by_district.setdefault(home.id, []).append(commune)
    groups = []
    for district in districts:
        if not chosen or _value(district, map_day) in chosen or district.code in chosen:
            office = Option(
                _value(district, map_day), _("%(name)s (cấp huyện)", name=district.name),
                _value(district, map_day) in asked.all("commune"),
            )  # fmt: skip
            options = _unit_options(by_district[district.id], asked.all("commune"), map_day)
            groups.append((_unit_label(district, map_day), [office, *options]))
    return groups


def _units(gazetteer: Gazetteer, map_day: date | None, level: str) -> list[Unit]:
    """The units to choose from; on the map "then" all that ever were."""
    if map_day is None:
        return [unit for unit in gazetteer.units if unit.level == level]
    day = gazetteer.district_day(map_day) if level == "district" else map_day
    return gazetteer.in_force(gazetteer.clamped(day), level) if day else []


def _unit_options(units: Iterable[Unit], chosen: Iterable[str], map_day: date | None) -> list[Option]:
    chosen = set(chosen)
    return [
        Option(_value(unit, map_day), _unit_label(unit, map_day), _value(unit, map_day) in chosen)
        for unit in units
    ]


def _value(unit: Unit, map_day: date | None) -> str:
    return unit.code if map_day else f"{unit.code}@{unit.valid_from.isoformat()}"


def _unit_label(unit: Unit, map_day: date | None) -> str:
    return unit.full_name if map_day else f"{unit.full_name} ({span_label(unit)})"


def _chips(links: _Links, gazetteer: Gazetteer) -> list[Pick]:
    """One link for each active filter, which takes it away. The map of today says nothing, so it has none."""
    try:
        said = summary(links.filters, gazetteer)
    except BadValue:
        return []
    return [
        Pick(links.to(_less(links, one)), f"{term(one.label)}: {term(one.text)}", "", False)
        for one in said
        if not (one.field == "map_day" and links.filters.map_day == links.today)
    ]


def _less(links: _Links, one: Said) -> Filters:
    if one.field == "map_day":
        return replace(links.filters, map_day=links.today)
    return without(links.filters, one.field, one.value)
