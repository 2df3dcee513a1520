"""The grouped queries that totals are added up from: findings by GROUP BY, visits as distinct inspections.

Storage groups by the record's own unit; domain/totals.py places the groups on the map of the day that is asked.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, distinct, func, null, select
from sqlalchemy.orm import Session

from inspect_app.domain.filter_places import plain_units, selections
from inspect_app.domain.filters import Filters
from inspect_app.domain.totals import FindingCell, VisitCell
from inspect_app.domain.units import Gazetteer

from .finding_list import selected
from .findings import FindingRow
from .inspections import InspectionMemberRow, InspectionRow, Viewer, within_area


def finding_cells(
    session: Session, clauses: Sequence[ColumnElement[bool]], words: Sequence[str], *, with_units: bool
) -> list[FindingCell]:
    """Findings that fulfil the clauses, grouped by the words and, if asked, by unit."""
    columns = [*_units(FindingRow, with_units), *(_finding_word(word) for word in words)]
    both = FindingRow.n.is_not(None) & FindingRow.of.is_not(None)
    query = (
        select(
            *columns,
            *(func.sum(case((FindingRow.severity == grade, 1), else_=0)) for grade in (1, 2, 3, 4)),
            func.sum(case((FindingRow.repeat, 1), else_=0)),
            func.sum(case((both, FindingRow.n), else_=0)),
            func.sum(case((both, FindingRow.of), else_=0)),
        )
        .where(*clauses)
        .group_by(*_keys(columns))
    )
    return [
        FindingCell(unit, placed, tuple(map(_text, values[: len(words)])), tuple(values[-7:-3]), *values[-3:])
        for unit, placed, *values in session.execute(query)
    ]


def visit_cells(
    session: Session, clauses: Sequence[ColumnElement[bool]], words: Sequence[str], *, with_units: bool
) -> list[VisitCell]:
    """All visits that fulfil the clauses of `visit_clauses`, grouped; words may only be of the inspection."""
    columns = [*_units(InspectionRow, with_units), *(_inspection_word(word) for word in words)]
    query = (
        select(*columns, func.count()).select_from(InspectionRow).where(*clauses).group_by(*_keys(columns))
    )
    return [
        VisitCell(unit, placed, tuple(map(_text, values[:-1])), values[-1])
        for unit, placed, *values in session.execute(query)
    ]


def finding_visit_cells(
    session: Session, clauses: Sequence[ColumnElement[bool]], words: Sequence[str], *, with_units: bool
) -> list[VisitCell]:
    """Distinct inspections with at least one finding that fulfils the clauses, grouped."""
    columns = [*_units(FindingRow, with_units), *(_finding_word(word) for word in words)]
    # An inspection has one finding a criterion, so that counting them is counting inspections.
    visits = func.count() if "criterion" in words else func.count(distinct(FindingRow.inspection_id))
    query = select(*columns, visits).select_from(FindingRow).where(*clauses).group_by(*_keys(columns))
    return [
        VisitCell(unit, placed, tuple(map(_text, values[:-1])), values[-1])
        for unit, placed, *values in session.execute(query)
    ]


def count_visits(session: Session, clauses: Sequence[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(InspectionRow).where(*clauses)) or 0


def visit_clauses(filters: Filters, gazetteer: Gazetteer, viewer: Viewer) -> list[ColumnElement[bool]]:
    """The inspections in scope of the filters: those of them that speak of inspections, not of findings.

    Only inspections with an accepted submission are visits, so that no planned one can be counted.
    """
    clauses: list[ColumnElement[bool]] = [InspectionRow.visited.is_(True)]
    if viewer.units is not None:
        own = select(InspectionMemberRow.inspection_id).where(
            InspectionMemberRow.person_id == viewer.person_id
        )
        clauses.append(within_area(viewer, InspectionRow.unit_id) | InspectionRow.id.in_(own))
    if filters.from_day:
        clauses.append(InspectionRow.day >= filters.from_day)
    if filters.to_day:
        clauses.append(InspectionRow.day <= filters.to_day)
    if filters.kind:
        clauses.append(InspectionRow.kind.in_(filters.kind))
    if filters.inspection:
        clauses.append(InspectionRow.id.in_(filters.inspection))
    chosen = selections(filters, gazetteer)
    if chosen:
        plain = plain_units(chosen)
        if plain is not None:
            clauses.append(InspectionRow.unit_id.in_(sorted(plain)))
        else:
            clauses += [selected(one, InspectionRow.unit_id, InspectionRow.placed_id) for one in chosen]
    return clauses


def _units(table: Any, with_units: bool) -> list[Any]:
    return [table.unit_id, table.placed_id] if with_units else [null(), null()]


def _keys(columns: Sequence[Any]) -> list[Any]:
    """What can be grouped by: constants cannot."""
    return [column for column in columns if column is not None and not isinstance(column, type(null()))]


def _finding_word(word: str) -> Any:
    return getattr(FindingRow, word)


def _inspection_word(word: str) -> Any:
    if word == "kind":
        return InspectionRow.kind
    if word == "month":
        return InspectionRow.month
    raise ValueError(f"{word} is no property of an inspection")


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)
