"""Filters of an address: read strictly, written back the shortest way, and meant on their map."""

from datetime import date
from urllib.parse import parse_qs, urlencode
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspect_app.domain.filter_places import plain_units, read_rows, selections, summary
from inspect_app.domain.filters import LABELS, Filters, parse_filters, read_place, to_query, without
from inspect_app.domain.findings import CAUSES, GROUPS, STATES
from inspect_app.domain.inspections import KINDS
from inspect_app.domain.maps import UNIT_WORDS, Map
from inspect_app.domain.problems import BadValue
from inspect_app.domain.text import nfc

from .lineages import d, real, unit

TODAY = d("2026-11-22")


def several(values: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(values, max_size=3).map(lambda found: tuple(sorted(set(found))))


texts = (
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")) | st.just(" "), max_size=30)
    .map(lambda text: " ".join(nfc(text).split()))
    .filter(lambda text: text == nfc(text))
)
days = st.dates(date(2015, 1, 1), date(2035, 12, 31))
places = st.from_regex(
    r"([0-9]{1,5}(@20[1-3][0-9]-0[1-9]-1[0-9])?|undetermined:[0-9]{5}@2020-02-01)", fullmatch=True
)


@st.composite
def filters(draw: st.DrawFn) -> Filters:
    first, last = sorted(draw(st.tuples(days, days)))
    return Filters(
        map_day=draw(st.none() | st.just(TODAY) | days),
        from_day=draw(st.sampled_from([None, first])),
        to_day=draw(st.sampled_from([None, last])),
        province=draw(several(places)),
        district=draw(several(places)),
        commune=draw(several(places)),
        kind=draw(several(st.sampled_from(list(KINDS)))),
        criterion=draw(several(st.from_regex(r"(NY|GQ)-[0-9]{2}", fullmatch=True))),
        group=draw(several(st.sampled_from(list(GROUPS)))),
        severity=draw(several(st.integers(1, 4))),
        cause=draw(several(st.sampled_from(["", *CAUSES]))),
        responsible=draw(several(texts.filter(lambda text: text != "none"))),
        state=draw(several(st.sampled_from(list(STATES)))),
        inspection=draw(several(st.uuids().map(str))),
        repeat=draw(st.booleans()),
        text=draw(texts),
    )


def parse(query: str, **more: object) -> Filters:
    return parse_filters(parse_qs(query, keep_blank_values=True), TODAY, **more)


@settings(max_examples=100, deadline=None)
@given(filters(), st.sampled_from([(), ("confirmed",)]))
def test_filters_written_to_an_address_are_read_back_as_they_were(
    found: Filters, states: tuple[str, ...]
) -> None:
    query = to_query(found, TODAY, default_states=states)
    assert parse(urlencode(query), default_states=states) == found
    assert to_query(parse(urlencode(query), default_states=states), TODAY, default_states=states) == query


def test_an_empty_address_means_everything_on_the_map_of_today() -> None:
    assert parse("") == Filters(TODAY)
    assert parse("from=&to=&q=&district=&map=&cause=&page=7") == Filters(TODAY)
    assert to_query(Filters(TODAY), TODAY) == []
    assert to_query(Filters(TODAY), d("2026-11-23")) == [("map", "2026-11-22")]


def test_the_default_state_is_the_callers_and_all_undoes_it() -> None:
    assert parse("").state == ()
    assert parse("", default_states=("confirmed",)).state == ("confirmed",)
    assert parse("state=all", default_states=("confirmed",)).state == ()
    assert to_query(Filters(TODAY), TODAY, default_states=("confirmed",)) == [("state", "all")]
    assert to_query(Filters(TODAY, state=("confirmed",)), TODAY) == [("state", "confirmed")]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("map=30/06/2025", "map"), ("map=2025-02-30", "map"), ("map=20250630", "map"), ("map=today", "map"),
        ("from=x", "from"), ("to=2026-13-01", "to"), ("from=2026-02-01&to=2026-01-01", "to"),
        ("province=QN", "province"), ("district=534'", "district"), ("commune=210401", "commune"),
        ("commune=21040@2025-7-1", "commune"), ("commune=undetermined:21040", "commune"), ("district=٥٣٤", "district"),
        ("kind=planned", "kind"), ("criterion=NY01", "criterion"), ("criterion=ZZ-01", "criterion"),
        ("group=XX", "group"), ("severity=0", "severity"), ("severity=5", "severity"), ("severity=²", "severity"),
        ("cause=khac", "cause"), ("state=draft", "state"), ("state=confirmed&state=x", "state"),
        ("repeat=yes", "repeat"), ("inspection=7", "inspection"), (f"q={'a' * 201}", "q"),
    ],
)  # fmt: skip
def test_a_bad_value_is_refused_with_the_name_of_its_parameter(query: str, name: str) -> None:
    with pytest.raises(BadValue) as refusal:
        parse(query)
    assert list(refusal.value.fields) == [name]
    assert LABELS[name] in str(refusal.value)


