"""The cells that totals are added up from, and the words they may be grouped by.

Storage groups, the domain places. Storage feeds two streams of cells from plain GROUP BY queries over
`(unit_id, placed_id, *value_words(by, across))`:

- finding cells: counts by severity, repeats, and the sums of n and N over findings where both are known;
- visit cells: distinct inspections. If both words are properties of the inspection (`visits_add_up`) these are all
  inspections that fit the filters on inspections, also those without a finding. Else they are the inspections with
  at least one finding that fits; they add up over units, since an inspection has one unit.

Where neither word is a unit (`needs_units` is false) the queries may leave the unit out: `unit_id=None`.
"""

from dataclasses import dataclass, field
from typing import Any

from .maps import UNIT_WORDS
from .problems import N_, BadValue

INSPECTION_WORDS = (*UNIT_WORDS, "kind", "month")
FINDING_WORDS = ("criterion", "group", "severity", "cause", "responsible")
WORDS = (*UNIT_WORDS, "criterion", "group", "severity", "cause", "kind", "month", "responsible")


@dataclass(frozen=True, slots=True)
class FindingCell:
    """One group of findings. `values` are those of `value_words(by, across)`, in that order; None = not recorded."""

    unit_id: int | None
    placed_id: int | None
    values: tuple[str | None, ...]
    severity: tuple[int, int, int, int]  # findings of severity 1, 2, 3, 4
    repeats: int = 0
    n: int | None = None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class VisitCell:
    """One group of distinct inspections."""

    unit_id: int | None
    placed_id: int | None
    values: tuple[str | None, ...]
    visits: int


@dataclass(slots=True)
class Sums:
    visits: int = 0
    severity: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    repeats: int = 0
    n: int = 0
    of: int = 0

    @property
    def findings(self) -> int:
        return sum(self.severity)

    def add(self, cell: FindingCell) -> None:
        for index, count in enumerate(cell.severity):
            if count:
                self.severity[index] += count
        self.repeats += cell.repeats
        if cell.n is not None and cell.of is not None:
            self.n += cell.n
            self.of += cell.of

    def as_json(self) -> dict[str, Any]:
        return {
            "visits": self.visits,
            "findings": self.findings,
            "severity": {str(grade): count for grade, count in enumerate(self.severity, start=1)},
            "repeats": self.repeats,
            "n": self.n,
            "of": self.of,
        }


def check_words(by: str, across: str | None) -> None:
    """BadValue unless the table can be made: known words, and two different ones."""
    for word in (by, across):
        if word is not None and word not in WORDS:
            raise BadValue(N_("Không phân theo “%(word)s” được."), word=word)
    if by == across:
        raise BadValue(
            N_("Hãy chọn hai cách phân khác nhau."), fields={"across": N_("Trùng với cách phân chính.")}
        )


def value_words(by: str, across: str | None) -> tuple[str, ...]:
    """The words the queries group by, beside the unit."""
    return tuple(word for word in (by, across) if word and word not in UNIT_WORDS)


def needs_units(by: str, across: str | None) -> bool:
    return by in UNIT_WORDS or across in UNIT_WORDS


def visits_add_up(by: str, across: str | None) -> bool:
    """Whether visit cells are all inspections in scope (no word of the finding asked)."""
    return not any(word in FINDING_WORDS for word in (by, across))
