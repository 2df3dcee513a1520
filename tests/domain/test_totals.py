"""Rolling up: each record in one row, the grand total the same on every map, visits and rates beside it."""

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspect_app.domain.maps import UNIT_WORDS
from inspect_app.domain.problems import BadValue
from inspect_app.domain.totals import (
    WORDS,
    FindingCell,
    Totals,
    VisitCell,
    needs_units,
    rank,
    roll_up,
    value_words,
    visits_add_up,
)
from inspect_app.domain.units import Gazetteer

from .lineages import d, histories, map_days, real, unit

NOW = d("2026-11-22")


def found(each, count=1, values=(), placed=None, **more) -> FindingCell:
    return FindingCell(each.id, placed and placed.id, tuple(values), (0, count, 0, 0), **more)


def visited(each, count=1, values=(), placed=None) -> VisitCell:
    return VisitCell(each.id, placed and placed.id, tuple(values), count)


def table(by, findings, visits=(), map_day=NOW, across=None, gazetteer=None, **more) -> Totals:
    return roll_up(gazetteer or real(), by, across, map_day, findings, visits, **more)


def shape(totals: Totals) -> list[tuple]:
    return [(row.head.status, row.head.label, row.sums.findings) for row in totals.rows]


def test_by_commune_offices_of_districts_and_undetermined_records_have_rows_of_their_own_at_the_end():
    totals = table(
        "commune",
        [
            found(unit("21142", "2021-01-01"), 3),
            found(unit("536", "2021-01-01"), 2),
            found(unit("524", "2021-01-01")),
            found(unit("21286", "2021-01-01"), 4),
            found(unit("21283", "2021-01-01"), 1),
            found(unit("21548", "2026-01-01"), 5),
        ],
    )
    assert shape(totals) == [
        ("unit", "đặc khu Lý Sơn", 5),
        ("unit", "xã Vệ Giang", 5),
        ("district_office", "Bình Sơn (cấp huyện)", 1),
        ("district_office", "Lý Sơn (cấp huyện)", 2),
        ("undetermined", "Chưa xác định: xã Trà Bùi (cũ)", 3),
    ]
    assert totals.total.findings == 16


def test_by_district_on_a_map_without_districts_the_former_ones_stand():
    cells = [
        found(unit("21142", "2021-01-01"), 3),
        found(unit("536", "2021-01-01"), 2),
        found(unit("21548", "2026-01-01"), 5),
        found(unit("21109", "2026-01-01"), 7),
        found(unit("21109", "2021-01-01"), 1),
    ]
    expected = [
        ("unit", "huyện Bình Sơn", 1),
        ("unit", "huyện Lý Sơn", 7),
        ("unit", "huyện Trà Bồng", 3),
    ]
    assert shape(table("district", cells)) == [*expected, ("undetermined", "Chưa xác định: xã Đông Sơn", 7)]
    for day in ("2021-06-30", "2025-06-30"):
        rows = shape(table("district", cells, map_day=d(day)))
        assert rows == [*expected, ("undetermined", "Chưa xác định: xã Đông Sơn (mới)", 7)]
    assert shape(table("district", cells, map_day=None))[:3] == expected


def test_the_json_of_a_row_is_that_of_the_contract():
    totals = table(
        "commune",
        [found(unit("21142", "2021-01-01"), 3, repeats=1, n=4, of=10)],
        [visited(unit("21142", "2021-01-01"), 2)],
    )
    assert [row.as_json() for row in totals.rows] == [
        {
            "code": "21142", "valid_from": "2020-02-01", "label": "Chưa xác định: xã Trà Bùi (cũ)",
            "status": "undetermined", "candidates": ["21136", "21157"], "across": None,
            "visits": 2, "findings": 3, "severity": {"1": 0, "2": 3, "3": 0, "4": 0}, "repeats": 1, "n": 4, "of": 10,
        }
    ]  # fmt: skip
    assert totals.total.as_json() == {
        "visits": 2, "findings": 3, "severity": {"1": 0, "2": 3, "3": 0, "4": 0}, "repeats": 1, "n": 4, "of": 10,
    }  # fmt: skip


