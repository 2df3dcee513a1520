"""The heads of a table of totals: which row and column a cell belongs to, what they are called, and their order."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from .maps import UNIT_WORDS, Map, PlaceRow, span_label
from .problems import N_
from .sentences import Sentence
from .text import sort_key
from .total_cells import FindingCell, VisitCell

_BY_CODE = ("criterion", "month", "severity")  # their codes sort as people expect; the rest go by weight

Labels = Mapping[str, Mapping[str, str]]  # word -> value -> text


@dataclass(frozen=True, slots=True)
class Head:
    """What a row or column of the table is: a place on the map, or a value of a word."""

    status: str  # unit, district_office, undetermined, value
    code: str
    valid_from: date | None
    label: str
    candidates: tuple[str, ...] = ()
    place: PlaceRow | None = None  # of a word of units: to drill down (`Map.selection`), to draw on a map

    def __hash__(self) -> int:
        return hash((self.status, self.code, self.valid_from))


@dataclass(frozen=True, slots=True)
class Shown:
    """A head as it stands in the table, with a label of its own, and its place among the others."""

    position: int
    head: Head


class Heads:
    """Finds the heads of cells, each made once, and the order they are shown in."""

    def __init__(self, map: Map, by: str, across: str | None, labels: Labels) -> None:
        self.map = map
        self.words = (by, across)
        self.labels = labels
        self._by_cell: dict[tuple[str, int | None, int | None], Head] = {}
        self._by_place: dict[tuple[str, PlaceRow], Head] = {}
        self._by_value: dict[tuple[str, str | None], Head] = {}

    def of(self, cell: FindingCell | VisitCell) -> tuple[Head, Head | None]:
        """The row and, for a table of two words, the column of a cell."""
        values = iter(cell.values)
        by, across = self.words
        first = self._head(by, cell, values)
        return first, self._head(across, cell, values) if across else None

    def in_order(
        self, findings: Mapping[tuple[Head, Head | None], int]
    ) -> tuple[dict[Head, Shown], dict[Head, Shown]]:
        """The heads down and across as they are to be shown, in their order; given the findings of each pair."""
        by, across = self.words
        down: Counter[Head] = Counter()
        right: Counter[Head] = Counter()
        for (head, other), count in findings.items():
            down[head] += count
            if other:
                right[other] += count
        return self._shown(by, down), self._shown(across, right)

    def _head(self, word: str, cell: FindingCell | VisitCell, values: Iterator[str | None]) -> Head:
        if word not in UNIT_WORDS:
            return self._value(word, next(values))
        memo = (word, cell.unit_id, cell.placed_id)
        if memo not in self._by_cell:
            if cell.unit_id is None:
                raise ValueError("cells of a table by units need a unit_id")
            place = self.map.row(word, cell.unit_id, cell.placed_id)
            self._by_cell[memo] = self._by_place.setdefault((word, place), self._place(place))
        return self._by_cell[memo]

    def _place(self, place: PlaceRow) -> Head:
        codes = tuple(unit.code for unit in place.candidates)
        return Head(place.status, place.unit.code, place.unit.valid_from, self.map.label(place), codes, place)

    def _value(self, word: str, value: str | None) -> Head:
        if (word, value) not in self._by_value:
            label = self.labels.get(word, {}).get(value or "") or _plain_label(word, value)
            self._by_value[word, value] = Head("value", value or "", None, label)
        return self._by_value[word, value]

    def _shown(self, word: str | None, weights: Mapping[Head, int]) -> dict[Head, Shown]:
        ordered = sorted(weights, key=lambda head: self._order(word, head, weights[head]))
        labels = _distinct_labels(ordered, self.map)
        return {
            head: Shown(position, replace(head, label=label))
            for position, (head, label) in enumerate(zip(ordered, labels, strict=True))
        }

    def _order(self, word: str | None, head: Head, findings: int) -> tuple[Any, ...]:
        """Units in Vietnamese order, then offices of districts, then undetermined; codes ascending; others by findings.

        What is not recorded stands last.
        """
        if head.place:
            late = {"district_office": 1, "undetermined": 2}
            return late.get(head.status, 0), self.map.gazetteer.position(head.place.unit)
        if word in _BY_CODE:
            return head.code == "", head.code
        return head.code == "", -findings, sort_key(head.label), head.code


def _distinct_labels(heads: list[Head], map: Map) -> list[str]:
    """Labels of which no two are alike: namesakes get what they lie in, then the days they were in force.

    Two wards were called Nguyễn Nghiêm at one time; on the map "then" one commune may stand in two shapes.
    """
    labels = [head.label for head in heads]
    for more in (_parent_label, _days_label):
        seen = Counter(labels)
        labels = [
            more(head.place, label, map) if head.place and seen[label] > 1 else label
            for head, label in zip(heads, labels, strict=True)
        ]
    return labels


def _parent_label(place: PlaceRow, label: str, map: Map) -> str:
    above = map.gazetteer.parent(place.unit, place.unit.valid_from)
    return f"{label}, {above.full_name}" if above else label


def _days_label(place: PlaceRow, label: str, _map: Map) -> str:
    return f"{label} ({span_label(place.unit)})"


def _plain_label(word: str, value: str | None) -> str:
    if not value:
        return Sentence(N_("(không ghi)"))
    if word == "month" and len(value) == 7:
        return f"{value[5:]}/{value[:4]}"
    if word == "severity":
        return Sentence(N_("Mức %(grade)s"), grade=value)
    return value
