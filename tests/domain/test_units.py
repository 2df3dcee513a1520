"""Units in time on the real tables, and placement on invented histories."""

import time
from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspect_app.domain.maps import Map, PlaceRow
from inspect_app.domain.problems import NotFound
from inspect_app.domain.units import Gazetteer, Succession, Unit

from .lineages import REFORM, d, histories, map_days, names, points, real, unit


def counts(day: str) -> dict[str, dict[str, int]]:
    """Province code -> kind -> number of communes, and of districts under their level."""
    found: dict[str, dict[str, int]] = {}
    for each in real().in_force(d(day)):
        if each.level == "province":
            found.setdefault(each.code, {})
            continue
        province = real().ancestors(each, d(day))[-1]
        kinds = Counter(found.setdefault(province.code, {}))
        kinds[each.kind if each.level == "commune" else "district"] += 1
        found[province.code] = dict(kinds)
    return found


def test_the_tables_hold_402_units_and_286_successions():
    assert len(real().units) == 402
    assert len(real().successions) == 286
    assert Counter(each.level for each in real().units) == {"province": 3, "district": 23, "commune": 376}


@pytest.mark.parametrize(
    ("day", "province", "expected"),
    [
        ("2020-02-01", "51", {"district": 13, "xã": 148, "phường": 17, "thị trấn": 8}),
        ("2024-12-31", "51", {"district": 13, "xã": 148, "phường": 17, "thị trấn": 8}),
        ("2025-01-01", "51", {"district": 13, "xã": 144, "phường": 17, "thị trấn": 9}),
        ("2025-06-30", "51", {"district": 13, "xã": 144, "phường": 17, "thị trấn": 9}),
        ("2025-06-30", "62", {"district": 10, "xã": 85, "phường": 10, "thị trấn": 7}),
        ("2025-07-01", "51", {"xã": 86, "phường": 9, "đặc khu": 1}),
    ],
)
def test_on_each_day_as_many_units_are_in_force_as_the_resolutions_say(day, province, expected):
    assert counts(day)[province] == expected


def test_kon_tum_is_gone_from_the_reform_on_and_nothing_is_known_before_the_data_begin():
    assert list(counts("2025-07-01")) == ["51"]
    assert real().in_force(d("2020-01-31")) == []


def test_a_code_means_another_unit_on_another_day():
    assert unit("21025", "2025-06-30").full_name == "phường Nguyễn Nghiêm"
    assert unit("21025", "2025-07-01").full_name == "phường Cẩm Thành"
    assert unit("21034", "2025-06-30").name == "Nghĩa Dũng"
    assert real().on("62", REFORM) is None
    assert [each.valid_from.year for each in real().bearing("21238")] == [2020, 2025, 2025]


def test_an_unknown_unit_is_not_found_but_an_unknown_code_is_just_none():
    with pytest.raises(NotFound):
        real().by_id(999_999)
    with pytest.raises(NotFound):
        real().by_key(("21025", d("2020-02-02")))
    assert real().on("99999", REFORM) is None
    assert real().by_key(("21025", REFORM)).name == "Cẩm Thành"


def test_ancestors_are_those_of_the_day_nearest_first():
    assert names(real().ancestors(unit("21091", "2021-06-30"), d("2021-06-30"))) == [
        "huyện Bình Sơn",
        "tỉnh Quảng Ngãi",
    ]
    assert names(real().ancestors(unit("23377", "2025-07-01"), REFORM)) == ["tỉnh Quảng Ngãi"]
    assert real().parent(unit("21091", "2021-06-30"), REFORM) is None  # not in force that day
    assert real().ancestors(unit("51", "2021-06-30"), d("2021-06-30")) == []


def test_a_whole_move_is_followed_to_the_unit_of_the_map_day():
    binh_thanh = unit("21091", "2021-06-30")
    assert real().place(binh_thanh, d("2025-06-30")).unit == binh_thanh
    today = real().place(binh_thanh, d("2026-01-01")).unit
    assert today and today.holds_on(d("2026-01-01")) and today.id in real().successors(binh_thanh)
    nghia_phu = unit("21253", "2021-06-30")
    assert real().place(nghia_phu, d("2025-01-01")).unit == unit("21262", "2025-01-01")
    # Reparented: the same commune, another row.
    dak_plo = next(move for move in real().successions if move.kind == "reparented")
    assert real().place(real().by_key(dak_plo.source), REFORM).unit == real().by_key(dak_plo.target)