def test_placed_records_leave_the_undetermined_row():
    tra_bui, ca_dam = unit("21142", "2021-01-01"), unit("21136", "2026-01-01")
    totals = table(
        "commune",
        [found(tra_bui, 3), found(tra_bui, 2, placed=ca_dam), found(ca_dam, 1)],
        [visited(tra_bui, 1), visited(tra_bui, 1, placed=ca_dam)],
    )
    assert shape(totals) == [("unit", "xã Cà Đam", 3), ("undetermined", "Chưa xác định: xã Trà Bùi (cũ)", 3)]
    assert [row.sums.visits for row in totals.rows] == [1, 1]


def test_namesakes_are_told_apart():
    wards = [unit("21025", "2021-01-01"), unit("21439", "2021-01-01")]
    totals = table("commune", [found(ward) for ward in wards], map_day=d("2021-06-30"))
    assert [row.head.label for row in totals.rows] == [
        "phường Nguyễn Nghiêm, thành phố Quảng Ngãi",
        "phường Nguyễn Nghiêm, thị xã Đức Phổ",
    ]
    shapes = [unit("21238", "2021-01-01"), unit("21238", "2025-02-01")]
    labels = [row.head.label for row in table("commune", [found(each) for each in shapes], map_day=None).rows]
    assert labels == [
        "thị trấn Sông Vệ, huyện Tư Nghĩa (01/02/2020–31/12/2024)",
        "thị trấn Sông Vệ, huyện Tư Nghĩa (01/01/2025–30/06/2025)",
    ]


def test_n_and_of_are_added_only_where_both_are_known():
    here = unit("21142", "2021-01-01")
    totals = table(
        "district", [found(here, n=2, of=5), found(here, n=3), found(here, of=9), found(here, n=1, of=1)]
    )
    assert (totals.total.n, totals.total.of) == (3, 6)


def test_visits_of_a_word_of_the_inspection_count_those_without_findings_too():
    one, other = unit("21025", "2026-01-01"), unit("21034", "2026-01-01")
    totals = table("commune", [found(one, 4)], [visited(one, 2), visited(other, 1)])
    assert [(row.head.label, row.sums.visits, row.sums.findings) for row in totals.rows] == [
        ("xã An Phú", 1, 0),
        ("phường Cẩm Thành", 2, 4),
    ]
    assert totals.total.visits == 3


def test_visits_of_a_word_of_the_finding_need_the_number_of_all_visits():
    here = unit("21025", "2026-01-01")
    cells = [found(here, 2, ["NY-01"]), found(here, 1, ["TN-03"])]
    visits = [visited(here, 2, ["NY-01"]), visited(here, 1, ["TN-03"])]
    totals = table("criterion", cells, visits, all_visits=9)
    assert [(row.head.code, row.sums.visits) for row in totals.rows] == [("NY-01", 2), ("TN-03", 1)]
    assert totals.total.visits == 9
    with pytest.raises(ValueError, match="all_visits"):
        table("criterion", cells, visits)


def test_values_are_ordered_as_people_expect_them():
    here = unit("21025", "2026-01-01")

    def order(word, values):
        cells = [found(here, count, [value]) for value, count in values]
        return [row.head.label for row in table(word, cells, all_visits=1).rows]

    assert order("month", [("2026-01", 9), ("2025-12", 1)]) == ["12/2025", "01/2026"]
    assert order("severity", [("4", 1), ("1", 1), ("3", 7)]) == ["Mức 1", "Mức 3", "Mức 4"]
    assert order("criterion", [("TN-01", 5), ("NY-02", 1), ("NY-01", 1)]) == ["NY-01", "NY-02", "TN-01"]
    assert order("cause", [(None, 9), ("phoi_hop", 1), ("nhan_su", 5)]) == [
        "nhan_su",
        "phoi_hop",
        "(không ghi)",
    ]
    assert order("responsible", [("Đài", 2), ("Dịch vụ", 2), ("Ban", 3)]) == ["Ban", "Dịch vụ", "Đài"]


