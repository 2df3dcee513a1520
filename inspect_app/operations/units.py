"""Loading administrative units: the tables shipped with the program, and later resolutions, all or nothing."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from inspect_app.domain.problems import N_, Conflict, Faulty
from inspect_app.domain.resolution_difference import Difference, difference
from inspect_app.domain.resolution_rows import Change, Plan, RowFault, plan
from inspect_app.domain.resolutions import check
from inspect_app.domain.text import fold
from inspect_app.domain.units import Gazetteer, Unit
from inspect_app.exchange.units_csv import read_points, read_successions, read_units
from inspect_app.storage import audit
from inspect_app.storage.units import (
    BodyRow,
    SuccessionRow,
    UnitRow,
    as_row,
    count_edition,
    get_edition,
    get_gazetteer,
    read_gazetteer,
)

SHIPPED = Path(__file__).resolve().parent.parent / "data"

# Bodies of an office that a finding may name besides the People's Committee itself (domain.md part 2).
DISTRICT_BODIES = (
    ("division", "Văn phòng HĐND và UBND {unit}"),
    ("division", "Phòng Tài nguyên và Môi trường {unit}"),
    ("division", "Phòng Tư pháp {unit}"),
    ("division", "Phòng Lao động - Thương binh và Xã hội {unit}"),
    ("division", "Phòng Kinh tế và Hạ tầng {unit}"),
    ("land_branch", "Chi nhánh Văn phòng Đăng ký đất đai {unit}"),
    ("tax", "Chi cục Thuế {unit}"),
    ("police", "Công an {unit}"),
    ("postal", "Bưu điện {unit}"),
)
COMMUNE_BODIES = (("police", "Công an {unit}"), ("postal", "Bưu điện - Văn hóa {unit}"))
NEW_COMMUNE_BODIES = (
    ("service_centre", "Trung tâm Phục vụ hành chính công {unit}"),
    ("division", "Phòng Kinh tế {unit}"),
    ("division", "Phòng Văn hóa - Xã hội {unit}"),
    ("land_branch", "Chi nhánh Văn phòng Đăng ký đất đai phụ trách {unit}"),
    *COMMUNE_BODIES,
)


def load_shipped_units(session: Session, now: datetime) -> bool:
    """Fill an empty unit table from the shipped CSVs; False when there are units already."""
    if session.scalar(select(UnitRow.id).limit(1)) is not None:
        return False
    change, faults = read_change(
        (SHIPPED / "units.csv").read_bytes(), (SHIPPED / "successions.csv").read_bytes()
    )
    points, point_faults = read_points((SHIPPED / "points.csv").read_bytes())
    empty = Gazetteer([], [])
    faults += [*check(empty, change), *point_faults]
    if faults:
        raise ValueError(f"the shipped units are faulty: {faults[:3]}")
    _write(session, plan(empty, change))
    for row in session.scalars(select(UnitRow)):
        row.lat, row.lon = points.get((row.code, row.valid_from), (row.lat, row.lon))
    session.flush()
    audit.record(session, now, None, "units_loaded", "units", "shipped", added=len(change.units), closed=0)
    return True


def read_change(units: bytes, successions: bytes) -> tuple[Change, list[RowFault]]:
    """The two files of a resolution, and every fault of their form."""
    unit_lines, unit_faults = read_units(units)
    moves, move_faults = read_successions(successions)
    return Change(tuple(unit_lines), tuple(moves)), [*unit_faults, *move_faults]


def try_resolution(
    session: Session, units: bytes, successions: bytes
) -> tuple[Difference | None, list[RowFault]]:
    """The dry run: what loading would change, or all faults with their rows. Nothing is written."""
    current = get_gazetteer(session)
    change, faults = read_change(units, successions)
    faults = faults or check(current, change)
    return (None, faults) if faults else (difference(current, change), [])


def load_resolution(
    session: Session,
    now: datetime,
    person_id: int | None,
    units: bytes,
    successions: bytes,
    *,
    seen: int | None = None,
) -> Plan:
    """Load a resolution whole; Faulty, with nothing written, if any row has a fault.

    `seen` is the edition of the units that the dry run was made against; Conflict if they have changed since.
    """
    count_edition(session, "units")  # first, so that two loads at once take turns
    if seen is not None and get_edition(session, "units") != seen + 1:
        raise Conflict(
            N_("Danh mục đơn vị đã thay đổi từ khi bạn xem thử. Chưa nạp gì: hãy xem thử lại rồi nạp.")
        )
    current = read_gazetteer(session)
    change, faults = read_change(units, successions)
    faults = faults or check(current, change)
    if faults:
        raise Faulty(N_("Tệp có %(count)s lỗi, chưa nạp dòng nào. Hãy sửa rồi nạp lại."), count=len(faults))
    planned = plan(current, change)
    _write(session, planned)
    audit.record(
        session, now, person_id, "units_loaded", "units", "",
        added=len(planned.added), closed=len(planned.closed), moves=len(planned.successions),
    )  # fmt: skip
    return planned


def _write(session: Session, planned: Plan) -> None:
    for unit, day in planned.closed:
        session.execute(update(UnitRow).where(UnitRow.id == unit.id).values(valid_to=day))
        session.execute(
            update(BodyRow).where(BodyRow.unit_id == unit.id, BodyRow.valid_to.is_(None)).values(valid_to=day)
        )
    session.add_all([as_row(unit) for unit in planned.added])
    session.flush()
    ids = {
        (code, start): id_
        for id_, code, start in session.execute(select(UnitRow.id, UnitRow.code, UnitRow.valid_from))
    }
    session.add_all(
        [
            SuccessionRow(
                source_id=ids[move.source], target_id=ids[move.target], effective=move.effective, kind=move.kind,
                reference=move.reference,
            )
            for move in planned.successions
        ]
    )  # fmt: skip
    bodies = [
        body for unit in planned.added if unit.level != "province" for body in _bodies(unit, ids[unit.key])
    ]
    if bodies:
        session.execute(insert(BodyRow), bodies)
    count_edition(session, "units")
    session.flush()


def _bodies(unit: Unit, unit_id: int) -> list[dict[str, object]]:
    if unit.level == "district":
        named: tuple[tuple[str, str], ...] = DISTRICT_BODIES
    else:
        named = COMMUNE_BODIES if len(unit.parent_code) == 3 else NEW_COMMUNE_BODIES
    return [
        {
            "unit_id": unit_id,
            "kind": kind,
            "name": (name := text.format(unit=unit.full_name)),
            "search_key": fold(name),
            "valid_from": unit.valid_from,
            "valid_to": unit.valid_to,
        }
        for kind, text in (("unit", "UBND {unit}"), *named)
    ]
