"""Totals on real databases: every record in one row on every map, and a tally that always says what the records say."""

import random
import threading
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update

from inspect_app.domain.filters import Filters, parse_filters
from inspect_app.domain.people import Role
from inspect_app.domain.totals import WORDS, Totals
from inspect_app.operations.desk import Desk
from inspect_app.operations.totalling import Adding, add_up
from inspect_app.storage.findings import FindingRow
from inspect_app.storage.inspections import InspectionRow, Viewer
from inspect_app.storage.submissions import SubmissionRow
from inspect_app.storage.tallies import rebuild_tally, tally_differences
from inspect_app.storage.totals import Scope
from inspect_app.storage.units import get_gazetteer
from tests.builders import ZONE
from tests.listed import NOW, TODAY, Listed, listed

EVERYWHERE = Viewer(1, Role.HEAD, None)
MAPS = ("2021-06-30", "2025-06-30", "2026-01-01", "then")
PLACES = (  # merged, renamed, divided, straddling, a district office, old Kon Tum, an island
    ("21091", "2021-05-04"), ("21109", "2026-03-02"), ("21142", "2021-05-06"), ("524", "2021-06-01"),
    ("536", "2021-06-02"), ("23518", "2022-04-01"), ("21548", "2026-02-03"), ("21439", "2024-09-09"),
)  # fmt: skip
CRITERIA = ("NY-01", "NY-02", "TN-03", "GQ-04")


@pytest.fixture
def world(database_url: str) -> Iterator[Listed]:
    found = listed(database_url)
    yield found
    found.database.engine.dispose()


def filters_of(query: str) -> Filters:
    return parse_filters(parse_qs(query), TODAY, default_states=("confirmed",))


def table(
    world: Listed, by: str, across: str | None = None, query: str = "", who: Viewer = EVERYWHERE
) -> Totals:
    with world.database.reading() as session:
        return add_up(Desk(session, who, NOW, ZONE), filters_of(query), by, across)


def shape(totals: Totals) -> list[tuple[str, int, int]]:
    return [(row.head.label, row.sums.visits, row.sums.findings) for row in totals.rows]


def fill(world: Listed, chance: random.Random, visits: int = 12) -> None:
    for _ in range(visits):
        place = chance.choice(PLACES)
        visit = world.visit(*place, kind=chance.choice(("scheduled", "surprise", "short_notice")))
        for criterion in chance.sample(CRITERIA, chance.randrange(4)):
            n, of = chance.choice(((None, None), (2, 5), (3, None), (None, 4)))
            world.finding(
                visit, criterion, severity=chance.randint(1, 4), n=n, of=of, repeat=chance.random() < 0.3,
                state=chance.choice(("confirmed", "confirmed", "reported")), cause=chance.choice(("", "nhan_su")),
                responsible=chance.choice(("", "UBND xã")),
            )  # fmt: skip


@pytest.mark.parametrize("state", ["confirmed", "all"])
def test_rows_sum_to_the_total_by_every_word_and_the_total_is_the_same_on_every_map(
    world: Listed, state: str
) -> None:
    fill(world, random.Random(7), 20)
    expected = None
    for by in WORDS:
        for across in (None, "severity", "district"):
            if across == by:
                continue
            for day in MAPS:
                found = table(world, by, across, f"map={day}&state={state}")
                for figure in ("findings", "repeats", "n", "of"):
                    summed = sum(getattr(row.sums, figure) for row in found.rows)
                    assert summed == getattr(found.total, figure), (by, across, day, figure)
                expected = expected or found.total
                assert found.total == expected, (by, across, day)
    assert expected and expected.visits == 20 and expected.findings > 10


