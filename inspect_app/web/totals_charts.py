"""From tables of totals to the rows, points and columns that web/charts.py draws, and the crossed table of two words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from inspect_app.domain.filters import Filters
from inspect_app.domain.text import format_number, format_share
from inspect_app.domain.totals import Head, Sums, TotalRow, Totals
from inspect_app.operations.desk import Desk

from .charts import Bar, Month, Point, month_codes

Drill = Callable[[Head], str]
MONTHS = 72  # in the trend, the latest
WIDEST = 4000  # cells of a crossed table on screen
LARGEST = 60  # its rows and columns when it would have more


def grave(sums: Sums) -> int:
    return sums.severity[2] + sums.severity[3]


def per_visit(sums: Sums) -> str:
    return format_number(sums.findings / sums.visits, 1) if sums.visits else "–"


def place_bars(ranked: Sequence[tuple[int | None, TotalRow]], minimum: int, drill: Drill) -> list[Bar]:
    """Findings a visit, so that a place is not worse for having been visited more often; the unranked come after."""
    bars = [_place_bar(row, f"{place}. ", drill) for place, row in ranked if place]
    few = [row for place, row in ranked if not place and row.sums.visits < minimum]
    other = [row for place, row in ranked if not place and row.sums.visits >= minimum]
    if few:
        heading = _("Ít lượt kiểm tra (dưới %(minimum)s), không xếp thứ:", minimum=minimum)
        bars += [Bar(heading, None), *(_place_bar(row, "", drill) for row in few)]
    return bars + [_place_bar(row, "", drill) for row in other]


def _place_bar(row: TotalRow, place: str, drill: Drill) -> Bar:
    sums = row.sums
    visits = max(1, sums.visits)
    detail = f"{format_number(sums.findings)}/{format_number(sums.visits)}"
    return Bar(
        f"{place}{row.head.label}", sums.findings / visits, grave(sums) / visits, per_visit(sums), detail,
        drill(row.head), not place,
    )  # fmt: skip


def criterion_bars(rows: Sequence[TotalRow], drill: Drill) -> list[Bar]:
    return [
        Bar(
            row.head.label, row.sums.findings, grave(row.sums), format_number(row.sums.findings),
            format_share(row.sums.n, row.sums.of) if row.sums.of else "", drill(row.head),
        )
        for row in rows
    ]  # fmt: skip


def commune_points(at: Desk, filters: Filters, communes: Totals, drill: Drill) -> list[Point]:
    """A bubble a row with findings, and a dot for every other commune of the map, which together show the province."""
    points, seen = [], set()
    for row in communes.rows:
        place = row.head.place
        if (
            place is None
            or place.unit.lat is None
            or place.unit.lon is None
            or row.head.status == "undetermined"
        ):
            continue
        if row.sums.findings:
            seen.add(place.unit.id)
            office = row.head.status == "district_office"
            detail = _(
                "%(findings)s phát hiện, %(visits)s lượt kiểm tra",
                findings=row.sums.findings,
                visits=row.sums.visits,
            )
            points.append(
                Point(
                    place.unit.full_name if office else place.unit.name,
                    place.unit.lat,
                    place.unit.lon,
                    row.sums.findings,
                    drill(row.head),
                    detail,
                    office,
                )
            )
    map_day = at.gazetteer.clamped(filters.map_day or at.today)
    points += [
        Point(unit.full_name, unit.lat, unit.lon, 0)
        for unit in at.gazetteer.in_force(map_day, "commune")
        if unit.id not in seen and unit.lat is not None and unit.lon is not None
    ]
    return points  # fmt: skip


def month_columns(months: Totals, drill: Drill) -> list[Month]:
    """Every month from the first to the last one, those without anything too."""
    rows = {row.head.code: row for row in months.rows if row.head.code}
    if not rows:
        return []
    codes = month_codes(min(rows), max(rows))[-MONTHS:]
    empty = Sums()
    found = []
    for code in codes:
        row = rows.get(code)
        sums, label = (row.sums if row else empty), f"{code[5:]}/{code[:4]}"
        found.append(
            Month(code, label, sums.findings, grave(sums), sums.visits, drill(row.head) if row else "")
        )
    return found


@dataclass(frozen=True)
class Matrix:
    """The table of two words: lines of cells in the order of `columns`, None where there is nothing."""

    columns: list[tuple[Head, Sums]]
    lines: list[tuple[Head, list[TotalRow | None], Sums]]
    left_out: bool


def make_matrix(table: Totals) -> Matrix:
    cells: dict[Head, dict[Head, TotalRow]] = {}
    down: dict[Head, Sums] = {}
    right: dict[Head, Sums] = {head: Sums() for head in table.columns}
    for row in table.rows:
        if row.across is not None:
            cells.setdefault(row.head, {})[row.across] = row
            _add(down.setdefault(row.head, Sums()), row.sums)
            _add(right[row.across], row.sums)
    heads, columns = list(cells), table.columns
    left_out = len(heads) * len(columns) > WIDEST
    if left_out:
        heads, columns = _heaviest(heads, down), _heaviest(columns, right)
    lines = [(head, [cells[head].get(column) for column in columns], down[head]) for head in heads]
    return Matrix([(column, right[column]) for column in columns], lines, left_out)


def _heaviest(heads: Sequence[Head], sums: Mapping[Head, Sums]) -> list[Head]:
    chosen = set(sorted(heads, key=lambda head: -sums[head].findings)[:LARGEST])
    return [head for head in heads if head in chosen]


def _add(sums: Sums, more: Sums) -> None:
    """Findings only: visits of rows may be the same ones."""
    sums.severity = [one + other for one, other in zip(sums.severity, more.severity, strict=True)]