def test_values_bear_the_labels_they_are_given():
    totals = table(
        "cause",
        [found(unit("536", "2021-01-01"), 1, ["nhan_su"])],
        all_visits=1,
        labels={"cause": {"nhan_su": "Con người"}},
    )
    assert (totals.rows[0].head.code, totals.rows[0].head.label) == ("nhan_su", "Con người")


def test_two_words_cross_each_row_with_each_column_that_has_something():
    one, other = unit("21025", "2026-01-01"), unit("21142", "2021-01-01")
    totals = table(
        "commune", across="month",
        findings=[found(one, 1, ["2026-02"]), found(one, 2, ["2026-01"]), found(other, 3, ["2021-05"])],
        visits=[visited(one, 1, ["2026-03"])],
    )  # fmt: skip
    assert [(row.head.code, row.across.code, row.sums.findings, row.sums.visits) for row in totals.rows] == [
        ("21025", "2026-01", 2, 0), ("21025", "2026-02", 1, 0), ("21025", "2026-03", 0, 1), ("21142", "2021-05", 3, 0),
    ]  # fmt: skip
    assert [column.code for column in totals.columns] == ["2021-05", "2026-01", "2026-02", "2026-03"]
    assert totals.rows[0].as_json()["across"] == "2026-01"


def test_units_may_stand_across_too():
    cells = [found(unit("21109", "2026-01-01"), 2, ["NY-01"]), found(unit("524", "2021-01-01"), 1, ["NY-01"])]
    totals = table("criterion", across="district", findings=cells, all_visits=2)
    assert [(row.across.code, row.across.status, row.sums.findings) for row in totals.rows] == [
        ("524", "unit", 1), ("21109", "undetermined", 2),
    ]  # fmt: skip
    json = totals.rows[1].as_json()
    assert (json["across"], json["across_status"], json["across_valid_from"]) == (
        "21109",
        "undetermined",
        "2025-07-01",
    )
    both = table("commune", across="district", findings=[found(unit("524", "2021-01-01"))])
    assert [(row.head.status, row.across.status) for row in both.rows] == [("district_office", "unit")]


def test_words_unknown_or_twice_the_same_are_refused():
    for by, across in (("height", None), ("month", "weather"), ("month", "month")):
        with pytest.raises(BadValue):
            table(by, [], across=across)
    assert value_words("commune", "month") == ("month",)
    assert needs_units("month", "commune") and not needs_units("month", "kind")
    assert visits_add_up("commune", "month") and not visits_add_up("commune", "cause")


def test_tables_without_units_take_cells_without_units():
    totals = table(
        "month",
        [FindingCell(None, None, ("2026-01",), (1, 0, 0, 2))],
        [VisitCell(None, None, ("2026-01",), 4)],
    )
    assert totals.rows[0].as_json()["severity"] == {"1": 1, "2": 0, "3": 0, "4": 2}
    with pytest.raises(ValueError, match="unit_id"):
        table("commune", [FindingCell(None, None, (), (1, 0, 0, 0))])


def test_rows_with_too_few_visits_and_undetermined_rows_are_shown_but_not_ranked():
    a, b, c, few = (unit(code, "2026-01-01") for code in ("21025", "21034", "21040", "21136"))
    tra_bui = unit("21142", "2021-01-01")
    totals = table(
        "commune",
        [found(a, 4), found(b, 6), found(c, 4), found(few, 9), found(tra_bui, 50)],
        [visited(a, 4), visited(b, 3), visited(c, 4), visited(few, 2), visited(tra_bui, 10)],
    )
    ranked = rank(totals.rows, 3)
    assert [(place, row.head.code) for place, row in ranked[:1]] == [(1, b.code)]
    assert {(place, row.head.code) for place, row in ranked[1:3]} == {(2, a.code), (2, c.code)}
    assert [(place, row.head.code) for place, row in ranked[3:]] == [(None, few.code), (None, "21142")]
    by_count = rank(totals.rows, 3, measure=lambda sums: sums.findings)
    assert by_count[0] == (1, next(row for row in totals.rows if row.head.code == b.code))
    assert rank([], 3) == []


# The invariant of the design: for any cells and any filter that names no unit, the grand total is the same on every
# map and for every word, and each record is in exactly one row.