def test_the_tally_and_the_records_give_the_same_tables(
    world: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(world, random.Random(8), 20)
    asked = [
        (by, across, f"{query}&map={day}")
        for by in ("province", "district", "commune", "month", "criterion", "kind")
        for across in (None, "kind")
        if by != across
        for query in ("", "state=all", "kind=surprise", "criterion=NY-01", "group=NY", "district=524")
        for day in ("2021-06-30", "2025-06-30")
    ]
    from_tally = [table(world, *one) for one in asked]
    monkeypatch.setattr(Scope, "slice", lambda *_args, **_more: "")
    for one, told in zip(asked, from_tally, strict=True):
        counted = table(world, *one)
        assert (told.rows, told.total) == (counted.rows, counted.total), one


def test_visits_without_a_finding_count_and_planned_ones_never_do(world: Listed) -> None:
    world.finding(world.visit("21040", "2026-03-02"))
    world.visit("21040", "2026-03-03")
    hidden = world.visit("21040", "2026-03-04")
    with world.database.writing.begin() as session:
        session.execute(
            update(InspectionRow).where(InspectionRow.id == hidden).values(visited=False, state="planned")
        )
    assert [row[1:] for row in shape(table(world, "commune"))] == [(2, 1)]
    assert table(world, "criterion").total.visits == 2
    assert table(world, "commune", query="from=2026-03-01").total.visits == 2


def test_visits_of_a_word_of_the_finding_are_distinct_inspections(world: Listed) -> None:
    one, other = world.visit("21040", "2026-03-02"), world.visit("21040", "2026-03-03")
    for visit, criterion in ((one, "NY-01"), (one, "NY-02"), (one, "GQ-04"), (other, "NY-01")):
        world.finding(visit, criterion, cause="nhan_su")
    assert {row.head.code: row.sums.visits for row in table(world, "group").rows} == {"NY": 2, "GQ": 1}
    assert [(row.sums.visits, row.sums.findings) for row in table(world, "cause").rows] == [(2, 4)]
    crossed = table(world, "cause", "group").rows
    assert {row.across.code: row.sums.visits for row in crossed if row.across} == {"NY": 2, "GQ": 1}


def test_officers_see_what_was_confirmed_in_their_area_inspectors_their_area_and_own_visits(
    world: Listed,
) -> None:
    with world.database.reading() as session:
        gazetteer = get_gazetteer(session)
        commune = gazetteer.on("21040", date(2026, 1, 1))
        assert commune
        area = gazetteer.subtree(commune)
    inspector = world.person("kiemtra", Role.INSPECTOR, ("21040", "2026-01-01"))
    here = world.visit("21040", "2026-03-02")
    world.finding(here, "NY-01")
    world.finding(here, "NY-02", state="reported")
    world.finding(world.visit("21109", "2026-03-02", members=[inspector]), "NY-01")
    world.finding(world.visit("21109", "2026-03-03"), "NY-01")
    officer, team = Viewer(90, Role.UNIT_OFFICER, area), Viewer(inspector, Role.INSPECTOR, area)
    for query in ("", "state=all", "state=reported&state=confirmed"):
        assert [row[1:] for row in shape(table(world, "commune", None, query, officer))] == [(1, 1)]
    assert table(world, "commune", None, "state=reported", officer).total.findings == 0
    found = table(world, "commune", None, "state=all", team)
    assert (found.total.visits, found.total.findings) == (2, 3)


def differences(world: Listed) -> list[Any]:
    with world.database.reading() as session:
        return tally_differences(session)


def empty(world: Listed) -> None:
    with world.database.writing.begin() as session:
        for row in (FindingRow, SubmissionRow, InspectionRow):
            session.execute(delete(row))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6),
    map_days=st.lists(st.dates(date(2020, 2, 1), date(2027, 1, 1)), min_size=2, max_size=2),
)
def test_the_tally_stays_true_and_totals_agree_whatever_is_written(
    world: Listed, seed: int, map_days: list[date]
) -> None:
    chance = random.Random(seed)
    empty(world)
    assert differences(world) == []
    fill(world, chance, 5)
    with world.database.writing.begin() as session:
        ids = session.scalars(select(FindingRow.id).order_by(FindingRow.code)).all()
        visits = session.scalars(select(InspectionRow.id).order_by(InspectionRow.number)).all()
        for id in ids:
            values: dict[str, Any] = chance.choice(
                (
                    {"state": "not_upheld"},
                    {"severity": 4},
                    {"repeat": True},
                    {"n": None},
                    {"of": 9, "n": 3},
                    {"kind": "scheduled"},
                )
            )
            session.execute(update(FindingRow).where(FindingRow.id == id).values(**values))
        changed = chance.choice(visits)
        session.execute(
            update(InspectionRow).where(InspectionRow.id == changed).values(visited=chance.random() < 0.5)
        )
        session.execute(delete(FindingRow).where(FindingRow.id.in_(ids[:1])))
    assert differences(world) == []
    totals = [table(world, "district", None, f"state=all&map={day}").total for day in map_days]
    assert totals[0] == totals[1]


