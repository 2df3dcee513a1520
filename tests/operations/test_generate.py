"""The benchmark's generator writes rows by the thousand; here it is held against the demo, which goes through operations."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.generate import PER_VISIT, generate
from inspect_app.storage.checklists import ChecklistVersionRow, read_checklist
from inspect_app.storage.engine import Database, open_database
from inspect_app.storage.findings import FindingRow
from inspect_app.storage.inspections import InspectionRow
from inspect_app.storage.tallies import tally_differences
from inspect_app.storage.units import get_gazetteer
from tests.builders import Office
from tests.prepared import Stores

VISITS = 200


@pytest.fixture
def generated(tmp_path: Any) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path / 'generated.sqlite'}")
    generate(database, VISITS * PER_VISIT)
    yield database
    database.engine.dispose()


@pytest.fixture
def demo(prepared_stores: Callable[..., Stores]) -> Iterator[Database]:
    database = open_database(prepared_stores(demo=True).database_url)
    yield database
    database.engine.dispose()


def findings(session: Session) -> list[FindingRow]:
    """The findings of the first 200 visits."""
    order = (InspectionRow.day, InspectionRow.number)
    visits = select(InspectionRow.id).where(InspectionRow.visited).order_by(*order).limit(VISITS)
    chosen = set(session.scalars(visits))
    rows = session.scalars(select(FindingRow).order_by(FindingRow.day, FindingRow.code))
    return [row for row in rows if row.inspection_id in chosen]


def shape(rows: list[FindingRow]) -> dict[str, float]:
    """Shares that make a table of totals look as it does."""
    many = len(rows)
    return {
        "a visit": many / VISITS,
        "confirmed": sum(row.state == "confirmed" for row in rows) / many,
        "grave": sum(row.severity > 2 for row in rows) / many,
        "counted": sum(row.of is not None for row in rows) / many,
        "repeated": sum(row.repeat for row in rows) / many,
        "with a cause": sum(bool(row.cause) for row in rows) / many,
        "criteria": len({row.criterion for row in rows}) / 65,
        "hundred letters": sum(len(row.wording) for row in rows) / many / 100,
    }


def test_generated_findings_are_shaped_like_those_of_the_demo(generated: Database, demo: Database) -> None:
    with generated.reading() as one, demo.reading() as other:
        ours, theirs = shape(findings(one)), shape(findings(other))
    for what, share in theirs.items():
        assert ours[what] == pytest.approx(share, rel=0.5, abs=0.12), (what, ours[what], share)


@pytest.mark.parametrize("source", ["generated", "demo"])
def test_rows_of_both_keep_the_rules_of_findings(source: str, request: pytest.FixtureRequest) -> None:
    database: Database = request.getfixturevalue(source)
    with database.reading() as session:
        gazetteer, rows = get_gazetteer(session), session.scalars(select(FindingRow)).all()
        visits = {row.id: row for row in session.scalars(select(InspectionRow)).unique()}
        versions = session.scalars(select(ChecklistVersionRow.id)).all()
        checklists = {id: read_checklist(session, id) for id in versions}
        first: dict[tuple[int, str], Any] = {}
        for row in rows:
            if row.state == "confirmed":
                key = (row.unit_id, row.criterion)
                first[key] = min(first.get(key, row.day), row.day)
        assert len(rows) > VISITS
        for row in rows:
            visit, unit = visits[row.inspection_id], gazetteer.by_id(row.unit_id)
            copied = (visit.unit_id, visit.day, visit.kind, f"{visit.day:%Y-%m}")
            assert (row.unit_id, row.day, row.kind, row.month) == copied
            assert unit in gazetteer.offices(row.day) and row.code == f"{visit.number}-{row.criterion}"
            asked = checklists[visit.checklist_version_id].for_visit(unit.level, row.day).criteria
            criterion = next(item for item in asked if item.code == row.criterion)
            assert criterion.severity and (row.of is not None) == criterion.counted
            family = {unit.id, *gazetteer.predecessors(unit)}
            before = any(first.get((id, row.criterion), row.day) < row.day for id in family)
            assert row.repeat == before, row.code
        assert tally_differences(session) == []


def test_a_generated_database_takes_further_visits(generated: Database) -> None:
    office = Office(generated)
    office.send(office.visit(), {"ny_01": "fail", "ny_01_note": "Bảng niêm yết bị che"})
    with generated.reading() as session:
        assert tally_differences(session) == []
