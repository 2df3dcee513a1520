"""CSV as Excel and LibreOffice in Vietnam read it."""

import csv
import io
import tracemalloc
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import pytest

from inspect_app.exchange.cells import Cell, Row
from inspect_app.exchange.csv_table import CHUNK_BYTES, write_csv


def one_cell(cell: Cell) -> str:
    text = b"".join(write_csv(["x"], [[cell]])).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))[1][0]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("Đức Phổ", "Đức Phổ"),
        (unicodedata.normalize("NFD", "Ngọk Réo"), "Ngọk Réo"),
        ("Ia H'Drai", "Ia H'Drai"),
        ('nói "được", rồi\nthôi', 'nói "được", rồi\nthôi'),
        ("=1+1", "'=1+1"),
        ("+84 255", "'+84 255"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\r=1", "'\r=1"),
        ("a=1", "a=1"),
        ("51001", "51001"),
        (-5, "-5"),
        (0, "0"),
        (Decimal("-1.50"), "-1,50"),
        (1e-7, "0,0000001"),
        (12345678.9, "12345678,9"),
        (date(2021, 6, 5), "05/06/2021"),
        (datetime(2025, 7, 1, 8, 5), "01/07/2025 08:05"),
        (None, ""),
        ("\ud800", "\ufffd"),
    ],
)
def test_a_cell_is_written_as_people_read_it_and_never_as_a_formula(cell: Cell, written: str) -> None:
    assert one_cell(cell) == written


def test_the_file_has_a_bom_commas_and_crlf() -> None:
    assert b"".join(write_csv(["STT", "Huyện"], [[1, "a,b"]])) == '\ufeffSTT,Huyện\r\n1,"a,b"\r\n'.encode()


def test_the_header_leaves_before_the_first_row_is_asked_for() -> None:
    def rows() -> Iterator[Row]:
        raise AssertionError("asked for a row")
        yield []

    pieces = write_csv(["STT"], rows())
    assert next(pieces) == "\ufeffSTT\r\n".encode()
    with pytest.raises(AssertionError):
        next(pieces)


def test_memory_does_not_grow_with_the_rows() -> None:
    def rows() -> Iterator[Row]:
        return ([number, "Niêm yết thiếu thủ tục", date(2025, 7, 1), None] for number in range(60_000))

    list(write_csv(["a", "b", "c", "d"], []))  # imports and caches are not the rows' doing
    tracemalloc.start()
    sizes = [len(piece) for piece in write_csv(["a", "b", "c", "d"], rows())]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(sizes) > 2_500_000
    assert max(sizes) < 2 * CHUNK_BYTES
    assert peak < 1_000_000
