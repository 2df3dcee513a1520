"""Picking units on a screen: found without accents, ticked as checkboxes, so that it works without JavaScript."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from inspect_app.domain.text import capital, search_text
from inspect_app.domain.units import Gazetteer, Unit

MOST_FOUND = 40


@dataclass(frozen=True)
class Choice:
    """A unit to tick: `value` is posted, `note` tells namesakes apart, `search` is what a typed word is looked for in."""

    value: str
    label: str
    note: str
    checked: bool
    search: str


@dataclass(frozen=True)
class Group:
    """The offices of a (former) district, its own first."""

    label: str
    choices: tuple[Choice, ...]

    @property
    def checked(self) -> int:
        return sum(choice.checked for choice in self.choices)


def name_of(unit: Unit) -> str:
    """“Xã Bình Thanh”, as it stands at the head of a line."""
    return capital(unit.full_name)


def place_of(gazetteer: Gazetteer, unit: Unit, day: date) -> str:
    """What a unit lies in: its district of the day, or the former ones with the word (cũ); else its province."""
    above = gazetteer.parent(unit, day if unit.holds_on(day) else unit.valid_from)
    if unit.level == "commune" and (above is None or above.level == "province"):
        homes = gazetteer.ordered(home for home in gazetteer.district_area(unit) if home != unit)
        if homes:
            return ", ".join(_("%(unit)s (cũ)", unit=home.full_name) for home in homes)
    return above.full_name if above else ""


def choice(gazetteer: Gazetteer, unit: Unit, day: date, chosen: Iterable[str]) -> Choice:
    place = place_of(gazetteer, unit, day)
    return Choice(
        unit.code, name_of(unit), place, unit.code in set(chosen), search_text(f"{unit.full_name} {place}")
    )


def found(gazetteer: Gazetteer, query: str, day: date, chosen: Iterable[str]) -> list[Choice]:
    """Units in force that fit `query` and are not chosen yet, best first."""
    taken = set(chosen)
    units = [unit for unit in gazetteer.search(query, day, MOST_FOUND) if unit.code not in taken]
    return [choice(gazetteer, unit, day, ()) for unit in units]


def _heading(home: Unit, day: date) -> str:
    return name_of(home) if home.holds_on(day) else _("%(unit)s (cũ)", unit=name_of(home))


def office_groups(gazetteer: Gazetteer, day: date, chosen: Iterable[str]) -> list[Group]:
    """All offices of a day by district, or by former district where there are no districts any more."""
    taken = set(chosen)
    by_home: dict[Unit, list[Unit]] = {}
    for unit in gazetteer.offices(day):
        above = gazetteer.parent(unit, day)
        homes = gazetteer.ordered(gazetteer.district_area(unit))
        home = unit if unit.level == "district" else above if above and above.level == "district" else None
        by_home.setdefault(home or (homes[0] if homes else unit), []).append(unit)
    return [
        Group(_heading(home, day), tuple(choice(gazetteer, unit, day, taken) for unit in by_home[home]))
        for home in gazetteer.ordered(by_home)
    ]
