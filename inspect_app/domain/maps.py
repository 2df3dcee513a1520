"""The rows of units on a map: in which row of a table a record stands, and which records a row or a filter takes.

Every record stands in exactly one row of every table on every map: its unit's, its district office's, or the
"undetermined" row of its own unit where divisions leave more than one candidate and no person has placed it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from .lineage import Unit
from .problems import N_
from .sentences import Sentence
from .text import format_date
from .units import Gazetteer

Status = Literal["unit", "district_office", "undetermined"]
UNIT_WORDS = ("province", "district", "commune")


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A row of a table by units. Undetermined: `unit` is the record's own, `candidates` where it may belong."""

    status: Status
    unit: Unit
    candidates: tuple[Unit, ...] = ()

    def __hash__(self) -> int:
        return hash((self.status, self.unit.id))


@dataclass(frozen=True, slots=True)
class Selection:
    """The records a filter takes: all of `unit_ids`, and of other units those a person placed so.

    In SQL: `unit_id IN unit_ids OR (unit_id, placed_id) IN pairs`, less `(unit_id, placed_id) IN except_pairs`.
    """

    unit_ids: frozenset[int]
    pairs: frozenset[tuple[int, int]] = frozenset()
    except_pairs: frozenset[tuple[int, int]] = frozenset()

    def takes(self, unit_id: int, placed_id: int | None) -> bool:
        pair = (unit_id, placed_id)
        return (unit_id in self.unit_ids and pair not in self.except_pairs) or pair in self.pairs


class Map:
    """The units of one day (None: "then", each record in the units of its own day)."""

    def __init__(self, gazetteer: Gazetteer, day: date | None) -> None:
        self.gazetteer = gazetteer
        self.day = day and gazetteer.clamped(day)
        self._rows: dict[tuple[str, int, int | None], PlaceRow] = {}

    def row(self, level: str, unit_id: int, placed_id: int | None = None) -> PlaceRow:
        """The row, in a table by `level` on this map, of a record made at `unit_id` and placed by a person or not.

        The rule goes before the person: `placed_id` counts only where the rule leaves candidates, and only if it is
        one of them or leads to exactly one.
        """
        memo = (level, unit_id, placed_id)
        if memo not in self._rows:
            self._rows[memo] = self._find_row(level, unit_id, placed_id)
        return self._rows[memo]

    def _find_row(self, level: str, unit_id: int, placed_id: int | None) -> PlaceRow:
        unit = self.gazetteer.by_id(unit_id)
        candidates = self.gazetteer.possible(level, unit, self.day)
        if len(candidates) > 1 and placed_id is not None:
            chosen = self.gazetteer.possible(level, self.gazetteer.by_id(placed_id), self.day)
            candidates = tuple(home for home in candidates if home in chosen) or candidates
        if len(candidates) == 1:
            return PlaceRow(_status(level, candidates[0]), candidates[0])
        return PlaceRow("undetermined", unit, self.gazetteer.possible(level, unit, self.day))

    def named(self, level: str, code: str) -> list[PlaceRow]:
        """The rows a code of a filter means, read on the map day; none if the code means nothing there.

        On a map without districts a district is read on the last day there were any, also its office "by commune".
        "Then" has no day to read a code on, so it means every unit that ever bore it.
        """
        if self.day is None:
            units = self.gazetteer.bearing(code)
        else:
            found = self.gazetteer.on(code, self.day) or self._former_district(code, self.day)
            units = [found] if found else []
        levels = ("commune", "district") if level == "commune" else (level,)
        return [PlaceRow(_status(level, unit), unit) for unit in units if unit.level in levels]

    def selection(self, level: str, rows: Iterable[PlaceRow]) -> Selection:
        """The records that stand in one of `rows`; for a filter by code, and to drill down from any row of a table."""
        wanted = {(row.status, row.unit.id) for row in rows}
        leading = self._leading_to(level)
        whole: set[int] = set()
        pairs: set[tuple[int, int]] = set()
        except_pairs: set[tuple[int, int]] = set()
        for unit in self.gazetteer.units:
            row = self.row(level, unit.id)
            inside = (row.status, row.unit.id) in wanted
            if inside:
                whole.add(unit.id)
            if row.status != "undetermined":
                continue
            seen = Counter(placer for home in row.candidates for placer in leading[home.id])
            for home in row.candidates:
                decided = {(unit.id, placer) for placer in leading[home.id] if seen[placer] == 1}
                taken = (_status(level, home), home.id) in wanted
                if taken and not inside:
                    pairs |= decided
                elif inside and not taken:
                    except_pairs |= decided
        return Selection(frozenset(whole), frozenset(pairs), frozenset(except_pairs))

    def label(self, row: PlaceRow) -> str:
        """What the row is called: "xã Bình Thanh", "Bình Sơn (cấp huyện)", "Chưa xác định: xã Trà Bùi (cũ)"."""
        if row.status == "district_office":
            return Sentence(N_("%(name)s (cấp huyện)"), name=row.unit.name)
        if row.status == "unit":
            return row.unit.full_name
        return Sentence(N_("Chưa xác định: %(unit)s"), unit=self._dated(row.unit))

    def _dated(self, unit: Unit) -> str:
        if self.day is None or unit.holds_on(self.day):
            return unit.full_name
        text = N_("%(unit)s (mới)") if self.day < unit.valid_from else N_("%(unit)s (cũ)")
        return Sentence(text, unit=unit.full_name)

    def _leading_to(self, level: str) -> dict[int, list[int]]:
        """Of each unit of this map, the ids of the units that lead to it: a person who chose one of them meant it."""
        leading: dict[int, list[int]] = defaultdict(list)
        for unit in self.gazetteer.units:
            for home in self.gazetteer.possible(level, unit, self.day):
                leading[home.id].append(unit.id)
        return leading

    def _former_district(self, code: str, day: date) -> Unit | None:
        last = self.gazetteer.district_day(day)
        found = (
            self.gazetteer.on(code, last) if last and not self.gazetteer.in_force(day, "district") else None
        )
        return found if found and found.level == "district" else None


def _status(level: str, home: Unit) -> Status:
    """Of a determined row; "by commune" the office of a district is a row of its own."""
    return "district_office" if level == "commune" and home.level == "district" else "unit"


def span_label(unit: Unit) -> str:
    """The days a unit was in force, to tell rows of one name apart: "01/02/2020–31/12/2024"."""
    until = format_date(unit.valid_to - timedelta(days=1)) if unit.valid_to else "…"
    return f"{format_date(unit.valid_from)}–{until}"
