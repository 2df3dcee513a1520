"""The violation list on real databases: who sees what, what the filters take, pages, batches and their queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from urllib.parse import parse_qs

import pytest
from sqlalchemy import event

from inspect_app.domain.filters import parse_filters
from inspect_app.domain.finding_lines import FindingLine
from inspect_app.domain.maps import Map
from inspect_app.domain.people import Role
from inspect_app.domain.problems import BadValue, NotFound
from inspect_app.domain.text import fold
from inspect_app.operations.desk import viewer_of
from inspect_app.storage import finding_list
from inspect_app.storage.finding_list import (
    Cursor,
    count_findings,
    finding_clauses,
    get_finding_line,
    iterate_findings,
    list_findings,
)
from inspect_app.storage.findings import FindingRow
from inspect_app.storage.inspections import Viewer
from inspect_app.storage.people import PersonRow
from inspect_app.storage.units import get_gazetteer
from tests.listed import TODAY, Listed, listed

EVERYWHERE = Viewer(1, Role.HEAD, None)


@pytest.fixture
def world(database_url: str) -> Iterator[Listed]:
    found = listed(database_url)
    yield found
    found.database.engine.dispose()


def viewer(world: Listed, person: int) -> Viewer:
    with world.database.reading() as session:
        return viewer_of(session.get_one(PersonRow, person), get_gazetteer(session))


def lines(world: Listed, query: str = "", who: Viewer = EVERYWHERE) -> list[FindingLine]:
    """The whole list, which must be as long as it is counted and the same in pages of two."""
    filters = parse_filters(parse_qs(query), TODAY)
    with world.database.reading() as session:
        gazetteer = get_gazetteer(session)
        map = Map(gazetteer, filters.map_day)
        clauses = finding_clauses(filters, gazetteer, who)
        whole = list(iterate_findings(session, clauses, map))
        assert count_findings(session, clauses) == len(whole)
        after, paged = None, []
        while True:
            page = list_findings(session, clauses, map, limit=2, after=after)
            paged += page.lines
            after = page.next and Cursor.read(str(page.next))
            if after is None:
                break
        assert paged == whole
        return whole


def codes(world: Listed, query: str = "", who: Viewer = EVERYWHERE) -> list[str]:
    return [line.code for line in lines(world, query, who)]


@contextmanager
def counted(world: Listed) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection, _cursor, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(world.database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(world.database.engine, "before_cursor_execute", note)


def test_newest_day_comes_first_and_the_findings_of_a_visit_stand_together(world: Listed) -> None:
    first, second, old = (
        world.visit(*place)
        for place in (("21040", "2026-03-02"), ("21040", "2026-03-02"), ("21091", "2021-05-04"))
    )
    for visit, criterion in (
        (second, "NY-01"),
        (first, "NY-02"),
        (first, "GQ-01"),
        (old, "NY-01"),
        (second, "CD-01"),
    ):
        world.finding(visit, criterion)
    assert codes(world) == [
        "KT-2026-0001-GQ-01", "KT-2026-0001-NY-02", "KT-2026-0002-CD-01", "KT-2026-0002-NY-01", "KT-2021-0003-NY-01",
    ]  # fmt: skip


def test_a_line_names_district_and_commune_on_the_chosen_map(world: Listed) -> None:
    for place in (
        ("21091", "2021-05-04"),
        ("536", "2021-05-05"),
        ("21142", "2021-05-06"),
        ("23518", "2021-05-07"),
    ):
        world.finding(world.visit(*place))
    now = {line.unit.code: (line.district, line.commune) for line in lines(world)}
    assert now["21091"] == ("huyện Bình Sơn", "xã Đông Sơn")
    assert now["536"] == ("huyện Lý Sơn", "cấp huyện")
    assert now["21142"] == (
        "huyện Trà Bồng",
        "Chưa xác định: xã Trà Bùi (cũ) (có thể: xã Cà Đam; xã Tây Trà Bồng)",
    )
    assert now["23518"] == ("huyện Đắk Hà", "xã Ngọk Réo")
    then = {line.unit.code: (line.district, line.commune) for line in lines(world, "map=then")}
    assert then["21091"] == ("huyện Bình Sơn", "xã Bình Thanh")
    assert then["21142"] == ("huyện Trà Bồng", "xã Trà Bùi")


def test_unit_filters_take_records_of_earlier_and_later_units(world: Listed) -> None:
    for place in (
        ("21091", "2021-05-04"),
        ("524", "2021-05-05"),
        ("21109", "2026-05-06"),
        ("21472", "2021-05-07"),
    ):
        world.finding(world.visit(*place))
    assert codes(world, "commune=21109") == ["KT-2026-0003-NY-01", "KT-2021-0001-NY-01"]
    assert codes(world, "district=524") == [
        "KT-2021-0002-NY-01",
        "KT-2021-0001-NY-01",
    ]  # Đông Sơn straddles two
    assert codes(world, "district=524&district=534") == [
        "KT-2021-0004-NY-01", "KT-2021-0002-NY-01", "KT-2021-0001-NY-01",
    ]  # fmt: skip
    assert codes(world, "commune=524") == ["KT-2021-0002-NY-01"]  # "cấp huyện"
    assert codes(world, "map=2021-06-30&commune=21091") == ["KT-2021-0001-NY-01"]
    assert codes(world, "district=524&commune=21109") == ["KT-2021-0001-NY-01"]
    assert codes(world, "province=51") == codes(world)


def test_a_record_of_a_divided_unit_is_in_a_commune_only_after_a_person_placed_it(world: Listed) -> None:
    with world.database.reading() as session:
        gazetteer = get_gazetteer(session)
        one, other = gazetteer.possible("commune", gazetteer.on("21142", date(2021, 5, 4)), TODAY)
    world.finding(world.visit("21142", "2021-05-04"))
    world.finding(world.visit("21142", "2021-05-05", placed_id=one.id))
    assert codes(world, f"commune={one.code}") == ["KT-2021-0002-NY-01"]
    assert codes(world, f"commune={other.code}") == []
    assert codes(world, "commune=undetermined:21142@2020-02-01") == ["KT-2021-0001-NY-01"]
    assert len(codes(world, "district=525")) == 2


def test_each_word_narrows_the_list_and_its_values_are_alternatives(world: Listed) -> None:
    visit = world.visit("21040", "2026-03-02", kind="scheduled")
    world.finding(visit, "NY-01", severity=3, cause="nhan_su", repeat=True, responsible="UBND xã")
    world.finding(visit, "GQ-02", severity=1, state="reported")
    world.finding(
        world.visit("21040", "2026-03-14"), "GQ-02", severity=4, state="not_upheld", cause="quy_dinh"
    )
    expected = {
        "kind=scheduled": 2, "criterion=GQ-02": 2, "group=NY": 1, "severity=3": 1, "severity=3&severity=4": 2,
        "cause=nhan_su": 1, "cause=none": 1, "cause=none&cause=quy_dinh": 2, "state=reported": 1, "repeat=1": 1,
        "state=all": 3, f"inspection={visit}": 2, "responsible=UBND+xã": 1, "responsible=none": 2,
        "from=2026-03-14": 1, "to=2026-03-02": 2, "from=2026-03-02&to=2026-03-14": 3, "from=2026-03-03&to=2026-03-13": 0,
        "kind=scheduled&severity=4": 0,
    }  # fmt: skip
    assert {query: len(codes(world, query)) for query in expected} == expected


def test_text_is_found_without_accents_at_the_beginnings_of_words_and_signs_mean_nothing(
    world: Listed,
) -> None:
    visit = world.visit("21439", "2026-03-02")
    world.finding(visit, "NY-01", wording="Trễ hạn 50% hồ sơ; a_b")
    world.finding(visit, "GQ-02", wording="Không có phiếu hẹn trả")
    found = {
        query: [line.criterion for line in lines(world, f"q={query}")]
        for query in (
            "duc pho", "ĐỨC PHỔ", "tre han", "han tre", '"han tre"', "ho so", "o so", "50%25", "50", "%25", "_", "a_b",
            "axb", "ny-01", "KT-2026-0001", "kt-2026-0001-gq-02", "KT-2026-000", "phieu hen duc pho",
        )
    }  # fmt: skip
    both, late, slip = ["GQ-02", "NY-01"], ["NY-01"], ["GQ-02"]
    assert found == {
        "duc pho": both, "ĐỨC PHỔ": both, "tre han": late, "han tre": late, '"han tre"': [], "ho so": late, "o so": [],
        "50%25": late, "50": late, "%25": [], "_": [], "a_b": late, "axb": [], "ny-01": late, "KT-2026-0001": both,
        "kt-2026-0001-gq-02": slip, "KT-2026-000": both, "phieu hen duc pho": slip,
    }  # fmt: skip


def test_new_wording_is_found_and_the_old_one_no_longer(world: Listed) -> None:
    finding_id = world.finding(world.visit("21439", "2026-03-02"), "NY-01", wording="Trễ hạn")
    with world.database.writing.begin() as session:
        row = session.get_one(FindingRow, finding_id)
        row.search_key = fold(f"{row.criterion} Ia H'Drai Ngọk Réo")
    found = {
        text: codes(world, f"q={text}") for text in ("tre han", "h'drai", "ngok re", "drai ngok", "ny-01")
    }
    assert {text for text, lines in found.items() if lines} == {"h'drai", "ngok re", "drai ngok", "ny-01"}
    with world.database.writing.begin() as session:
        session.delete(session.get_one(FindingRow, finding_id))
    assert codes(world, "q=ngok") == []


def test_an_officer_of_a_unit_sees_only_what_was_confirmed_in_the_own_area(world: Listed) -> None:
    here, before, elsewhere = (
        world.visit(*place)
        for place in (("21040", "2026-03-02"), ("21046", "2021-03-02"), ("21109", "2026-03-02"))
    )
    for visit in (here, before, elsewhere):
        world.finding(visit, "NY-01")
        hidden = world.finding(visit, "NY-02", state="reported")
    officer = viewer(world, world.person("donvi", Role.UNIT_OFFICER, ("21040", "2026-01-01")))
    assert codes(world, "", officer) == ["KT-2026-0001-NY-01", "KT-2021-0002-NY-01"]  # the merged commune too
    assert codes(world, "state=reported", officer) == []
    assert codes(world, "commune=21109", officer) == []
    with world.database.reading() as session, pytest.raises(NotFound):
        get_finding_line(session, officer, Map(get_gazetteer(session), TODAY), hidden)


def test_an_inspector_sees_the_own_area_and_the_own_visits_beyond_it(world: Listed) -> None:
    inspector = world.person("kiemtra", Role.INSPECTOR, ("21040", "2026-01-01"))
    world.finding(world.visit("21040", "2026-03-01"))
    world.finding(world.visit("21109", "2026-03-02", members=[inspector]))
    world.finding(world.visit("21109", "2026-03-03"))
    assert codes(world, "", viewer(world, inspector)) == ["KT-2026-0002-NY-01", "KT-2026-0001-NY-01"]
    assert codes(world, "commune=21109", viewer(world, inspector)) == ["KT-2026-0002-NY-01"]


def test_photos_are_named_after_unit_visit_criterion_and_number(world: Listed) -> None:
    world.finding(world.visit("21091", "2021-05-04"), "NY-01", photos=["a" * 64, "b" * 64])
    [line] = lines(world)
    assert [line.photo_name(photo) for photo in line.photos] == [
        "21091_KT-2021-0001_NY-01_1.jpg",
        "21091_KT-2021-0001_NY-01_2.jpg",
    ]
    assert line.cells(1)[16] == "21091_KT-2021-0001_NY-01_1.jpg; 21091_KT-2021-0001_NY-01_2.jpg"
    assert line.folder == "KT-2021-0001_xa-binh-thanh"


def test_a_page_costs_two_queries_however_many_findings_and_photos_it_has(world: Listed) -> None:
    for number in range(3):
        visit = world.visit("21040", f"2026-03-0{number + 1}")
        for criterion in ("NY-01", "NY-02", "GQ-01", "GQ-02"):
            world.finding(visit, criterion, photos=[f"{number}{criterion[-1]}" * 32])
    with world.database.reading() as session:
        gazetteer = get_gazetteer(session)
        clauses = finding_clauses(parse_filters({"district": ["524"]}, TODAY), gazetteer, EVERYWHERE)
        for limit in (1, 12):
            with counted(world) as statements:
                page = list_findings(session, clauses, Map(gazetteer, TODAY), limit=limit)
            assert (len(page.lines), len(statements)) == (limit, 2)
            assert sum(len(line.photos) for line in page.lines) == limit


def test_the_whole_list_is_read_in_batches_and_none_is_lost_between_them(
    world: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        visit = world.visit("21040", "2026-03-01" if number else "2026-03-02")
        for criterion in ("NY-01", "NY-02", "GQ-01"):
            world.finding(visit, criterion)
    expected = codes(world)
    for size in (1, 2, 3, 9, 10):
        monkeypatch.setattr(finding_list, "BATCH", size)
        assert codes(world) == expected
    assert len(set(expected)) == 9


@pytest.mark.parametrize("text", ["x", "é", "MjAyNg", "AAAA", "MjAyNi0xMy0wMXxL"])
def test_a_cursor_that_we_did_not_write_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        Cursor.read(text)
