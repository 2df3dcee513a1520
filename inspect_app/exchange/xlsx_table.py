"""Writes tables as XLSX for an office that prints: real dates and numbers, Times New Roman 12, A4 landscape.

Rows stream to a temporary file beside the target (xlsxwriter's constant_memory), so memory does not grow with them.
"""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from inspect_app.domain.text import format_date, nfc

from .cells import Row

A4 = 9
FONT = {"font_name": "Times New Roman", "font_size": 12}
MAX_ROWS = 1_048_576  # of a sheet, the header's row among them
MAX_TEXT = 32_000  # Excel's limit for a cell is 32,767 UTF-16 units
_FIRST_SERIAL_DAY = date(1900, 3, 1)  # Excel counts a 29 February 1900 that never was
_SERIAL_ZERO = date(1899, 12, 30).toordinal()


@dataclass(frozen=True)
class Sheet:
    """One sheet; `header`, `widths` (in characters) and every row have the same length.

    Columns whose numbers are in `wrap` break long lines.
    """

    name: str
    header: Sequence[str]
    rows: Iterable[Row]
    widths: Sequence[float]
    wrap: frozenset[int] = frozenset()


@dataclass(frozen=True)
class _Looks:
    header: Format
    plain: Format
    wrapped: Format
    day: Format
    moment: Format


def write_xlsx(
    path: Path,
    *,
    title: str,
    sheet: str,
    header: Sequence[str],
    rows: Iterable[Row],
    widths: Sequence[float],
    wrap: Iterable[int] = (),
) -> int:
    """A workbook of one sheet at `path`; gives the number of rows below the header. See `write_workbook`."""
    return write_workbook(path, title, [Sheet(sheet, header, rows, widths, frozenset(wrap))])


def write_workbook(path: Path, title: str, sheets: Iterable[Sheet], max_rows: int = MAX_ROWS) -> int:
    """Write `sheets` to `path` and give the number of all rows below their headers.

    Every sheet has its header in row 1, frozen, filtered and repeated on each printed page; `title` is printed on top
    and kept in the file's properties. More rows than a sheet can hold go on in "name (2)". Text is always text, never
    a formula or a link. If `rows` fails, its error passes through, and of the file nothing is left.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".xlsx-") as folder:
        draft = Path(folder) / "draft.xlsx"
        workbook = Workbook(
            str(draft),
            {
                "constant_memory": True,
                "tmpdir": folder,
                "use_zip64": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "default_format_properties": FONT,
            },
        )
        workbook.set_properties({"title": nfc(title)})
        looks = _looks(workbook)
        total = 0
        for sheet in sheets:
            total += _write_sheet(workbook, sheet, looks, title, max_rows)
        workbook.close()
        draft.replace(path)
    return total


def _looks(workbook: Workbook) -> _Looks:
    def look(**properties: object) -> Format:
        return workbook.add_format({**FONT, "valign": "top", **properties})

    return _Looks(
        header=look(
            bold=True, text_wrap=True, align="center", valign="vcenter", bg_color="#E7EEF5", border=1
        ),
        plain=look(),
        wrapped=look(text_wrap=True),
        day=look(num_format="dd/mm/yyyy", align="center"),
        moment=look(num_format="dd/mm/yyyy hh:mm", align="center"),
    )


def _write_sheet(workbook: Workbook, sheet: Sheet, looks: _Looks, title: str, max_rows: int) -> int:
    page, pages, line, total = _Page(workbook, sheet, looks, title, sheet.name), 1, 0, 0
    for row in sheet.rows:
        line += 1
        if line >= max_rows:
            page.finish(line - 1)
            line, pages = 1, pages + 1
            page = _Page(workbook, sheet, looks, title, f"{sheet.name} ({pages})")
        page.write_row(line, row)
        total += 1
    page.finish(line)
    return total


class _Page:
    """One worksheet of the file, with its header written."""

    def __init__(self, workbook: Workbook, sheet: Sheet, looks: _Looks, title: str, name: str) -> None:
        self._worksheet = workbook.add_worksheet(nfc(name)[:31])
        self._looks = looks
        self._last_column = len(sheet.header) - 1
        self._text_looks = [
            looks.wrapped if column in sheet.wrap else looks.plain for column in range(len(sheet.header))
        ]
        _set_up_print(self._worksheet, title)
        for column, width in enumerate(sheet.widths):
            self._worksheet.set_column(column, column, width, self._text_looks[column])
        for column, heading in enumerate(sheet.header):
            self._worksheet.write_string(0, column, nfc(heading), looks.header)
        self._worksheet.freeze_panes(1, 0)

    def write_row(self, line: int, row: Row) -> None:
        """Write each cell by its type. Dates go in as Excel's day numbers, which costs a fifth of write_datetime."""
        looks, text, number = self._looks, self._worksheet.write_string, self._worksheet.write_number
        for column, cell in enumerate(row):
            if cell is None or cell == "":
                continue
            if isinstance(cell, str):
                text(line, column, _fitting(cell), self._text_looks[column])
            elif isinstance(cell, int):
                number(line, column, cell, looks.plain)
            elif isinstance(cell, date) and (serial := _serial(cell)) is not None:
                number(line, column, serial, looks.moment if isinstance(cell, datetime) else looks.day)
            elif isinstance(cell, float | Decimal) and isfinite(cell):
                number(line, column, float(cell), looks.plain)
            else:
                text(line, column, format_date(cell) if isinstance(cell, date) else str(cell), looks.plain)

    def finish(self, last_row: int) -> None:
        self._worksheet.autofilter(0, 0, max(last_row, 1), self._last_column)


def _set_up_print(worksheet: Worksheet, title: str) -> None:
    worksheet.set_landscape()
    worksheet.set_paper(A4)
    worksheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(0)
    worksheet.hide_gridlines(0)  # 0: printed too
    worksheet.set_header('&C&"Times New Roman,Bold"&13' + nfc(title).replace("&", "&&")[:200])
    worksheet.set_footer('&C&"Times New Roman"&11&P/&N')


def _fitting(text: str) -> str:
    """NFC text that a cell can hold; what is cut off is marked so. A lone surrogate, which XML cannot say, is `?`."""
    if text.isascii() and len(text) <= MAX_TEXT:
        return text
    composed = nfc(text).encode("utf-8", "replace").decode()
    return composed if len(composed) <= MAX_TEXT else composed[:MAX_TEXT] + " […]"


def _serial(day: date) -> float | None:
    """Days since 30/12/1899, with the time of day as fraction; None for a day Excel cannot count."""
    if (day.year, day.month, day.day) < (_FIRST_SERIAL_DAY.year, _FIRST_SERIAL_DAY.month, 1):
        return None
    serial = day.toordinal() - _SERIAL_ZERO
    if isinstance(day, datetime):
        return serial + (day.hour * 3600 + day.minute * 60 + day.second) / 86400
    return serial
