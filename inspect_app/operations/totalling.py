"""Adding up for a viewer: the queries of storage/totals.py put together with the rules of domain/totals.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from inspect_app.domain import periods
from inspect_app.domain.filters import Filters
from inspect_app.domain.findings import CAUSES, GROUPS, SEVERITIES
from inspect_app.domain.inspections import KINDS
from inspect_app.domain.people import Act
from inspect_app.domain.totals import (
    FindingCell,
    Sums,
    Totals,
    VisitCell,
    check_words,
    needs_units,
    roll_up,
    value_words,
    visits_add_up,
)
from inspect_app.storage.finding_views import criterion_labels
from inspect_app.storage.totals import (
    Scope,
    cells_and_visits,
    count_visits,
    finding_cells,
    visit_cells,
)

from .desk import Desk

Asked = tuple[tuple[str, ...], bool]  # words beside the unit, and whether the unit is asked


@dataclass
class Adding:
    """Tables of one scope. What one query brought is kept, so that tables by province, district and commune share it."""

    desk: Desk
    filters: Filters
    _findings: dict[Asked, list[FindingCell]] = field(default_factory=dict)
    _visits: dict[Asked, list[VisitCell]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.desk.require(Act.SEE_TOTALS)
        self.scope = Scope(self.filters, self.desk.gazetteer, self.desk.viewer)
        _ = self.scope.selections  # a code that means nothing is refused, also where nothing is to be read
        self.labels = labels(self.desk)

    def table(self, by: str, across: str | None = None) -> Totals:
        """The table by one or two words; BadValue for unknown words or codes."""
        check_words(by, across)
        asked = value_words(by, across), needs_units(by, across)
        if visits_add_up(by, across):
            cells, visits, all_visits = self.findings(*asked), self.visits(*asked), None
        else:
            cells, visits = self._with_visits(*asked)
            all_visits = self.count_visits()
        return roll_up(
            self.desk.gazetteer, by, across, self.filters.map_day, cells, visits, self.labels, all_visits
        )

    def findings(self, words: tuple[str, ...], with_units: bool) -> list[FindingCell]:
        asked = (words, with_units)
        if asked not in self._findings:
            self._findings[asked] = finding_cells(self.desk.session, self.scope, words, with_units=with_units)
        return self._findings[asked]

    def visits(self, words: tuple[str, ...], with_units: bool) -> list[VisitCell]:
        asked = (words, with_units)
        if asked not in self._visits:
            self._visits[asked] = visit_cells(self.desk.session, self.scope, words, with_units=with_units)
        return self._visits[asked]

    def count_visits(self) -> int:
        """All visits in scope; from a table that was made already, if there is one."""
        if self._visits:
            return sum(cell.visits for cell in next(iter(self._visits.values())))
        return count_visits(self.desk.session, self.scope)

    def _with_visits(
        self, words: tuple[str, ...], with_units: bool
    ) -> tuple[list[FindingCell], list[VisitCell]]:
        """Findings, and the visits that have them. An inspection has one finding a criterion: then they are as many."""
        if "criterion" not in words:
            return cells_and_visits(self.desk.session, self.scope, words, with_units=with_units)
        cells = self.findings(words, with_units)
        return cells, [
            VisitCell(cell.unit_id, cell.placed_id, cell.values, sum(cell.severity)) for cell in cells
        ]

    def sums(self) -> Sums:
        """The grand total alone."""
        total = Sums(visits=self.count_visits())
        for cell in self.findings((), False):
            total.add(cell)
        return total


def add_up(desk: Desk, filters: Filters, by: str, across: str | None = None) -> Totals:
    """The table by one or two words, of what the viewer may see; BadValue for unknown words or codes."""
    return Adding(desk, filters).table(by, across)


@dataclass(frozen=True)
class Before:
    """The equal period before the one asked, to compare with."""

    first_day: date
    last_day: date
    sums: Sums


def add_up_before(desk: Desk, filters: Filters, period_day: int) -> Before | None:
    """The grand total of the previous equal period; None where no period is asked."""
    if filters.from_day is None:
        return None
    first, last = previous_span(filters.from_day, filters.to_day or desk.today, period_day)
    earlier = replace(filters, from_day=first, to_day=last)
    return Before(first, last, Adding(desk, earlier).sums())


def previous_span(first: date, last: date, period_day: int) -> tuple[date, date]:
    """The quarter before a quarter, the year before a year, the month before a month; else as many days before."""
    for kind in periods.KINDS:
        period = periods.period_of(first, kind, period_day)
        if (period.first_day, period.last_day) == (first, last):
            before = periods.period_of(first - timedelta(days=1), kind, period_day)
            return before.first_day, before.last_day
    return first - (last - first) - timedelta(days=1), first - timedelta(days=1)


def labels(desk: Desk) -> Mapping[str, Mapping[str, str]]:
    """What values are called on screens and in files, by word."""
    return {
        "kind": KINDS,
        "cause": CAUSES,
        "group": {code: f"{code} {text}" for code, text in GROUPS.items()},
        "severity": {str(grade): f"{grade} – {text}" for grade, text in SEVERITIES.items()},
        "criterion": {code: f"{code} {text}" for code, text in criterion_labels(desk.session).items()},
    }
