"""XLSX as openpyxl and LibreOffice see it: real dates and numbers, right accents, text that stays text."""

import tracemalloc
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from inspect_app.exchange.cells import Row
from inspect_app.exchange.csv_table import write_csv
from inspect_app.exchange.xlsx_table import Sheet, write_workbook, write_xlsx
from tests.office import read_in_office

HEADER = ["STT", "Huyện", "Ngày kiểm tra", "Nội dung tồn tại, vi phạm", "Tỷ lệ"]
LONG = "Chưa niêm yết đầy đủ thủ tục hành chính; " * 20 + "hết"
ROWS: list[Row] = [
    [1, "Đức Phổ", date(2021, 6, 5), "=HYPERLINK(1)", Decimal("-1.5")],
    [2, "Ia H'Drai", datetime(2025, 7, 1, 8, 30, tzinfo=UTC), "http://example.vn", 0.25],
    [3, unicodedata.normalize("NFD", "Ngọk Réo"), None, "-5", 1_000_000],
    [4, "a\x01b_x0041_", date(1899, 5, 1), LONG, float("nan")],
]


def written(path: Path, rows: list[Row] = ROWS) -> Path:
    widths = [6, 18, 14, 60, 10]
    count = write_xlsx(
        path, title="Tồn tại & vi phạm", sheet="Danh sách", header=HEADER, rows=rows, widths=widths, wrap=[3]
    )
    assert count == len(rows)
    return path


def sheet_of(path: Path) -> Any:
    return openpyxl.load_workbook(path)["Danh sách"]


def test_dates_and_numbers_are_real_and_text_is_text(tmp_path: Path) -> None:
    sheet = sheet_of(written(tmp_path / "x.xlsx"))
    assert [cell.value for cell in sheet[1]] == HEADER
    assert [cell.value for cell in sheet[2]] == [1, "Đức Phổ", datetime(2021, 6, 5), "=HYPERLINK(1)", -1.5]
    assert [cell.data_type for cell in sheet[2]] == ["n", "s", "d", "s", "n"]
    assert sheet["C2"].number_format == "dd/mm/yyyy"
    assert sheet["C3"].value == datetime(2025, 7, 1, 8, 30)
    assert sheet["C3"].number_format == "dd/mm/yyyy hh:mm"
    assert sheet["D3"].hyperlink is None
    assert sheet["B4"].value == "Ngọk Réo"
    assert [cell.value for cell in sheet[4]][2:] == [None, "-5", 1_000_000]
    assert sheet["C5"].value == "01/05/1899"
    assert sheet["E5"].value == "nan"


def test_the_sheet_is_made_for_reading_and_printing(tmp_path: Path) -> None:
    sheet = sheet_of(written(tmp_path / "x.xlsx"))
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:E5"
    assert sheet.print_title_rows == "$1:$1"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage) == (0, True)
    assert sheet.oddHeader.center.text == "Tồn tại && vi phạm"
    assert 59 < sheet.column_dimensions["D"].width < 62
    assert sheet["D2"].alignment.wrap_text and not sheet["B2"].alignment.wrap_text
    for place in ("A1", "A2", "B2", "C2", "D2", "E2"):
        assert (sheet[place].font.name, sheet[place].font.size) == ("Times New Roman", 12)
        assert sheet[place].font.bold == (place == "A1")


def test_what_a_cell_cannot_hold_is_cut_and_marked(tmp_path: Path) -> None:
    rows: list[Row] = [[1, "Ắ" * 40_000, None, "\ud800", 0]]
    sheet = sheet_of(written(tmp_path / "x.xlsx", rows))
    assert sheet["B2"].value.endswith("Ắ […]") and len(sheet["B2"].value) < 32_767
    assert sheet["D2"].value == "\ufffd"


def test_a_list_without_rows_is_a_valid_file(tmp_path: Path) -> None:
    assert sheet_of(written(tmp_path / "x.xlsx", [])).max_row == 1


def test_rows_that_a_sheet_cannot_hold_go_on_in_the_next(tmp_path: Path) -> None:
    sheets = [Sheet("Xã", ["a"], [[n] for n in range(7)], [5]), Sheet("Huyện", ["b"], [[1]], [5])]
    assert write_workbook(tmp_path / "x.xlsx", "t", sheets, max_rows=4) == 8
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == ["Xã", "Xã (2)", "Xã (3)", "Huyện"]
    seen = [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book]
    assert seen == [["a", 0, 1, 2], ["a", 3, 4, 5], ["a", 6], ["b", 1]]


def test_rows_that_fail_leave_nothing_behind(tmp_path: Path) -> None:
    def rows() -> Iterator[Row]:
        yield [1]
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        write_xlsx(tmp_path / "x.xlsx", title="t", sheet="s", header=["a"], rows=rows(), widths=[5])
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        rows = (
            [number, "Đức Phổ", date(2025, 7, 1), f"Niêm yết thiếu {number}", None] for number in range(count)
        )
        tracemalloc.start()
        write_xlsx(tmp_path / "x.xlsx", title="t", sheet="s", header=HEADER, rows=rows, widths=[9] * 5)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    filled = peak(6_000)  # enough to fill every buffer once
    assert peak(12_000) - filled < 100_000


@pytest.mark.libreoffice
def test_libreoffice_reads_the_xlsx_with_accents_dates_and_numbers(tmp_path: Path) -> None:
    seen = read_in_office(written(tmp_path / "x.xlsx"), tmp_path)
    assert [cell.value for cell in seen[0]] == HEADER
    assert [(cell.kind, cell.value) for cell in seen[1]] == [
        ("float", "1"),
        ("string", "Đức Phổ"),
        ("date", "2021-06-05"),
        ("string", "=HYPERLINK(1)"),
        ("float", "-1.5"),
    ]
    assert seen[1][2].shown == "05/06/2021"
    assert [row[1].value for row in seen[2:4]] == ["Ia H'Drai", "Ngọk Réo"]
    assert seen[4][3].value == LONG
    assert not any(cell.formula for row in seen for cell in row)


@pytest.mark.libreoffice
def test_libreoffice_reads_the_csv_with_accents_dates_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"".join(write_csv(HEADER, ROWS[:3])))
    seen = read_in_office(path, tmp_path)
    assert [cell.value for cell in seen[0]] == HEADER
    assert [(cell.kind, cell.value) for cell in seen[1]] == [
        ("float", "1"),
        ("string", "Đức Phổ"),
        ("date", "2021-06-05"),
        ("string", "'=HYPERLINK(1)"),
        ("float", "-1.5"),
    ]
    assert [row[1].value for row in seen[2:]] == ["Ia H'Drai", "Ngọk Réo"]
    assert not any(cell.formula for row in seen for cell in row)