def test_what_is_rolled_back_leaves_no_trace_in_the_tally(world: Listed) -> None:
    world.finding(world.visit("21040", "2026-03-02"))
    with pytest.raises(RuntimeError), world.database.writing.begin() as session:
        session.execute(update(FindingRow).values(state="not_upheld"))
        raise RuntimeError
    assert differences(world) == [] and table(world, "district").total.findings == 1


def test_a_damaged_tally_is_noticed_and_rebuilt(world: Listed) -> None:
    fill(world, random.Random(3), 6)
    with world.database.writing.begin() as session:
        session.execute(text("UPDATE finding_tally SET visits = visits + 1 WHERE state = ''"))
    assert differences(world)
    with world.database.writing.begin() as session:
        rebuild_tally(session)
    assert differences(world) == []


def test_writers_at_once_neither_lose_a_count_nor_wait_in_a_ring(world: Listed) -> None:
    """Each of two writers changes the same findings, in opposite order: their months and criteria meet in the tally."""
    visits = [world.visit("21040", f"2026-0{month}-02") for month in (3, 4, 5, 6)]
    mine = [[world.finding(visit, criterion) for visit in visits] for criterion in ("NY-01", "NY-02")]
    faults: list[BaseException] = []

    def write(ids: list[str]) -> None:
        try:
            for turn in range(10):
                with world.database.writing.begin() as session:
                    for id in ids:
                        state = "confirmed" if turn % 2 else "not_upheld"
                        session.execute(update(FindingRow).where(FindingRow.id == id).values(state=state))
        except BaseException as fault:
            faults.append(fault)

    writers = [threading.Thread(target=write, args=(ids,)) for ids in (mine[0], mine[1][::-1])]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert not faults and differences(world) == []
    assert table(world, "district").total.findings == 8


def test_the_previous_period_is_added_up_like_the_one_asked(world: Listed) -> None:
    from inspect_app.operations.totalling import add_up_before, previous_span

    quarter = (date(2026, 6, 15), date(2026, 9, 14))
    assert previous_span(*quarter, 15) == (date(2026, 3, 15), date(2026, 6, 14))
    assert previous_span(date(2025, 12, 15), date(2026, 12, 14), 15) == (
        date(2024, 12, 15),
        date(2025, 12, 14),
    )
    assert previous_span(date(2026, 3, 1), date(2026, 3, 31), 15) == (date(2026, 2, 1), date(2026, 2, 28))
    assert previous_span(date(2026, 3, 5), date(2026, 3, 8), 15) == (date(2026, 3, 1), date(2026, 3, 4))
    world.finding(world.visit("21040", "2026-06-14"), "NY-01", severity=4)
    world.finding(world.visit("21040", "2026-06-15"))
    with world.database.reading() as session:
        desk = Desk(session, EVERYWHERE, NOW, ZONE)
        before = add_up_before(desk, filters_of("from=2026-06-15&to=2026-09-14"), 15)
        assert before and (before.sums.visits, before.sums.severity) == (1, [0, 0, 0, 1])
        assert add_up_before(desk, filters_of("to=2026-09-14"), 15) is None


def test_a_long_period_reads_the_same_as_its_parts(world: Listed) -> None:
    """SQLite is led to another index for long periods; what it finds may not change by that."""
    fill(world, random.Random(5), 20)
    parts = [f"from={year}-01-01&to={year}-12-31&state=all" for year in range(2021, 2027)]
    for by in ("commune", "criterion", "month"):
        whole = table(world, by, None, "from=2021-01-01&to=2026-12-31&state=all").total
        summed = [table(world, by, None, part).total for part in parts]
        assert (
            whole.findings
            == sum(total.findings for total in summed)
            == table(world, by, None, "state=all").total.findings
        )


def test_tables_of_units_share_their_queries(world: Listed) -> None:
    from tests.storage.test_finding_list import counted

    fill(world, random.Random(2), 4)
    with world.database.reading() as session:
        adding = Adding(Desk(session, EVERYWHERE, NOW, ZONE), filters_of("severity=2"))
        adding.table("district")
        with counted(world) as statements:
            for by in ("province", "district", "commune"):
                adding.table(by)
        assert statements == []