def test_a_record_then_stays_with_its_unit():
    for each in real().units:
        assert real().place(each, None).unit == each


def test_the_one_commune_divided_in_2025_is_undetermined_by_commune_but_not_by_district():
    tra_bui = unit("21142", "2021-06-30")
    placed = real().place(tra_bui, d("2026-11-22"))
    assert placed.unit is None
    assert names(placed.candidates) == ["xã Cà Đam", "xã Tây Trà Bồng"]
    assert names(real().possible("district", tra_bui, d("2026-11-22"))) == ["huyện Trà Bồng"]
    undetermined = [each for each in real().units if len(real().reach(each, d("2026-11-22"))) > 1]
    assert undetermined == [tra_bui]


@pytest.mark.parametrize("code", ["21286", "21283"])
def test_nghia_my_and_nghia_phuong_are_undetermined_only_between_the_two_reforms(code):
    old = unit(code, "2021-06-30")
    between = real().place(old, d("2025-03-01"))
    assert between.unit is None
    assert names(between.candidates) == ["xã Nghĩa Phương", "thị trấn Sông Vệ"]
    assert names(real().possible("district", old, d("2025-03-01"))) == ["huyện Tư Nghĩa"]
    today = real().place(old, d("2026-11-22")).unit
    assert today and today.name == "Vệ Giang"


def test_backward_a_record_goes_to_the_only_predecessor_else_it_is_undetermined():
    song_ve = unit("21238", "2025-03-01")
    assert real().place(song_ve, d("2024-12-31")).unit is None
    assert {each.code for each in real().place(song_ve, d("2024-12-31")).candidates} == {
        "21238",
        "21283",
        "21286",
    }
    tinh_ha = unit("21220", "2025-03-01")
    assert real().place(tinh_ha, d("2020-02-01")).unit == unit("21220", "2020-02-01")


def test_only_dong_son_is_undetermined_by_district_on_older_maps():
    for day in ("2020-02-01", "2025-01-01", "2025-06-30", "2026-11-22"):
        found = [
            each.name
            for each in real().units
            if each.level != "province" and len(real().possible("district", each, d(day))) > 1
        ]
        assert found == ["Đông Sơn"]
    dong_son = unit("21109", "2025-07-01")
    assert {each.code for each in real().district_area(dong_son)} == {"522", "524"}
    assert real().district_area(unit("21115", "2021-01-01")) == {unit("525", "2021-01-01")}


def test_a_record_of_a_district_office_stays_with_its_district_on_every_map():
    for district in (each for each in real().units if each.level == "district"):
        for day in ("2019-01-01", "2021-06-30", "2025-06-30", "2025-07-01", "2030-01-01"):
            assert real().place(district, d(day)).unit == district
            assert real().possible("district", district, d(day)) == (district,)
    ly_son = unit("536", "2021-06-30")
    assert names(real().possible("province", ly_son, REFORM)) == ["tỉnh Quảng Ngãi"]
    assert real().possible("province", unit("610", "2021-06-30"), REFORM) == (unit("51", "2025-07-01"),)
    assert real().possible("province", unit("610", "2021-06-30"), d("2025-06-30")) == (
        unit("62", "2021-06-30"),
    )


def test_a_record_of_the_island_goes_back_to_the_district_it_was():
    island = unit("21548", "2025-07-01")
    assert real().place(island, d("2025-06-30")).unit == unit("536", "2025-06-30")
    assert real().district_area(island) == {unit("536", "2025-06-30")}
    assert real().predecessors(island) == {unit("536", "2025-06-30").id}


def test_districts_of_a_map_without_districts_are_those_of_their_last_day():
    assert real().district_day(d("2021-06-30")) == d("2021-06-30")
    assert real().district_day(d("2026-11-22")) == d("2025-06-30")
    assert Gazetteer([], []).district_day(d("2026-11-22")) is None


def test_predecessors_and_successors_count_parts_too_and_never_the_unit_itself():
    ve_giang = real().place(unit("21286", "2021-06-30"), REFORM).unit
    assert ve_giang
    before = {real().by_id(id).key for id in real().predecessors(ve_giang)}
    assert {("21286", d("2020-02-01")), ("21283", d("2020-02-01")), ("21283", d("2025-01-01"))} <= before
    assert ve_giang.id not in real().predecessors(ve_giang)
    assert ve_giang.id in real().successors(unit("21286", "2021-06-30"))
    assert real().successors(ve_giang) == frozenset()


