"""units.csv, successions.csv and points.csv: bytes in, rows with their numbers and faults in plain Vietnamese out.

Files come from people: a BOM, semicolons, dd/mm/yyyy dates and decomposed letters, as spreadsheets leave them, are
understood. What a row means is judged in `domain/resolutions.py`.
"""

import csv
import re
from collections.abc import Callable, Iterator
from datetime import date
from io import StringIO
from typing import TypeVar

from inspect_app.domain.problems import N_
from inspect_app.domain.resolutions import (
    SUCCESSIONS_FILE,
    UNITS_FILE,
    RowFault,
    SuccessionLine,
    UnitLine,
)
from inspect_app.domain.sentences import Sentence
from inspect_app.domain.text import nfc
from inspect_app.domain.units import UnitKey

POINTS_FILE = "points.csv"
_UNIT_COLUMNS = ("code", "name", "kind", "level", "parent_code", "valid_from", "valid_to")
_SUCCESSION_COLUMNS = (
    "from_code", "from_valid_from", "to_code", "to_valid_from", "effective_date", "kind", "source",
)  # fmt: skip
_POINT_COLUMNS = ("code", "valid_from", "lat", "lon")
_MOST_ROWS = 50_000  # all communes of the country over a century; more is another kind of file
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")

_Row = dict[str, str]
Line = TypeVar("Line")


class _Fault(Exception):
    """What is wrong with a cell or a file; becomes a RowFault with the number of its row."""

    def __init__(self, message: str, row: int = 1, **params: object) -> None:
        self.sentence = Sentence(message, **params)
        super().__init__(self.sentence)
        self.row = row


def read_units(data: bytes) -> tuple[list[UnitLine], list[RowFault]]:
    """The rows of units.csv; columns `lat`, `lon` may be added. A row with a fault is told, not returned."""

    def line(number: int, row: _Row) -> UnitLine:
        lat, lon = _point(row)
        return UnitLine(
            number, row["code"], _day(row, "valid_from"), _day(row, "valid_to") if row["valid_to"] else None,
            row["name"], row["kind"], row["level"], row["parent_code"], lat, lon,
        )  # fmt: skip

    return _read(data, UNITS_FILE, _UNIT_COLUMNS, line)


def read_successions(data: bytes) -> tuple[list[SuccessionLine], list[RowFault]]:
    """The rows of successions.csv."""

    def line(number: int, row: _Row) -> SuccessionLine:
        return SuccessionLine(
            number, (row["from_code"], _day(row, "from_valid_from")), (row["to_code"], _day(row, "to_valid_from")),
            _day(row, "effective_date"), row["kind"], row["source"],
        )  # fmt: skip

    return _read(data, SUCCESSIONS_FILE, _SUCCESSION_COLUMNS, line)


def read_points(data: bytes) -> tuple[dict[UnitKey, tuple[float, float]], list[RowFault]]:
    """points.csv as (code, valid_from) -> (lat, lon); rows without numbers are faults."""

    def line(_number: int, row: _Row) -> tuple[UnitKey, tuple[float, float]]:
        lat, lon = _point(row)
        if lat is None or lon is None:
            raise _Fault(N_("Thiếu lat hoặc lon."))
        return (row["code"], _day(row, "valid_from")), (lat, lon)

    points, faults = _read(data, POINTS_FILE, _POINT_COLUMNS, line)
    return dict(points), faults


def _read(
    data: bytes, file: str, columns: tuple[str, ...], line: Callable[[int, _Row], Line]
) -> tuple[list[Line], list[RowFault]]:
    lines: list[Line] = []
    faults: list[RowFault] = []
    try:
        for number, row in _rows(data, columns):
            try:
                lines.append(line(number, row))
            except _Fault as fault:
                faults.append(RowFault(file, number, fault.sentence))
    except _Fault as fault:
        faults.append(RowFault(file, fault.row, fault.sentence))
    return lines, faults


def _rows(data: bytes, columns: tuple[str, ...]) -> Iterator[tuple[int, _Row]]:
    try:
        text = nfc(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _Fault(N_("Tệp không phải UTF-8. Hãy lưu lại dưới dạng “CSV UTF-8”.")) from None
    if not text.strip():
        raise _Fault(N_("Tệp trống."))
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader)]
        missing = [name for name in columns if name not in header]
        if missing:
            raise _Fault(N_("Hàng tiêu đề thiếu cột: %(columns)s."), columns=", ".join(missing))
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if reader.line_num > _MOST_ROWS:
                raise _Fault(N_("Tệp có quá nhiều hàng."), reader.line_num)
            yield reader.line_num, _cells(header, cells)
    except csv.Error as error:
        text = N_("Không đọc được hàng này (%(error)s); hãy xem dấu ngoặc kép và dấu phân cách.")
        raise _Fault(text, reader.line_num, error=error) from None


def _cells(header: list[str], cells: list[str]) -> _Row:
    """Column -> text with single spaces; cells missing at the end of a row are empty."""
    padded = [*cells, *[""] * (len(header) - len(cells))]
    return {name: " ".join(cell.split()) for name, cell in zip(header, padded, strict=False)}


def _day(row: _Row, column: str) -> date:
    text = row[column]
    try:
        if found := _DAY_FIRST.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(text)
    except ValueError:
        message = N_("Cột %(column)s: “%(text)s” không phải ngày; hãy ghi dạng 2025-07-01 hoặc 01/07/2025.")
        raise _Fault(message, column=column, text=text) from None


def _point(row: _Row) -> tuple[float | None, float | None]:
    lat, lon = row.get("lat", ""), row.get("lon", "")
    if not lat and not lon:
        return None, None
    try:
        point = float(lat.replace(",", ".")), float(lon.replace(",", "."))
    except ValueError:
        raise _Fault(N_("lat, lon phải là số, ví dụ 15.124 và 108.814.")) from None
    if not (-90 <= point[0] <= 90 and -180 <= point[1] <= 180):
        raise _Fault(N_("lat, lon nằm ngoài trái đất; có thể đã đổi chỗ hai cột."))
    return point
