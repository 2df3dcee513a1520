"""Units in time: which unit a code means on a day, what lies in what, search, and area rights.

Districts ended on 1 July 2025. "By district" on a later map means the former district (map of 30 June 2025).
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from .lineage import LEVELS, Lineage, Placement, Succession, Unit, UnitKey, vietnamese_order
from .problems import N_, NotFound
from .text import fold, nfc

__all__ = ["LEVELS", "Gazetteer", "Placement", "Succession", "Unit", "UnitKey", "vietnamese_order"]


class Gazetteer(Lineage):
    """All units of all days. About 400 rows; kept in memory and built anew when a resolution is loaded."""

    def __init__(self, units: Iterable[Unit], successions: Iterable[Succession]) -> None:
        super().__init__(units, successions)
        self._by_id = {unit.id: unit for unit in self.units}
        self._by_code: dict[str, list[Unit]] = defaultdict(list)
        self._children: dict[str, list[Unit]] = defaultdict(list)
        for unit in self.units:
            self._by_code[unit.code].append(unit)
            self._children[unit.parent_code].append(unit)
        self._in_force: dict[int, list[Unit]] = {}
        self._possible: dict[tuple[str, int, int], tuple[Unit, ...]] = {}
        self._subtrees: dict[int, frozenset[int]] = {}
        self._words = {unit.id: _SearchWords(unit) for unit in self.units}

    # Codes and days

    def on(self, code: str, day: date) -> Unit | None:
        """The unit that bears `code` on `day`."""
        return next((unit for unit in self._by_code.get(code, ()) if unit.holds_on(day)), None)

    def by_id(self, id: int) -> Unit:
        if id not in self._by_id:
            raise NotFound(N_("Không tìm thấy đơn vị hành chính này."))
        return self._by_id[id]

    def by_key(self, key: UnitKey) -> Unit:
        if key not in self._by_key:
            raise NotFound(N_("Không tìm thấy đơn vị hành chính này."))
        return self._by_key[key]

    def bearing(self, code: str) -> list[Unit]:
        """All units that ever bore `code`, oldest first."""
        return sorted(self._by_code.get(code, ()), key=lambda unit: unit.valid_from)

    def in_force(self, day: date, level: str | None = None) -> list[Unit]:
        """The units of a day: provinces, districts, communes, each in Vietnamese order."""
        if self.first_day is None or day < self.first_day:
            return []
        epoch = self.epoch(day)
        if epoch not in self._in_force:
            self._in_force[epoch] = [unit for unit in self.units if unit.holds_on(day)]
        return [unit for unit in self._in_force[epoch] if level in (None, unit.level)]

    def offices(self, day: date) -> list[Unit]:
        """The units with a one-stop shop on a day: districts while there were any, and communes."""
        return [unit for unit in self.in_force(day) if unit.level != "province"]

    # Hierarchy

    def parent(self, unit: Unit, day: date) -> Unit | None:
        """The unit that `unit` lay in on `day`; None for a province, and on a day `unit` was not in force."""
        return self.on(unit.parent_code, day) if unit.parent_code and unit.holds_on(day) else None

    def ancestors(self, unit: Unit, day: date) -> list[Unit]:
        """Parent, grandparent, ... on a day; nearest first."""
        found: list[Unit] = []
        above = self.parent(unit, day)
        while above is not None:
            found.append(above)
            above = self.parent(above, day)
        return found

    def district_day(self, day: date) -> date | None:
        """The day whose districts "by district" shows on the map of `day`: itself, or the last day of districts."""
        if self.in_force(day, "district"):
            return day
        ends = [unit.valid_to for unit in self.units if unit.level == "district" and unit.valid_to]
        return max(ends) - timedelta(days=1) if ends else None

    def district_area(self, unit: Unit) -> set[Unit]:
        """The former district(s), as of 30 June 2025, that `unit` lies in; a district itself. The same every day."""
        return {home for home in self.possible("district", unit, date.max) if home.level == "district"}

    def subtree(self, unit: Unit) -> frozenset[int]:
        """Ids of the units whose records the holder of the area `unit` may see.

        The unit, all that lay below it on some day of its validity, and every earlier unit all of whose receivers
        are inside (so half of a divided commune gives no right to the whole); again until nothing is added.
        """
        if unit.id not in self._subtrees:
            self._subtrees[unit.id] = self._subtree(unit)
        return self._subtrees[unit.id]

    def _subtree(self, unit: Unit) -> frozenset[int]:
        inside: set[int] = set()
        waiting = [unit]
        while waiting:
            here = waiting.pop()
            if here.id in inside:
                continue
            inside.add(here.id)
            waiting += [child for child in self._children[here.code] if _overlap(child, here)]
            waiting += self._enclosed(here, inside)
        return frozenset(inside)

    def _enclosed(self, unit: Unit, inside: set[int]) -> list[Unit]:
        return [
            earlier
            for earlier in self._before[unit.id]
            if all(target.id in inside for target in self._after[earlier.id])
        ]

    # Maps

    def possible(self, level: str, unit: Unit, map_day: date | None) -> tuple[Unit, ...]:
        """The rows a record made at `unit` may stand in, in a table by `level` on a map; one means determined.

        By commune an office of a district is its own row. By district, on a map without districts, former
        districts. A unit that lies in none of the level asked stands for itself.
        """
        map_day = None if map_day is None else self.clamped(map_day)
        memo = (level, unit.id, 0 if map_day is None else self.epoch(map_day))
        if memo not in self._possible:
            homes = {"commune": self._communes, "district": self._districts, "province": self._provinces}
            self._possible[memo] = self.ordered(homes[level](unit, map_day))
        return self._possible[memo]

    def _communes(self, unit: Unit, map_day: date | None) -> Iterable[Unit]:
        return self.reach(unit, map_day)

    def _districts(self, unit: Unit, map_day: date | None) -> Iterable[Unit]:
        """On a map with districts, those; on one without, or "then" for a unit born without, the former ones."""
        day = self.district_day(unit.valid_from if map_day is None else map_day)
        homes: set[Unit] = set()
        for place in self.reach(unit, day):
            here = place.valid_from if day is None or not place.holds_on(day) else day
            homes.update(self.reach(self._above("district", place, here), day))
        return homes

    def _provinces(self, unit: Unit, map_day: date | None) -> Iterable[Unit]:
        homes: set[Unit] = set()
        for place in self.reach(unit, map_day):
            here = map_day if map_day and place.holds_on(map_day) else place.valid_from
            homes.update(self.reach(self._above("province", place, here), map_day))
        return homes

    def _above(self, level: str, unit: Unit, day: date) -> Unit:
        line = [unit, *self.ancestors(unit, day)]
        return next((here for here in line if here.level == level), unit)

    # Search

    def search(self, query: str, day: date, limit: int = 20, levels: Iterable[str] = LEVELS) -> list[Unit]:
        """Units in force on `day` that fit the query, best first, then in Vietnamese order.

        Without accents, case and apostrophes ("duc pho", "ia hdrai", "dak pxi"). Best fit: the name as written
        with its accents, the whole name, its beginning, the code, the beginning of kind and name, a word within
        the name, all words in any order, last with names of what the unit lies in ("thanh an minh long").
        """
        wanted = _Query(query)
        if not wanted.folded:
            return []
        allowed = set(levels)
        hits: list[tuple[int, Unit]] = []
        for unit in self.in_force(day):
            if unit.level in allowed:
                fit = self._words[unit.id].fit(wanted)
                if fit is None and self._fits_with_parents(unit, day, wanted):
                    fit = 7
                if fit is not None:
                    hits.append((fit, unit))
        hits.sort(key=lambda hit: hit[0])  # stable: within one fit the order of in_force stays
        return [unit for _, unit in hits[:limit]]

    def _fits_with_parents(self, unit: Unit, day: date, wanted: "_Query") -> bool:
        own = self._words[unit.id].starts
        if len(wanted.words) < 2 or not any(f" {word}" in own for word in wanted.words):
            return False
        line = own + "".join(f" {self._words[above.id].name}" for above in self.ancestors(unit, day))
        return all(f" {word}" in line for word in wanted.words)


class _Query:
    """What was typed, in the forms it is compared in."""

    def __init__(self, text: str) -> None:
        self.written = " ".join(nfc(text).casefold().split())
        self.folded = fold(text)
        self.squeezed = self.folded.replace(" ", "")
        self.words = self.folded.split()


class _SearchWords:
    """The forms of a unit's name that a query is compared with, made once."""

    def __init__(self, unit: Unit) -> None:
        self.code = unit.code
        self.written = nfc(unit.name).casefold()
        self.name = fold(unit.name)
        self.squeezed = self.name.replace(" ", "")
        self.full = f"{fold(unit.kind)} {self.name}"
        self.starts = f" {self.full} {self.squeezed}"

    def fit(self, wanted: _Query) -> int | None:
        """0 is best; None does not fit."""
        tests = (
            self.written.startswith(wanted.written),
            wanted.folded in (self.name, self.full),
            self.name.startswith(wanted.folded),
            self.squeezed.startswith(wanted.squeezed) or self.code.startswith(wanted.squeezed),
            self.full.startswith(wanted.folded),
            f" {wanted.folded}" in self.starts,
            all(f" {word}" in self.starts for word in wanted.words),
        )
        return next((rank for rank, true in enumerate(tests) if true), None)


def _overlap(one: Unit, other: Unit) -> bool:
    return (other.valid_to is None or one.valid_from < other.valid_to) and (
        one.valid_to is None or other.valid_from < one.valid_to
    )