_VALUES = {
    "month": ["2021-05", "2025-08", None], "kind": ["scheduled", "surprise"], "severity": ["1", "2", "3", "4"],
    "criterion": ["NY-01", "TN-03"], "group": ["NY", "TN"], "cause": [None, "nhan_su"], "responsible": [None, "Xã"],
}  # fmt: skip


@st.composite
def questions(draw: st.DrawFn, gazetteer: Gazetteer):
    by = draw(st.sampled_from(WORDS))
    across = draw(st.sampled_from([None, *(word for word in WORDS if word != by)]))
    ids = st.sampled_from([each.id for each in gazetteer.units])
    values = st.tuples(*(st.sampled_from(_VALUES[word]) for word in value_words(by, across)))
    small = st.integers(0, 5)
    findings = st.builds(
        FindingCell, ids, st.none() | ids, values, st.tuples(small, small, small, small), small, st.none() | small,
        st.none() | small,
    )  # fmt: skip
    visits = st.builds(VisitCell, ids, st.none() | ids, values, small)
    return by, across, draw(st.lists(findings, max_size=12)), draw(st.lists(visits, max_size=12))


def check_invariant(gazetteer: Gazetteer, data: st.DataObject) -> None:
    by, across, findings, visits = data.draw(questions(gazetteer))
    maps = [data.draw(map_days(gazetteer)) for _ in range(2)]
    everything = None if visits_add_up(by, across) else 100
    expected = None
    for map_day in [None, *maps]:
        totals = roll_up(gazetteer, by, across, map_day, findings, visits, all_visits=everything)
        assert totals.total.findings == sum(sum(cell.severity) for cell in findings)
        for figure in ("findings", "repeats", "n", "of"):
            assert sum(getattr(row.sums, figure) for row in totals.rows) == getattr(totals.total, figure)
        assert sum(row.sums.visits for row in totals.rows) == sum(cell.visits for cell in visits)
        heads = [(row.head.status, row.head.code, row.head.valid_from, row.across) for row in totals.rows]
        assert len(set(heads)) == len(heads)
        expected = expected or totals.total
        assert totals.total == expected
        # One record at a time: it is in one row, and that row is among the rows of all.
        for cell in findings:
            alone = roll_up(gazetteer, by, across, map_day, [cell], [], all_visits=0).rows
            assert len(alone) == 1
            head, column = alone[0].head, alone[0].across
            assert (head.status, head.code, head.valid_from, column and column.code) in {
                (status, code, start, other and other.code) for status, code, start, other in heads
            }


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_the_grand_total_is_the_same_on_every_map_of_the_real_units(data):
    check_invariant(real(), data)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_the_grand_total_is_the_same_on_every_map_of_any_history(data):
    check_invariant(data.draw(histories()), data)


@pytest.mark.parametrize("by", UNIT_WORDS)
def test_every_unit_of_the_tables_is_in_one_row_on_every_map(by):
    cells = [found(each) for each in real().units]
    for map_day in (
        None,
        *map(d, ("2019-01-01", "2020-02-01", "2024-12-31", "2025-03-01", "2025-06-30", "2026-01-01")),
    ):
        totals = table(by, cells, map_day=map_day)
        assert totals.total.findings == 402 == sum(row.sums.findings for row in totals.rows)


def test_by_district_the_sums_agree_on_the_maps_of_2021_2025_and_2026():
    cells = [found(each, each.id % 5) for each in real().units if each.level != "province"]
    by_map = [
        {row.head.code: row.sums.findings for row in table("district", cells, map_day=d(day)).rows}
        for day in ("2021-06-30", "2025-06-30", "2026-01-01")
    ]
    assert by_map[0] == by_map[1] == by_map[2]


def test_a_hundred_thousand_cells_are_added_up_in_under_a_second():
    units = real().units
    cells = [
        FindingCell(units[number % 402].id, None, (f"2025-{number % 12 + 1:02d}",), (1, 0, 2, 0), 1, 1, 2)
        for number in range(100_000)
    ]
    start = time.perf_counter()
    totals = table("commune", cells, across="month", map_day=date(2026, 1, 1))
    assert time.perf_counter() - start < 2
    assert totals.total.findings == 300_000
