"""On an English screen whole sentences are English, those made deep inside too; files and JSON stay Vietnamese."""

import csv
import io

import pytest

from inspect_app.domain.people import Role
from tests.doors import Doors, Visitor, seen
from tests.web.test_units import MOVES, UNIT_HEAD, UNITS, choose_as


@pytest.fixture
def english(doors: Doors) -> Visitor:
    visitor = doors.visitor("quantri", Role.ADMIN)
    visitor.post("/language", 302, language="en", next="/")
    return visitor


def test_the_dry_run_of_a_resolution_is_told_in_english(english: Visitor) -> None:
    page = choose_as(english, 200, UNITS, MOVES)
    assert "Xã Bình Sơn (21040) becomes phường Bình Sơn (21040) from 01/01/2027." in page
    assert "đổi thành" not in page


def test_faults_of_rows_are_told_in_english(english: Visitor) -> None:
    row = "29999,Mới,xã,commune,51,2027-01-01,\n"
    page = choose_as(english, 422, (UNIT_HEAD + row + row).encode(), MOVES)
    assert "Same as row 2: same code and start date." in page
    assert "Trùng với hàng" not in page


def test_filters_are_said_in_english_and_faulty_ones_too(english: Visitor) -> None:
    page = seen(english.get("/findings?map=2021-06-30&commune=21142&from=2021-12-15&to=2022-03-14"))
    assert "on 30/06/2021" in page
    assert "Quarter I/" in page
    assert "Quý I/" not in page
    faulty = seen(english.get("/findings?district=999", 400))
    assert "There is no unit with the code" in faulty
    assert "Không có đơn vị" not in faulty


def test_json_and_files_stay_vietnamese(english: Visitor) -> None:
    error = english.get("/api/v1/findings?district=999", 400).json
    assert error is not None
    assert "Không có đơn vị" in error["error"]["fields"]["district"]
    table = english.get("/findings.csv").get_data(as_text=True).removeprefix("\ufeff")
    assert next(csv.reader(io.StringIO(table)))[1] == "Huyện"