def test_the_area_of_a_commune_holds_the_whole_units_it_was_formed_of():
    dong_son = unit("21109", "2025-07-01")
    area = real().subtree(dong_son)
    assert len(area) == 1 + 5 and unit("21109", "2021-06-30").id in area
    ca_dam = unit("21136", "2025-07-01")
    assert unit("21142", "2021-06-30").id not in real().subtree(
        ca_dam
    )  # half of Trà Bùi gives no right to it
    assert unit("21286", "2021-06-30").id in real().subtree(
        real().place(unit("21286", "2021-01-01"), REFORM).unit
    )


def test_the_area_of_a_district_ends_with_it_and_that_of_the_province_reaches_back_over_both():
    binh_son = unit("524", "2021-06-30")
    area = real().subtree(binh_son)
    assert {real().by_id(id).level for id in area} == {"district", "commune"}
    assert not any(real().by_id(id).valid_from >= REFORM for id in area)
    tu_nghia = real().subtree(unit("528", "2021-06-30"))
    assert {unit("21238", "2021-01-01").id, unit("21238", "2025-01-01").id} <= tu_nghia
    assert real().subtree(unit("51", "2026-01-01")) == {each.id for each in real().units}
    old_province = {real().by_id(id) for id in real().subtree(unit("51", "2021-01-01"))}
    assert len(old_province) == 1 + 13 + 173 + 5  # communes of 2020, and the rows that 2025-01-01 added
    assert all(each.valid_from < REFORM for each in old_province)


def test_offices_are_communes_and_districts_while_there_were_any():
    before, after = real().offices(d("2025-06-30")), real().offices(REFORM)
    assert Counter(each.level for each in before) == {"district": 23, "commune": 272}
    assert Counter(each.level for each in after) == {"commune": 96}


@pytest.mark.parametrize(
    ("query", "day", "best"),
    [
        ("duc pho", "2021-06-30", "thị xã Đức Phổ"),
        ("ĐỨC PHỔ", "2026-11-22", "phường Đức Phổ"),
        ("ngok reo", "2026-11-22", "xã Ngọk Réo"),
        ("dak pxi", "2021-06-30", "xã Đắk PXi"),
        ("dak plo", "2026-11-22", "xã Đăk Plô"),
        ("ia hdrai", "2021-06-30", "huyện Ia H'Drai"),
        ("ia h drai", "2021-06-30", "huyện Ia H'Drai"),
        ("Ia H’Drai", "2021-06-30", "huyện Ia H'Drai"),
        ("iahdrai", "2021-06-30", "huyện Ia H'Drai"),
        ("xã bình th", "2021-06-30", "xã Bình Thanh"),
        ("21109", "2021-06-30", "xã Bình Tân Phú"),
        ("bo y", "2026-11-22", "xã Bờ Y"),
        ("Sơn Hạ", "2021-06-30", "xã Sơn Hạ"),
        ("phường nguyễn nghiêm đức phổ", "2021-06-30", "phường Nguyễn Nghiêm"),
    ],
)
def test_a_unit_is_found_without_accents_best_fit_first(query, day, best):
    assert real().search(query, d(day), 10)[0].full_name == best


def test_a_search_finds_only_units_of_the_day_and_the_levels_asked():
    assert real().search("kon tum", d("2026-11-22"), 5, ("province",)) == []
    assert names(real().search("quang ngai", d("2021-06-30"), 5, ("province", "district"))) == [
        "tỉnh Quảng Ngãi", "thành phố Quảng Ngãi",
    ]  # fmt: skip
    assert real().search("  –  ", d("2021-06-30")) == []
    assert len(real().search("xa", d("2021-06-30"), 7)) == 7
    assert names(real().search("nghiem duc pho", d("2021-06-30"))) == ["phường Nguyễn Nghiêm"]


def test_the_gazetteer_is_built_within_30_and_searched_within_2_milliseconds():
    start = time.perf_counter()
    built = Gazetteer(real().units, real().successions)
    assert time.perf_counter() - start < 0.03 * 3  # three times: other work may run beside the tests
    built.search("a", d("2021-06-30"))
    start = time.perf_counter()
    for query in ("duc pho", "xa tra", "binh son tinh", "d"):
        built.search(query, d("2021-06-30"))
    assert (time.perf_counter() - start) / 4 < 0.002 * 3