def test_a_reason_may_hold_a_percent_sign_that_somebody_typed() -> None:
    with pytest.raises(BadValue) as refusal:
        parse("kind=100%25s")
    assert "100%s" in str(refusal.value.message % refusal.value.params)


def test_a_free_field_beside_a_choice_wins() -> None:
    assert parse("map=then&map=2021-06-30").map_day == d("2021-06-30")
    assert parse("map=then&map=").map_day is None


def test_text_is_composed_and_its_spaces_are_single() -> None:
    assert parse("q=+%C4%90u%CC%9B%CC%81c++Ph%E1%BB%95").text == "Đức Phổ"
    assert parse("criterion=ny-01").criterion == ("NY-01",)
    assert parse("inspection=" + "A" * 32).inspection == (str(UUID("a" * 32)),)


def test_one_condition_is_taken_away_and_the_others_stay() -> None:
    found = parse("severity=2&severity=3&cause=none&q=x&from=2026-01-01")
    assert without(found, "severity", "3").severity == (2,)
    assert without(found, "cause", "").cause == ()
    assert without(without(found, "text"), "from_day") == parse("severity=2&severity=3&cause=none")


def test_a_district_is_read_on_the_last_day_of_districts_when_the_map_has_none() -> None:
    [chosen] = selections(parse("district=534"), real())
    assert unit("534", "2025-06-30").id in chosen.unit_ids  # the office of the district itself
    assert unit("21472", "2021-06-30").id in chosen.unit_ids  # xã Phổ Cường as it was
    assert real().search("Sa Huỳnh", TODAY)[0].id in chosen.unit_ids
    assert unit("21091", "2021-06-30").id not in chosen.unit_ids


def test_a_code_used_twice_means_the_unit_of_the_map_day() -> None:
    now, then = (read_rows(Map(real(), day), "commune", "21040")[0].unit for day in (TODAY, d("2021-06-30")))
    assert (now.full_name, then.full_name) == ("xã Bình Sơn", "thị trấn Châu Ổ")
    assert len(read_rows(Map(real(), None), "commune", "21040")) == 2


@pytest.mark.parametrize(
    "query", ["commune=99999", "district=21040", "commune=21040@2020-02-02", "map=2021-06-30&province=99"]
)
def test_a_code_that_means_nothing_on_the_map_is_refused(query: str) -> None:
    with pytest.raises(BadValue) as refusal:
        selections(parse(query), real())
    assert list(refusal.value.fields) in (["commune"], ["district"], ["province"])


def test_an_undetermined_record_is_in_no_commune_but_in_the_district_its_candidates_share() -> None:
    divided = unit("21142", "2021-06-30")  # xã Trà Bùi went to two communes of one district
    candidates = [each.code for each in real().place(divided, TODAY).candidates]
    assert len(candidates) == 2
    for code in candidates:
        [chosen] = selections(parse(f"commune={code}"), real())
        assert not chosen.takes(divided.id, None)
        assert chosen.takes(divided.id, real().on(code, TODAY).id)  # once a person has placed it there
    [district] = selections(parse("district=525"), real())
    assert district.takes(divided.id, None)
    [row] = selections(parse("commune=undetermined:21142@2020-02-01"), real())
    assert row.takes(divided.id, None)


@pytest.mark.parametrize("map_day", [TODAY, d("2025-06-30"), d("2021-06-30"), None])
@pytest.mark.parametrize("level", UNIT_WORDS)
def test_every_unit_is_taken_by_the_address_of_its_own_row_and_of_no_other(
    level: str, map_day: date | None
) -> None:
    map = Map(real(), map_day)
    addresses: dict[str, set[int]] = {}
    for each in real().units:
        row = map.row(level, each.id)
        mark = "undetermined:" if row.status == "undetermined" else ""
        addresses.setdefault(f"{mark}{row.unit.code}@{row.unit.valid_from}", set()).add(each.id)
    for address, expected in list(addresses.items())[::7]:  # every seventh: each costs a walk over all units
        [chosen] = selections(Filters(map_day, **{level: (str(read_place(level, address)),)}), real())
        assert {each.id for each in real().units if chosen.takes(each.id, None)} == expected, address


def test_words_of_several_levels_narrow_each_other() -> None:
    assert plain_units(selections(parse("district=534&commune=21040"), real())) == frozenset()
    both = selections(parse("district=524&commune=21040"), real())
    assert all(one.takes(unit("21040", "2021-06-30").id, None) for one in both)
    assert plain_units(both) is None  # xã Đông Sơn may be placed in Bình Sơn by a person


def test_the_active_filters_are_said_in_words() -> None:
    said = summary(
        parse("map=then&district=534&severity=3&cause=none&repeat=1&q=tre+han&from=2026-01-01"), real()
    )
    assert [(one.label, one.text) for one in said] == [
        ("Bản đồ", "lúc kiểm tra"), ("Từ ngày", "01/01/2026"), ("Huyện", "thị xã Đức Phổ"), ("Mức độ", "Vi phạm"),
        ("Nguyên nhân", "(không ghi)"), ("Tái diễn", "chỉ phát hiện tái diễn"), ("Có chữ", "“tre han”"),
    ]  # fmt: skip
