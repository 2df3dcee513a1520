"""CSV files of units as people and spreadsheets make them."""

import pytest

from inspect_app.domain.text import nfc
from inspect_app.exchange.units_csv import read_points, read_successions, read_units
from tests.domain.lineages import d

HEADER = "code,name,kind,level,parent_code,valid_from,valid_to"
ROW = "21115,Trà Bồng,xã,commune,51,2027-01-01,"


def units(*rows: str, header: str = HEADER, encoding: str = "utf-8", end: str = "\n"):
    return read_units((end.join([header, *rows]) + end).encode(encoding))


def test_rows_are_read_with_the_number_a_spreadsheet_shows():
    lines, faults = units(ROW, "", "21136,Cà Đam,xã,commune,51,2025-07-01,2027-01-01")
    assert faults == []
    assert [(line.row, line.key, line.valid_to) for line in lines] == [
        (2, ("21115", d("2027-01-01")), None),
        (4, ("21136", d("2025-07-01")), d("2027-01-01")),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_spreadsheets_do_to_a_file_changes_nothing(encoding, end):
    header, row = HEADER.replace(",", ";"), "21115; Trà  Bồng ;xã;commune;51;01/01/2027"
    lines, faults = units(row, header=header, encoding=encoding, end=end)
    assert (lines, faults) == units(ROW)


def test_decomposed_letters_become_composed_ones_and_columns_may_stand_in_any_order():
    lines, _ = read_units(
        "name,code,valid_to,valid_from,kind,level,parent_code,note\nĐức Phổ,21439,,1/7/2025,phường,commune,51,x".encode()
    )
    assert lines[0].name == nfc("Đức Phổ") and lines[0].valid_from == d("2025-07-01")


def test_points_may_stand_in_the_units_or_in_a_file_of_their_own():
    lines, faults = units(ROW + ",15.2,108.5", ROW, header=HEADER + ",lat,lon")
    assert faults == [] and [(line.lat, line.lon) for line in lines] == [(15.2, 108.5), (None, None)]
    found, faults = read_points(b"code,valid_from,lat,lon\n51,2020-02-01,15.076,108.713\n52,2020-02-01,,\n")
    assert found == {("51", d("2020-02-01")): (15.076, 108.713)}
    assert [(fault.row, fault.message) for fault in faults] == [(3, "Thiếu lat hoặc lon.")]


@pytest.mark.parametrize(
    ("data", "row", "words"),
    [
        (b"", 1, "Tệp trống"),
        ("\ufeff\n".encode(), 1, "Tệp trống"),
        (f"{HEADER}\n{ROW}".encode("utf-16"), 1, "không phải UTF-8"),
        (b"code,name\n1,2", 1, "thiếu cột: kind, level"),
        (
            f"{HEADER}\n{ROW}\n{ROW.replace('2027-01-01', '2027-02-30')}".encode(),
            3,
            "“2027-02-30” không phải ngày",
        ),
        (f"{HEADER}\n{ROW.replace('2027-01-01', '31/02/2027')}".encode(), 2, "Cột valid_from"),
        (f"{HEADER}\n{ROW.replace('2027-01-01', '')}".encode(), 2, "không phải ngày"),
        (f'{HEADER}\n{ROW}\n"a"b,c'.encode(), 3, "dấu ngoặc kép"),
        (f'{HEADER}\n"21115,Trà Bồng'.encode(), 2, "dấu ngoặc kép"),
        (f"{HEADER},lat,lon\n{ROW},north,1".encode(), 2, "phải là số"),
        (f"{HEADER},lat,lon\n{ROW},108.5,nan".encode(), 2, "ngoài trái đất"),
        (f"{HEADER}\n2\0\n".encode(), 2, ""),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_row(data, row, words):
    _, faults = read_units(data)
    assert [fault.row for fault in faults][-1:] == [row]
    assert faults[0].file == "units.csv" and words in faults[0].message


def test_successions_join_keys_of_units():
    header = "from_code,from_valid_from,to_code,to_valid_from,effective_date,kind,source"
    lines, faults = read_successions(
        f"{header}\n21136,2025-07-01,21115,2027-01-01,2027-01-01,merged,99/NQ\n1,x,2,x,x,x,x".encode()
    )
    assert (lines[0].source, lines[0].target) == (("21136", d("2025-07-01")), ("21115", d("2027-01-01")))
    assert (lines[0].kind, lines[0].reference, lines[0].effective) == ("merged", "99/NQ", d("2027-01-01"))
    assert [(fault.file, fault.row) for fault in faults] == [("successions.csv", 3)]
