"""The grouped queries that totals are added up from: findings by GROUP BY, visits as distinct inspections.

Storage groups by the record's own unit; domain/totals.py places the groups on the map of the day that is asked. What
the tally holds (storage/tallies.py) is read from there, the rest from covering indexes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Select, distinct, func, null, select
from sqlalchemy.orm import Session

from inspect_app.domain.filter_places import plain_units, selections
from inspect_app.domain.filters import Filters
from inspect_app.domain.maps import Selection
from inspect_app.domain.people import Act
from inspect_app.domain.totals import FindingCell, VisitCell
from inspect_app.domain.units import Gazetteer

from .finding_list import finding_clauses, selected
from .findings import FindingRow
from .inspections import InspectionMemberRow, InspectionRow, Viewer, within_area
from .tallies import CRITERION, MONTH, PLACE, VISITED, TallyRow

LONG = timedelta(days=500)
Clauses = list[ColumnElement[bool]]
_COUNTS = (
    TallyRow.severity_1,
    TallyRow.severity_2,
    TallyRow.severity_3,
    TallyRow.severity_4,
    TallyRow.repeats,
)


@dataclass(frozen=True)
class Scope:
    """What is added up: the records that fit `filters` on their map, as far as `viewer` may know of them."""

    filters: Filters
    gazetteer: Gazetteer
    viewer: Viewer

    @cached_property
    def selections(self) -> list[Selection]:
        """Of the units named, one a level; none where they take in everything there is."""
        every = frozenset(unit.id for unit in self.gazetteer.units)
        return [
            one
            for one in selections(self.filters, self.gazetteer)
            if one.unit_ids != every or one.except_pairs
        ]

    def finding_clauses(self, in_order: bool = False) -> Clauses:
        """`in_order`: of a long period, read the index that has the order of the groups, not the one that has the days.

        SQLite would take the days and sort a million rows, which costs thrice as much; a condition within
        `likely()` is none it could search by.
        """
        clauses = finding_clauses(self.filters, self.gazetteer, self.viewer)
        first, last = self.filters.from_day, self.filters.to_day
        if not in_order or not first or not self._is_long:
            return clauses
        days = (FindingRow.day >= first, *((FindingRow.day <= last,) if last else ()))
        rest = finding_clauses(replace(self.filters, from_day=None, to_day=None), self.gazetteer, self.viewer)
        return [*rest, *(func.likely(day) for day in days)]

    @property
    def _is_long(self) -> bool:
        first, last = self.filters.from_day, self.filters.to_day
        return not first or not last or last - first >= LONG

    @property
    def is_wide(self) -> bool:
        """Whether most records must be read anyway, because nothing narrow is asked."""
        filters = self.filters
        narrow = filters.names_units or filters.inspection or filters.text or filters.responsible
        return self._is_long and not narrow and self.viewer.units is None

    @cached_property
    def visit_clauses(self) -> Clauses:
        """The inspections in scope of the filters: those of them that speak of inspections, not of findings.

        Only inspections with an accepted submission are visits, so that no planned one can be counted.
        """
        filters, viewer = self.filters, self.viewer
        clauses: Clauses = [InspectionRow.visited.is_(True)]
        if viewer.units is not None:
            here = within_area(viewer, InspectionRow.unit_id)
            clauses.append(here | _own(viewer) if viewer.may(Act.INSPECT) else here)
        if filters.from_day:
            clauses.append(InspectionRow.day >= filters.from_day)
        if filters.to_day:
            clauses.append(InspectionRow.day <= filters.to_day)
        if filters.kind:
            clauses.append(InspectionRow.kind.in_(filters.kind))
        if filters.inspection:
            clauses.append(InspectionRow.id.in_(filters.inspection))
        plain = plain_units(self.selections) if self.selections else None
        if plain is not None:
            clauses.append(InspectionRow.unit_id.in_(sorted(plain)))
        else:
            clauses += [
                selected(one, InspectionRow.unit_id, InspectionRow.placed_id) for one in self.selections
            ]
        return clauses

    def slice(self, words: Sequence[str], with_units: bool, *, visits: bool = False) -> str:
        """The slice of the tally that holds what is asked; "" if none does."""
        filters = self.filters
        needed = {PLACE} if with_units or self.selections else set()
        needed |= {word for word in words if word != "kind"}
        of_findings = (
            filters.severity or filters.cause or filters.responsible or filters.repeat or filters.text
        )
        if not visits:
            needed |= {CRITERION} if filters.criterion or filters.group else set()
        if (
            self.viewer.units is not None  # own visits beyond the own area are not told apart there
            or filters.from_day or filters.to_day or filters.inspection or (of_findings and not visits)
            or len(needed) > 1 or needed - ({PLACE, MONTH} if visits else {PLACE, MONTH, CRITERION})
        ):  # fmt: skip
            return ""
        return needed.pop() if needed else MONTH

    def takes(self, unit_id: int | None, placed_id: int | None) -> bool:
        return all(unit_id is not None and one.takes(unit_id, placed_id) for one in self.selections)


def _own(viewer: Viewer) -> ColumnElement[bool]:
    visits = select(InspectionMemberRow.inspection_id).where(
        InspectionMemberRow.person_id == viewer.person_id
    )
    return InspectionRow.id.in_(visits)


def finding_cells(
    session: Session, scope: Scope, words: Sequence[str], *, with_units: bool
) -> list[FindingCell]:
    """Findings in scope, grouped by the words and, if asked, by unit."""
    if part := scope.slice(words, with_units):
        return _tallied_findings(session, scope, part, words, with_units)
    return [_finding_cell(words, row) for row in _grouped(session, scope, words, with_units)]


def cells_and_visits(
    session: Session, scope: Scope, words: Sequence[str], *, with_units: bool
) -> tuple[list[FindingCell], list[VisitCell]]:
    """The same with the distinct inspections that have at least one of these findings, by one query."""
    found = [
        (_finding_cell(words, row[:-1]), row[-1])
        for row in _grouped(session, scope, words, with_units, visits=True)
    ]
    visits = [VisitCell(cell.unit_id, cell.placed_id, cell.values, visits) for cell, visits in found]
    return [cell for cell, _ in found], visits


def _grouped(
    session: Session, scope: Scope, words: Sequence[str], with_units: bool, *, visits: bool = False
) -> Iterable[Any]:
    by_day = tuple(words) == (MONTH,) and not with_units
    # Months alone are grouped by day, whose order an index has; the days of a month are added up afterwards.
    named = [FindingRow.day if by_day else getattr(FindingRow, word) for word in words]
    columns = [*_units(FindingRow, with_units), *named]
    in_order = _is_sqlite(session) and (tuple(words), with_units) in (((), True), (("criterion",), False))
    clauses = scope.finding_clauses(in_order)
    if visits and not _is_sqlite(session):
        query = _with_visits_by_two_steps(columns, clauses)
    else:
        every_visit = [func.count(distinct(FindingRow.inspection_id))] if visits else []
        query = select(*columns, *_sums(), *every_visit).where(*clauses).group_by(*_keys(columns))
        if visits and not with_units and scope.is_wide and "responsible" not in words:
            query = query.with_hint(FindingRow, "INDEXED BY ix_finding_by_visit", "sqlite")
    at = len(columns)
    return (
        row for row in session.execute(query) if row[at]
    )  # without groups a row comes though there be nothing


def _sums() -> list[ColumnElement[Any]]:
    both = FindingRow.n.is_not(None) & FindingRow.of.is_not(None)
    return [
        func.count(),
        *(func.count().filter(FindingRow.severity == grade) for grade in (2, 3, 4)),
        func.count().filter(FindingRow.repeat.is_(True)),
        func.sum(FindingRow.n).filter(both),
        func.sum(FindingRow.of).filter(both),
    ]


def _with_visits_by_two_steps(columns: Sequence[Any], clauses: Clauses) -> Select[Any]:
    """Sums for each inspection first, then for each group, where its inspections are rows to count.

    PostgreSQL sorts for a distinct count; this way it takes half the time. SQLite is slower at it.
    """
    keys = _keys(columns)
    sums = [one.label(f"sum_{number}") for number, one in enumerate(_sums())]
    one = select(*keys, *sums).where(*clauses).group_by(FindingRow.inspection_id, *keys).subquery()
    groups, counted = one.columns[: len(keys)], one.columns[len(keys) :]
    constants = columns[: len(columns) - len(keys)]
    return select(*constants, *groups, *(func.sum(each) for each in counted), func.count()).group_by(*groups)


def _finding_cell(words: Sequence[str], row: Sequence[Any]) -> FindingCell:
    unit, placed, *values = row[:-7]
    every, two, three, four, repeats, n, of = (int(count or 0) for count in row[-7:])
    grades = (every - two - three - four, two, three, four)
    return FindingCell(unit, placed, _texts(words, values), grades, repeats, n, of)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def visit_cells(session: Session, scope: Scope, words: Sequence[str], *, with_units: bool) -> list[VisitCell]:
    """All visits in scope, grouped; words may only be of the inspection."""
    if part := scope.slice(words, with_units, visits=True):
        return _tallied_visits(session, scope, part, words, with_units)
    columns = [*_units(InspectionRow, with_units), *(_inspection_word(word) for word in words)]
    query = select(*columns, func.count()).select_from(InspectionRow).where(*scope.visit_clauses)
    return _visits(session.execute(query.group_by(*_keys(columns))), words)


def count_visits(session: Session, scope: Scope) -> int:
    return sum(cell.visits for cell in visit_cells(session, scope, (), with_units=False))


def _tallied_findings(
    session: Session, scope: Scope, part: str, words: Sequence[str], with_units: bool
) -> list[FindingCell]:
    sums = (*(func.sum(column) for column in (*_COUNTS, TallyRow.n, TallyRow.of)),)
    states = scope.filters.state
    state = TallyRow.state.in_(states) if states else TallyRow.state != VISITED
    wanted = set(scope.filters.criterion), set(scope.filters.group)
    cells = []
    for value, kind, *counts in session.execute(_tally_query(scope, part, state, sums)):
        if part == CRITERION and not _is_wanted(value, *wanted):
            continue
        unit, placed = _place(value) if part == PLACE else (None, None)
        one, two, three, four, repeats, n, of = map(int, counts)
        if one + two + three + four and scope.takes(unit, placed):
            values = tuple(kind if word == "kind" else value for word in words)
            where = (unit, placed) if with_units else (None, None)
            cells.append(FindingCell(*where, values, (one, two, three, four), repeats, n, of))
    return cells


def _tallied_visits(
    session: Session, scope: Scope, part: str, words: Sequence[str], with_units: bool
) -> list[VisitCell]:
    query = _tally_query(scope, part, TallyRow.state == VISITED, (func.sum(TallyRow.visits),))
    cells = []
    for value, kind, visits in session.execute(query):
        unit, placed = _place(value) if part == PLACE else (None, None)
        if visits and scope.takes(unit, placed):
            values = tuple(kind if word == "kind" else value for word in words)
            cells.append(VisitCell(*((unit, placed) if with_units else (None, None)), values, int(visits)))
    return cells


def _tally_query(scope: Scope, part: str, state: ColumnElement[bool], sums: Sequence[Any]) -> Any:
    query = select(TallyRow.value, TallyRow.kind, *sums).where(TallyRow.slice == part, state)
    if scope.filters.kind:
        query = query.where(TallyRow.kind.in_(scope.filters.kind))
    return query.group_by(TallyRow.value, TallyRow.kind)


def _is_wanted(criterion: str, criteria: set[str], groups: set[str]) -> bool:
    return (not criteria or criterion in criteria) and (not groups or criterion.split("-")[0] in groups)


def _place(value: str) -> tuple[int, int | None]:
    unit, _, placed = value.partition("/")
    return int(unit), int(placed) if placed else None


def _visits(rows: Iterable[Any], words: Sequence[str]) -> list[VisitCell]:
    return [
        VisitCell(unit, placed, _texts(words, values), visits)
        for unit, placed, *values, visits in rows
        if visits
    ]


def _units(table: Any, with_units: bool) -> list[Any]:
    return [table.unit_id, table.placed_id] if with_units else [null(), null()]


def _keys(columns: Sequence[Any]) -> list[Any]:
    """What can be grouped by: constants cannot."""
    return [column for column in columns if not isinstance(column, type(null()))]


def _inspection_word(word: str) -> Any:
    if word not in ("kind", "month"):
        raise ValueError(f"{word} is no property of an inspection")
    return getattr(InspectionRow, word)


def _texts(words: Sequence[str], values: Sequence[Any]) -> tuple[str | None, ...]:
    return tuple(
        None if value is None or value == "" else str(value)[:7] if word == MONTH else str(value)
        for word, value in zip(words, values, strict=True)
    )