def test_points_belong_to_units_of_the_tables_and_lie_in_the_province():
    assert len(points()) == 399
    for key, (lat, lon) in points().items():
        assert real().by_key(key)
        assert 13.8 < lat < 15.6 and 107 < lon < 109.4
    missing = {each.name for each in real().units if each.key not in points()}
    assert missing == {"Nghĩa Phú", "Nghĩa Mỹ", "Đức Lợi"}


def test_units_that_stand_twice_or_are_unknown_are_refused():
    one = Unit(1, "51", d("2020-01-01"), None, "A", "tỉnh", "province", "")
    with pytest.raises(ValueError, match="unique"):
        Gazetteer([one, one], [])
    with pytest.raises(ValueError, match="unknown"):
        Gazetteer([one], [Succession(one.key, ("52", one.valid_from), one.valid_from, "renamed", "NQ")])


# Maps: rows, codes of filters, placement by a person


def test_a_person_places_a_record_only_where_the_rule_leaves_a_choice():
    now = Map(real(), d("2026-11-22"))
    tra_bui, ca_dam, vt = (
        unit("21142", "2021-01-01"),
        unit("21136", "2026-01-01"),
        unit("21157", "2026-01-01"),
    )
    assert now.row("commune", tra_bui.id).status == "undetermined"
    assert now.row("commune", tra_bui.id, ca_dam.id) == PlaceRow("unit", ca_dam)
    assert (
        now.row("commune", tra_bui.id, unit("21025", "2026-01-01").id).status == "undetermined"
    )  # no candidate
    binh_thanh = unit("21091", "2021-01-01")
    assert now.row("commune", binh_thanh.id, vt.id) == now.row(
        "commune", binh_thanh.id
    )  # the rule goes first
    then = Map(real(), None)
    assert then.row("commune", tra_bui.id, ca_dam.id) == PlaceRow("unit", tra_bui)


def test_a_choice_made_for_one_map_decides_on_every_map_it_leads_to():
    dong_son, tinh_hoa = unit("21109", "2026-01-01"), real().search("tinh hoa", d("2025-06-30"))[0]
    assert tinh_hoa in real().choices(dong_son)
    for day in ("2020-02-01", "2025-06-30"):
        assert Map(real(), d(day)).row("commune", dong_son.id, tinh_hoa.id).unit.name == "Tịnh Hòa"
        assert Map(real(), d(day)).row("district", dong_son.id, tinh_hoa.id).unit.code == "522"
    # By district a person may also name the former district itself.
    city = unit("522", "2025-06-30")
    assert Map(real(), d("2026-11-22")).row("district", dong_son.id, city.id) == PlaceRow("unit", city)
    assert names(real().choices(unit("21142", "2021-01-01"))) == ["xã Cà Đam", "xã Tây Trà Bồng"]
    assert real().choices(unit("21091", "2021-01-01")) == ()


def test_rows_are_called_as_people_call_them():
    now, old = Map(real(), d("2026-11-22")), Map(real(), d("2024-12-31"))
    assert now.label(now.row("commune", unit("524", "2021-01-01").id)) == "Bình Sơn (cấp huyện)"
    assert now.label(now.row("district", unit("524", "2021-01-01").id)) == "huyện Bình Sơn"
    assert now.label(now.row("commune", unit("21142", "2021-01-01").id)) == "Chưa xác định: xã Trà Bùi (cũ)"
    assert old.label(old.row("commune", unit("21109", "2026-01-01").id)) == "Chưa xác định: xã Đông Sơn (mới)"
    assert now.label(now.row("district", unit("21109", "2026-01-01").id)) == "Chưa xác định: xã Đông Sơn"


def test_a_code_of_a_filter_is_read_on_the_map_day():
    now, old, then = Map(real(), d("2026-11-22")), Map(real(), d("2021-06-30")), Map(real(), None)
    assert [row.unit.name for row in now.named("commune", "21034")] == ["An Phú"]
    assert [row.unit.name for row in old.named("commune", "21034")] == ["Nghĩa Dũng"]
    assert {row.unit.name for row in then.named("commune", "21034")} == {"An Phú", "Nghĩa Dũng"}
    assert now.named("commune", "21142") == [] == now.named("commune", "51") == now.named("district", "21034")
    assert [row.unit.name for row in now.named("district", "536")] == ["Lý Sơn"]
    assert [row.status for row in now.named("commune", "536")] == ["district_office"]
    assert [row.unit.name for row in Map(real(), d("2019-01-01")).named("district", "536")] == ["Lý Sơn"]
    assert now.named("province", "62") == []


