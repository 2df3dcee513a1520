"""Adding up findings and visits by one or two words, on the map of any day, and ranking what was added up.

How the cells must be made stands in `total_cells.py`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from .maps import UNIT_WORDS, Map
from .total_cells import (
    FINDING_WORDS,
    INSPECTION_WORDS,
    WORDS,
    FindingCell,
    Sums,
    VisitCell,
    check_words,
    needs_units,
    value_words,
    visits_add_up,
)
from .total_heads import Head, Heads, Labels
from .units import Gazetteer

__all__ = [
    "FINDING_WORDS", "INSPECTION_WORDS", "UNIT_WORDS", "WORDS", "FindingCell", "Head", "Labels", "Sums", "TotalRow",
    "Totals", "VisitCell", "check_words", "findings_per_visit", "needs_units", "rank", "roll_up", "value_words",
    "visits_add_up",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class TotalRow:
    head: Head
    across: Head | None
    sums: Sums

    def as_json(self) -> dict[str, Any]:
        """The row as the contract has it; of a unit across, what tells it apart is added."""
        head, across = self.head, self.across
        row = {
            "code": head.code,
            "valid_from": head.valid_from and head.valid_from.isoformat(),
            "label": head.label,
            "status": head.status,
            "candidates": list(head.candidates),
            "across": across and across.code,
        }
        if across:
            row["across_label"] = across.label
            row["across_status"] = across.status
            row["across_valid_from"] = across.valid_from and across.valid_from.isoformat()
        return {**row, **self.sums.as_json()}


@dataclass(frozen=True)
class Totals:
    """Rows in the order they are shown; `columns` are the heads across, each once, for a table of two words."""

    by: str
    across: str | None
    map_day: date | None
    rows: list[TotalRow]
    columns: list[Head]
    total: Sums


def roll_up(
    gazetteer: Gazetteer,
    by: str,
    across: str | None,
    map_day: date | None,
    findings: Iterable[FindingCell],
    visits: Iterable[VisitCell],
    labels: Labels | None = None,
    all_visits: int | None = None,
) -> Totals:
    """The table by `by` (and `across`) on the map of `map_day` (None: "then").

    `labels` names values: word -> value -> text. `all_visits`, all inspections in scope, is needed where a word of
    the finding is asked, since inspections without findings stand in no row then (ValueError if it is missing).
    """
    check_words(by, across)
    heads = Heads(Map(gazetteer, map_day), by, across, labels or {})
    sums: dict[tuple[Head, Head | None], Sums] = {}
    total = Sums()
    for cell in findings:
        _sums(sums, heads.of(cell)).add(cell)
        total.add(cell)
    for visit in visits:
        _sums(sums, heads.of(visit)).visits += visit.visits
        total.visits += visit.visits
    if all_visits is None and not visits_add_up(by, across):
        raise ValueError("all_visits is needed where a word of the finding is asked")
    total.visits = total.visits if all_visits is None else all_visits
    down, right = heads.in_order({pair: cell.findings for pair, cell in sums.items()})
    placed = [(down[head], right[other] if other else None, cell) for (head, other), cell in sums.items()]
    placed.sort(key=lambda item: (item[0].position, item[1].position if item[1] else 0))
    rows = [TotalRow(row.head, column.head if column else None, cell) for row, column, cell in placed]
    return Totals(by, across, map_day, rows, [column.head for column in right.values()], total)


def findings_per_visit(sums: Sums) -> Fraction:
    return Fraction(sums.findings, sums.visits or 1)


def rank(
    rows: Iterable[TotalRow],
    minimum_visits: int,
    measure: Callable[[Sums], Fraction | int] = findings_per_visit,
) -> list[tuple[int | None, TotalRow]]:
    """Rows with their place, most first; equal measures share a place.

    Rows with fewer visits than the minimum follow without a place, in their given order, as do the undetermined:
    one bad visit is no ranking, and nobody answers for an undetermined row.
    """
    rows = list(rows)
    counted = [row for row in rows if row.sums.visits >= minimum_visits and row.head.status != "undetermined"]
    ranked: list[tuple[int | None, TotalRow]] = []
    place, last = 0, None
    for position, row in enumerate(sorted(counted, key=lambda row: -measure(row.sums)), start=1):
        value = measure(row.sums)
        place = place if value == last else position
        last = value
        ranked.append((place, row))
    chosen = {id(row) for row in counted}
    return [*ranked, *((None, row) for row in rows if id(row) not in chosen)]


def _sums(sums: dict[tuple[Head, Head | None], Sums], pair: tuple[Head, Head | None]) -> Sums:
    found = sums.get(pair)
    if found is None:
        found = sums[pair] = Sums()
    return found
