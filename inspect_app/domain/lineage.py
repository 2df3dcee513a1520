"""Which unit became which: the graph of successions, and where a unit stands on the map of another day.

Whole moves are followed, divided units are never guessed. `units.Gazetteer` adds hierarchy, codes and search.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from .text import sort_key

UnitKey = tuple[
    str, date
]  # code and valid_from: codes are used again for other areas, so a code alone is no key

LEVELS = ("province", "district", "commune")
WHOLE_KINDS = frozenset({"merged", "renamed", "reparented"})  # all of the source goes to the one target
PART_KINDS = frozenset({"split", "partial"})  # only a part of the source goes to this target


@dataclass(frozen=True, slots=True)
class Unit:
    """An administrative unit as it was in force from `valid_from` until the day before `valid_to` (None: still)."""

    id: int
    code: str
    valid_from: date
    valid_to: date | None
    name: str  # without the kind: "Bình Thanh"
    kind: str  # tỉnh, thành phố, thị xã, huyện, xã, phường, thị trấn, đặc khu
    level: str  # province, district, commune
    parent_code: str  # read on a day of the unit's own validity; empty for a province
    lat: float | None = None
    lon: float | None = None

    @property
    def key(self) -> UnitKey:
        return self.code, self.valid_from

    @property
    def full_name(self) -> str:
        return f"{self.kind} {self.name}"

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def __hash__(self) -> int:
        return hash((self.code, self.valid_from))


@dataclass(frozen=True, slots=True)
class Succession:
    """`source` ended on `effective`, and all or a part of it went to `target`, which begins that day."""

    source: UnitKey
    target: UnitKey
    effective: date
    kind: str
    reference: str  # the resolution

    @property
    def whole(self) -> bool:
        return self.kind in WHOLE_KINDS


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a record goes on a map: to `unit`, or undetermined (None) between the `candidates`."""

    unit: Unit | None
    candidates: tuple[Unit, ...] = ()


def vietnamese_order(units: Iterable[Unit]) -> list[Unit]:
    """Provinces, districts, communes; by name within a level, then by kind, code and age."""
    return sorted(units, key=_order)


def _order(unit: Unit) -> tuple[int, str, str, str, date]:
    return LEVELS.index(unit.level), sort_key(unit.name), sort_key(unit.kind), unit.code, unit.valid_from


class Lineage:
    """Units joined by successions. Values only: build a new one when a table has changed."""

    def __init__(self, units: Iterable[Unit], successions: Iterable[Succession]) -> None:
        """ValueError if a key stands twice or a succession names an unknown unit: `resolutions.check` comes first."""
        self.units: tuple[Unit, ...] = tuple(vietnamese_order(units))
        self.successions: tuple[Succession, ...] = tuple(successions)
        self._by_key = {unit.key: unit for unit in self.units}
        if len(self._by_key) != len(self.units):
            raise ValueError("code + valid_from is not unique among the units")
        self._rank = {unit.id: rank for rank, unit in enumerate(self.units)}
        self._after: dict[int, list[Unit]] = defaultdict(list)
        self._before: dict[int, list[Unit]] = defaultdict(list)
        for move in self.successions:
            if move.source not in self._by_key or move.target not in self._by_key:
                raise ValueError(f"a succession names an unknown unit: {move}")
            source, target = self._by_key[move.source], self._by_key[move.target]
            self._after[source.id].append(target)
            self._before[target.id].append(source)
        starts = {unit.valid_from for unit in self.units}
        self._changes = sorted(starts | {unit.valid_to for unit in self.units if unit.valid_to})
        self._reached: dict[tuple[int, int], tuple[Unit, ...]] = {}

    @property
    def first_day(self) -> date | None:
        """The day the data begin. Nothing earlier is known, so older maps show this day's units."""
        return self._changes[0] if self._changes else None

    def clamped(self, day: date) -> date:
        """The day itself, or the first of the data if it is older."""
        return max(day, self._changes[0]) if self._changes else day

    def epoch(self, day: date) -> int:
        """The number of the span of days without any change that `day` lies in, for memory keyed by map."""
        return max(1, bisect_right(self._changes, day))

    def ordered(self, units: Iterable[Unit]) -> tuple[Unit, ...]:
        """The units, each once, in Vietnamese order."""
        return tuple(sorted(set(units), key=self.position))

    def position(self, unit: Unit) -> int:
        """The place of a unit among all, in Vietnamese order."""
        return self._rank[unit.id]

    def successions_of(self, unit: Unit) -> tuple[Unit, ...]:
        """The units that took over all or a part of `unit`."""
        return self.ordered(self._after[unit.id])

    def origins_of(self, unit: Unit) -> tuple[Unit, ...]:
        """The units that `unit` was formed of, wholly or in part."""
        return self.ordered(self._before[unit.id])

    def successors(self, unit: Unit) -> frozenset[int]:
        """Ids of all later units, whole or part, at any remove; the unit itself excluded."""
        return self._closure(unit, self._after)

    def predecessors(self, unit: Unit) -> frozenset[int]:
        """Ids of all earlier units, whole or part, at any remove; the unit itself excluded (for repeats)."""
        return self._closure(unit, self._before)

    def reach(self, unit: Unit, day: date | None) -> tuple[Unit, ...]:
        """Every unit of the map of `day` that may hold a record made at `unit`; never empty, None means "then".

        Forward along all successions, backward along all predecessors, until a unit in force that day: paths that
        meet again leave no doubt. An office of a district stays with its district (districts are followed to
        districts only), and a unit without a way on stays itself.
        """
        if day is None:
            return (unit,)
        memo = (unit.id, self.epoch(day))
        if memo not in self._reached:
            self._reached[memo] = self._walk(unit, day)
        return self._reached[memo]

    def place(self, unit: Unit, map_day: date | None) -> Placement:
        """Where a record made at `unit` goes on the map of `map_day`; None means "as it was then"."""
        reached = self.reach(unit, map_day)
        return Placement(reached[0]) if len(reached) == 1 else Placement(None, reached)

    def choices(self, unit: Unit) -> tuple[Unit, ...]:
        """What to offer a person who places records of `unit`: the candidates of every map, the oldest first."""
        related = self.predecessors(unit) | self.successors(unit)
        days = {other.valid_from for other in self.units if other.id in related}
        found = {candidate for day in days for candidate in self.place(unit, day).candidates}
        return tuple(sorted(self.ordered(found), key=lambda unit: unit.valid_from))

    def _walk(self, unit: Unit, day: date) -> tuple[Unit, ...]:
        steps = self._before if day < unit.valid_from else self._after

        def onward(here: Unit) -> list[Unit]:
            if here.holds_on(day):
                return []
            there = steps[here.id]
            return [unit for unit in there if unit.level == "district"] if here.level == "district" else there

        return self.ordered(_ends(unit, onward))

    def _closure(self, unit: Unit, steps: dict[int, list[Unit]]) -> frozenset[int]:
        found: set[int] = set()
        waiting = [unit]
        while waiting:
            for neighbour in steps[waiting.pop().id]:
                if neighbour.id not in found:
                    found.add(neighbour.id)
                    waiting.append(neighbour)
        return frozenset(found)


def _ends(start: Unit, onward: Callable[[Unit], list[Unit]]) -> set[Unit]:
    """The units at which the paths from `start` end."""
    ends: set[Unit] = set()
    seen = {start}
    waiting = [start]
    while waiting:
        here = waiting.pop()
        there = onward(here)
        if not there:
            ends.add(here)
        for unit in there:
            if unit not in seen:
                seen.add(unit)
                waiting.append(unit)
    return ends
