"""Loading a resolution: a dry run that writes nothing, then all or nothing; two loads at once take turns."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import func, select

from inspect_app.domain.people import Role
from inspect_app.domain.problems import Conflict, Faulty, Problem
from inspect_app.operations import units
from inspect_app.storage.audit import AuditRow
from inspect_app.storage.units import BodyRow, SuccessionRow, UnitRow, get_edition, get_gazetteer, list_bodies
from tests.builders import BINH_SON, Office

UNIT_HEAD = "code,name,kind,level,parent_code,valid_from,valid_to\n"
MOVE_HEAD = "from_code,from_valid_from,to_code,to_valid_from,effective_date,kind,source\n"
# Xã Bình Sơn becomes a ward on 2027-01-01.
UNITS = (
    UNIT_HEAD
    + "21040,Bình Sơn,xã,commune,51,2025-07-01,2027-01-01\n"
    + "21040,Bình Sơn,phường,commune,51,01/01/2027,\n"
).encode()
MOVES = (MOVE_HEAD + "21040,2025-07-01,21040,2027-01-01,2027-01-01,renamed,99/NQ-UBTVQH16\n").encode()


def counts(office: Office) -> tuple[int | None, ...]:
    with office.database.reading() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(row))
            for row in (UnitRow, SuccessionRow, AuditRow)
        )


def load(office: Office, unit_rows: bytes = UNITS, moves: bytes = MOVES, seen: int | None = None) -> None:
    with office.database.writing.begin() as session:
        units.load_resolution(
            session, office.now, office.person("quantri", Role.ADMIN), unit_rows, moves, seen=seen
        )


def test_a_dry_run_tells_the_difference_and_writes_nothing(office: Office) -> None:
    before = counts(office)
    with office.database.reading() as session:
        difference, faults = units.try_resolution(session, UNITS, MOVES)
    assert faults == []
    assert difference is not None
    assert difference.changed == ("Xã Bình Sơn (21040) đổi thành phường Bình Sơn (21040) từ 01/01/2027.",)
    assert counts(office) == before


def test_a_loaded_resolution_holds_from_its_day_on(office: Office) -> None:
    load(office)
    with office.database.reading() as session:
        gazetteer = get_gazetteer(session)
        old, new = gazetteer.on(BINH_SON, date(2026, 12, 31)), gazetteer.on(BINH_SON, date(2027, 1, 1))
        assert old is not None
        assert new is not None
        assert (old.full_name, new.full_name) == ("xã Bình Sơn", "phường Bình Sơn")
        assert gazetteer.place(old, date(2027, 1, 1)).unit == new
        assert "UBND phường Bình Sơn" in list_bodies(session, new.id, date(2027, 1, 1))
        ends = session.scalars(select(BodyRow.valid_to).where(BodyRow.unit_id == old.id)).all()
        assert set(ends) == {date(2027, 1, 1)}
        line = session.query(AuditRow).filter_by(act="units_loaded").order_by(AuditRow.id.desc()).first()
        assert line is not None
        assert line.detail == {"added": 1, "closed": 1, "moves": 1}


def test_every_fault_is_told_with_its_file_and_row_and_nothing_is_written(office: Office) -> None:
    faulty = (
        UNIT_HEAD
        + "21040,Bình Sơn,phường,commune,51,2027-01-01,\n"  # overlaps the commune that is still in force
        + "29999,Đức Phổ Mới,xã,commune,77,2027-01-01,\n"  # no such parent
        + "21439,Đức Phổ,phường,commune,51,2025-07-01,2027-01-01\n"  # closed, and nobody follows it
        + "x,Ia H'Drai,xã,commune,51,hôm qua,\n"
    ).encode()
    office.person("quantri", Role.ADMIN)
    before = counts(office)
    with office.database.reading() as session:
        _, form = units.try_resolution(session, faulty, MOVE_HEAD.encode())
        assert [(fault.file, fault.row) for fault in form] == [("units.csv", 5)]
        sound = b"\n".join(faulty.splitlines()[:4])
        difference, faults = units.try_resolution(session, sound, MOVE_HEAD.encode())
    assert difference is None
    assert [(fault.file, fault.row) for fault in faults] == [
        ("units.csv", 2),
        ("units.csv", 3),
        ("units.csv", 4),
    ]
    with pytest.raises(Faulty):
        load(office, sound, MOVE_HEAD.encode())
    assert counts(office) == before


def test_loading_the_same_files_again_changes_nothing(office: Office) -> None:
    load(office)
    before = counts(office)[:2]
    load(office)
    assert counts(office)[:2] == before


def test_a_load_of_what_was_seen_before_another_load_is_refused(office: Office) -> None:
    with office.database.reading() as session:
        seen = get_edition(session, "units")
    load(office)
    other = UNITS.replace("Bình Sơn,phường".encode(), "Bình Sơn Mới,phường".encode())
    with pytest.raises(Conflict):
        load(office, other, MOVES, seen=seen)
    with office.database.reading() as session:
        unit = get_gazetteer(session).on(BINH_SON, date(2027, 1, 1))
        assert unit is not None
        assert unit.name == "Bình Sơn"


def test_of_two_different_resolutions_loaded_at_once_one_is_refused_whole(office: Office) -> None:
    office.person("quantri", Role.ADMIN)
    with office.database.reading() as session:
        seen = get_edition(session, "units")
    gate = threading.Barrier(2)
    files = (UNITS, UNITS.replace("Bình Sơn,phường".encode(), "Châu Ổ,phường".encode()))

    def run(data: bytes) -> Problem | None:
        gate.wait()
        try:
            load(office, data, MOVES, seen=seen)
        except Problem as problem:
            return problem
        return None

    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(run, files))
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "NoneType"]
    with office.database.reading() as session:
        bearing = get_gazetteer(session).bearing(BINH_SON)
        assert [unit.valid_from for unit in bearing if unit.valid_from.year == 2027] == [date(2027, 1, 1)]
