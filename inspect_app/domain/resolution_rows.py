"""The rows of a new resolution as read from its two files, and what they make of the units we have.

The files hold only rows that are added and rows whose `valid_to` is now filled in. A row we already have unchanged
is ignored, so the complete tables are accepted as well, and loading the same files twice changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import date

from .lineage import Succession, Unit, UnitKey
from .units import Gazetteer

UNITS_FILE = "units.csv"
SUCCESSIONS_FILE = "successions.csv"


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in which row; rows count as a spreadsheet shows them, the header is row 1."""

    file: str
    row: int
    message: str


@dataclass(frozen=True, slots=True)
class UnitLine:
    row: int
    code: str
    valid_from: date
    valid_to: date | None
    name: str
    kind: str
    level: str
    parent_code: str
    lat: float | None = None
    lon: float | None = None

    @property
    def key(self) -> UnitKey:
        return self.code, self.valid_from

    def as_unit(self, id: int) -> Unit:
        return Unit(
            id, self.code, self.valid_from, self.valid_to, self.name, self.kind, self.level, self.parent_code,
            self.lat, self.lon,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SuccessionLine:
    row: int
    source: UnitKey
    target: UnitKey
    effective: date
    kind: str
    reference: str

    def as_succession(self) -> Succession:
        return Succession(self.source, self.target, self.effective, self.kind, self.reference)


@dataclass(frozen=True)
class Change:
    """A new resolution: the lines of units.csv and successions.csv."""

    units: tuple[UnitLine, ...] = ()
    successions: tuple[SuccessionLine, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What a checked change does: existing units that close and on which day, units and successions to add.

    Ids of added units are provisional; the database gives its own.
    """

    closed: tuple[tuple[Unit, date], ...]
    added: tuple[Unit, ...]
    successions: tuple[Succession, ...]

    @property
    def empty(self) -> bool:
        return not (self.closed or self.added or self.successions)


def find_unit(current: Gazetteer, key: UnitKey) -> Unit | None:
    return next((unit for unit in current.bearing(key[0]) if unit.valid_from == key[1]), None)


def plan(current: Gazetteer, change: Change) -> Plan:
    """What is to be written for a change that `resolutions.check` found without fault."""
    closed: list[tuple[Unit, date]] = []
    added: list[Unit] = []
    first_free = max((unit.id for unit in current.units), default=0) + 1
    for line in change.units:
        existing = find_unit(current, line.key)
        if existing is None:
            added.append(line.as_unit(first_free + len(added)))
        elif existing.valid_to is None and line.valid_to is not None:
            closed.append((existing, line.valid_to))
    known = set(current.successions)
    moves = tuple(line.as_succession() for line in change.successions if line.as_succession() not in known)
    return Plan(tuple(closed), tuple(_with_points(current, added, moves)), moves)


def applied(current: Gazetteer, planned: Plan) -> Gazetteer:
    """The units as they will be."""
    ends = {unit.key: day for unit, day in planned.closed}
    units = [replace(unit, valid_to=ends.get(unit.key, unit.valid_to)) for unit in current.units]
    return Gazetteer([*units, *planned.added], [*current.successions, *planned.successions])


def _with_points(current: Gazetteer, added: list[Unit], moves: tuple[Succession, ...]) -> list[Unit]:
    """Added units without a point get the middle of the units they were formed of: good enough for a bubble map."""
    points = {unit.key: (unit.lat, unit.lon) for unit in [*current.units, *added]}
    located = []
    for unit in added:
        origins = [points[move.source] for move in moves if move.target == unit.key and move.source in points]
        known = [(lat, lon) for lat, lon in origins if lat is not None and lon is not None]
        if unit.lat is None and known:
            lat = round(sum(lat for lat, _ in known) / len(known), 3)
            unit = replace(unit, lat=lat, lon=round(sum(lon for _, lon in known) / len(known), 3))
        located.append(unit)
    return located
