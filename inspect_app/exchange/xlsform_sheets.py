"""Read an XLSForm (Markdown or xlsx) into sheets that remember where each row stood in the file.

pyxform's own readers drop row numbers of Markdown and silently lose rows (a text in the first cell starts an unknown
sheet); these keep the numbers an author sees and complain instead.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import load_workbook  # type: ignore[import-untyped]
from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]

from inspect_app.domain.problems import N_
from inspect_app.domain.text import nfc

from .xlsform_faults import FaultBook, nearest

SHEETS = ("settings", "survey", "choices")
MOST_BYTES = 5_000_000
MOST_UNPACKED = 50_000_000
MOST_ROWS = 3_000
MOST_COLUMNS = 60

_PIPE = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r":?-+:?")


@dataclass(frozen=True)
class Row:
    """One row under a header; `number` is its place in the file, `cells` holds only filled cells."""

    sheet: str
    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Sheet:
    name: str
    header_number: int
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


RawRow = tuple[int, list[str]]


def read_sheets(source: bytes, filename: str, faults: FaultBook) -> dict[str, Sheet]:
    """The known sheets of a source by name. What cannot be read is added to `faults`."""
    if len(source) > MOST_BYTES:
        faults.add("", 0, "", N_("Tệp lớn hơn 5 MB. Biểu mẫu chỉ gồm chữ, hãy bỏ hình ảnh."))
        return {}
    if filename.lower().endswith(".md"):
        raw = _markdown(source, faults)
    elif filename.lower().endswith(".xlsx"):
        raw = _workbook(source, faults)
    else:
        faults.add(
            "", 0, "", N_("Chỉ nhận tệp .md hoặc .xlsx. Hãy lưu lại biểu mẫu theo một trong hai dạng đó.")
        )
        return {}
    return {name: _sheet(name, rows, faults) for name, rows in raw.items() if rows}


def _sheet(name: str, rows: list[RawRow], faults: FaultBook) -> Sheet:
    number, header = rows[0]
    columns = tuple(re.sub(r"\s+", " ", title.strip()) for title in header)
    for title in sorted({title for title in columns if title and columns.count(title) > 1}):
        faults.add(name, number, title, N_("Cột này có hai lần. Hãy xóa một cột."))
    kept = (_row(name, columns, place, cells, faults) for place, cells in rows[1:])
    return Sheet(
        name, number, tuple(title for title in columns if title), tuple(row for row in kept if row.cells)
    )


def _row(name: str, columns: tuple[str, ...], number: int, cells: list[str], faults: FaultBook) -> Row:
    filled: dict[str, str] = {}
    for place, cell in enumerate(cells):
        text = nfc(cell).strip()
        if not text:
            continue
        if place >= len(columns) or not columns[place]:
            message = N_(
                "Ô thứ %(place)s có chữ nhưng cột đó không có tên. Hãy kiểm tra dấu | hoặc đặt tên cột."
            )
            faults.add(name, number, "", message, place=place + 1)
        else:
            filled[columns[place]] = text
    return Row(name, number, filled)


def _known_sheet(name: str, number: int, seen: Iterable[str], faults: FaultBook) -> bool:
    if name not in SHEETS:
        message = N_("Không có bảng nào tên “%(name)s”.%(hint)s Chỉ dùng: settings, survey, choices.")
        faults.add("", number, "", message, name=name, hint=nearest(name, SHEETS))
        return False
    if name in seen:
        faults.add(name, number, "", N_("Bảng này có hai lần. Hãy gộp lại làm một."))
        return False
    return True


# Markdown


def _markdown(source: bytes, faults: FaultBook) -> dict[str, list[RawRow]]:
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError:
        faults.add("", 0, "", N_("Tệp không phải chữ UTF-8. Hãy lưu lại với bảng mã UTF-8."))
        return {}
    sheets: dict[str, list[RawRow]] = {}
    current: list[RawRow] = []
    name = ""
    for number, cells in _table_lines(text, faults):
        head, rest = cells[0], cells[1:]
        if head and not any(rest):
            name = head.lower()
            current = []
            if _known_sheet(name, number, sheets, faults):
                sheets[name] = current
            continue
        if head:
            message = N_(
                "Ô đầu dòng phải để trống (chỉ dòng mở bảng mới ghi tên bảng ở đó). Hãy chuyển “%(text)s” sang cột của nó."
            )
            faults.add(name, number, "", message, text=head)
        current.append((number, rest))
    return sheets


def _table_lines(text: str, faults: FaultBook) -> Iterator[RawRow]:
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        if not bare.startswith("|"):
            if _PIPE.search(bare):
                faults.add("", number, "", N_("Dòng của bảng phải bắt đầu bằng dấu |."))
            continue
        parts = _PIPE.split(bare[1:])
        if parts[-1].strip():
            faults.add("", number, "", N_("Dòng của bảng phải kết thúc bằng dấu |."))
        else:
            parts.pop()
        cells = [part.strip().replace(r"\|", "|") for part in parts]
        filled = [cell for cell in cells if cell]
        if filled and not all(_RULE.fullmatch(cell) for cell in filled):
            yield number, cells


# xlsx


def _workbook(source: bytes, faults: FaultBook) -> dict[str, list[RawRow]]:
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
                faults.add("", 0, "", N_("Tệp xlsx quá lớn khi mở ra. Hãy chép các bảng sang một tệp mới."))
                return {}
        book = load_workbook(io.BytesIO(source), read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError):
        faults.add("", 0, "", N_("Không mở được tệp xlsx. Hãy mở bằng Excel hoặc LibreOffice và lưu lại."))
        return {}
    sheets: dict[str, list[RawRow]] = {}
    for page in book.worksheets:
        name = page.title.strip().lower()
        if not _known_sheet(name, 0, sheets, faults):
            continue
        rows = [
            (number, [_cell_text(value) for value in values])
            for number, values in enumerate(
                page.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True), start=1
            )
        ]
        sheets[name] = [row for row in rows if any(row[1])]
    book.close()
    return sheets


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\u00a0", " ")