@pytest.mark.parametrize("day", ["2020-02-01", "2025-03-01", "2025-06-30", "2026-11-22", None])
@pytest.mark.parametrize("level", ["commune", "district", "province"])
def test_the_records_of_a_filter_are_those_of_its_row(day, level):
    mapped = Map(real(), d(day) if day else None)
    interesting = ["21142", "21109", "21238", "21286", "21283", "21136", "536", "524", "21548"]
    records = [each for each in real().units if each.code in interesting]
    placers = [None, *(each.id for each in real().units)]
    rows = {mapped.row(level, each.id, placer) for each in records for placer in placers}
    for row in rows:
        selection = mapped.selection(level, [row])
        for each in records:
            for placer in placers:
                assert selection.takes(each.id, placer) == (mapped.row(level, each.id, placer) == row)


def test_a_selection_is_made_fast_enough_for_a_page():
    mapped = Map(real(), d("2024-12-31"))
    start = time.perf_counter()
    mapped.selection("commune", mapped.named("commune", "21091"))
    assert time.perf_counter() - start < 0.05 * 3


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_in_any_history_every_record_is_in_one_row_that_is_in_force_or_its_own(data):
    gazetteer = data.draw(histories())
    day = data.draw(map_days(gazetteer))
    mapped = Map(gazetteer, day)
    for each in gazetteer.units:
        for level in ("commune", "district", "province"):
            row = mapped.row(level, each.id)
            assert (row.status == "undetermined") == (len(row.candidates) > 1)
            assert row.unit == each if row.candidates else row.unit.level in (level, "district", "province")
        if day and each.level == "commune":
            shown = gazetteer.reach(each, day)
            assert all(home.holds_on(gazetteer.clamped(day)) for home in shown)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_in_any_history_whole_moves_forward_never_leave_a_doubt(data):
    gazetteer = data.draw(histories())
    day = data.draw(map_days(gazetteer))
    for each in gazetteer.units:
        here = each
        while day and here.valid_to and here.valid_to <= day and here.level != "district":
            moves = [move for move in gazetteer.successions if move.source == here.key]
            if not (len(moves) == 1 and moves[0].whole):
                break
            here = gazetteer.by_key(moves[0].target)
        else:
            if day is None or day >= each.valid_from:
                assert gazetteer.place(each, day).unit == here


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_in_any_history_an_area_holds_no_unit_of_which_a_part_went_elsewhere(data):
    gazetteer = data.draw(histories())
    commune = data.draw(st.sampled_from([each for each in gazetteer.units if each.level == "commune"]))
    area = gazetteer.subtree(commune)
    for id in area - {commune.id}:
        assert {each.id for each in gazetteer.successions_of(gazetteer.by_id(id))} <= area
    assert area <= gazetteer.predecessors(commune) | {commune.id}


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_in_any_history_a_selection_takes_what_its_row_shows(data):
    gazetteer = data.draw(histories())
    mapped = Map(gazetteer, data.draw(map_days(gazetteer)))
    level = data.draw(st.sampled_from(["commune", "district", "province"]))
    placers = [None, *(each.id for each in gazetteer.units)]
    row = mapped.row(
        level, data.draw(st.sampled_from(gazetteer.units)).id, data.draw(st.sampled_from(placers))
    )
    selection = mapped.selection(level, [row])
    for each in gazetteer.units:
        for placer in placers:
            assert selection.takes(each.id, placer) == (mapped.row(level, each.id, placer) == row)


def test_an_older_map_than_the_data_shows_their_first_day():
    old = Map(real(), date(2019, 5, 5))
    assert old.day == d("2020-02-01")
    dong_son = unit("21109", "2026-01-01")
    assert old.row("commune", dong_son.id).candidates == real().reach(dong_son, d("2020-02-01"))
    fresh = Gazetteer(real().units, real().successions)  # nothing remembered
    assert all(each.holds_on(d("2020-02-01")) for each in fresh.place(dong_son, date(2019, 5, 5)).candidates)
