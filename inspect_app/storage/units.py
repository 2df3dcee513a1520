"""Administrative units with validity, which became which, and the bodies a finding may name as responsible."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from inspect_app.domain.text import fold, search_text, sort_key
from inspect_app.domain.units import Gazetteer, Succession, Unit

from .base import Base, insert_into


class UnitRow(Base):
    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("code", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(5))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    level: Mapped[str] = mapped_column(String(10))
    parent_code: Mapped[str] = mapped_column(String(5), default="")
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    search_key: Mapped[str] = mapped_column(String(240), index=True)
    sort_key: Mapped[str] = mapped_column(String(200))


class SuccessionRow(Base):
    __tablename__ = "succession"
    __table_args__ = (UniqueConstraint("source_id", "target_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    effective: Mapped[date]
    kind: Mapped[str] = mapped_column(String(12))
    reference: Mapped[str] = mapped_column(String(200))


class EditionRow(Base):
    """Counts the changes of a table that processes keep in memory, so that each knows when to read it again."""

    __tablename__ = "edition"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    number: Mapped[int]


class BodyRow(Base):
    """Whom a finding names as responsible: a division, land branch, tax, police, post, or the unit itself."""

    __tablename__ = "body"
    __table_args__ = (Index("ix_body_unit_id_search_key", "unit_id", "search_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(160))
    search_key: Mapped[str] = mapped_column(String(200))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


def read_gazetteer(session: Session) -> Gazetteer:
    """All units and successions as domain values: some 700 rows, read once an edition."""
    rows = session.scalars(select(UnitRow).order_by(UnitRow.id)).all()
    units = [as_unit(row) for row in rows]
    keys = {unit.id: unit.key for unit in units}
    successions = [
        Succession(keys[row.source_id], keys[row.target_id], row.effective, row.kind, row.reference)
        for row in session.scalars(select(SuccessionRow).order_by(SuccessionRow.id))
    ]
    return Gazetteer(units, successions)


def as_unit(row: UnitRow) -> Unit:
    return Unit(
        row.id, row.code, row.valid_from, row.valid_to, row.name, row.kind, row.level, row.parent_code, row.lat, row.lon
    )  # fmt: skip


def as_row(unit: Unit) -> UnitRow:
    return UnitRow(
        code=unit.code, valid_from=unit.valid_from, valid_to=unit.valid_to, name=unit.name, kind=unit.kind,
        level=unit.level, parent_code=unit.parent_code, lat=unit.lat, lon=unit.lon,
        search_key=search_text(unit.full_name), sort_key=sort_key(unit.name),
    )  # fmt: skip


def get_edition(session: Session, name: str) -> int:
    return session.scalar(select(EditionRow.number).where(EditionRow.name == name)) or 0


def count_edition(session: Session, name: str) -> None:
    """Raise an edition; another who raises it too waits until this transaction ends, the very first time as well."""
    first = insert_into(session, EditionRow).values(name=name, number=1)
    session.execute(
        first.on_conflict_do_update(index_elements=["name"], set_={"number": EditionRow.number + 1})
    )


_gazetteers: dict[tuple[str, int], Gazetteer] = {}


def get_gazetteer(session: Session) -> Gazetteer:
    """The gazetteer of the newest edition; kept in memory, one per database and edition."""
    bind = session.get_bind()
    key = (bind.engine.url.render_as_string(hide_password=False), get_edition(session, "units"))
    if key not in _gazetteers:
        _gazetteers[key] = read_gazetteer(session)
    return _gazetteers[key]


def list_bodies(session: Session, unit_id: int, day: date) -> list[str]:
    """Names to offer as responsible at an office on a day: its own bodies first, then those of no unit."""
    rows = session.execute(
        select(BodyRow.name, BodyRow.unit_id)
        .where((BodyRow.unit_id == unit_id) | BodyRow.unit_id.is_(None))
        .where(BodyRow.valid_from <= day, (BodyRow.valid_to.is_(None)) | (BodyRow.valid_to > day))
        .order_by(BodyRow.unit_id.is_(None), BodyRow.id)
    )
    return [name for name, _ in rows]


def find_bodies(session: Session, unit_id: int, names: Iterable[str], day: date) -> dict[str, BodyRow]:
    """The bodies that an inspector's words name, by folded name. Unknown words stay words, nothing is guessed."""
    keys = {fold(name) for name in names} - {""}
    if not keys:
        return {}
    rows = session.scalars(
        select(BodyRow)
        .where((BodyRow.unit_id == unit_id) | BodyRow.unit_id.is_(None), BodyRow.search_key.in_(keys))
        .where(BodyRow.valid_from <= day, (BodyRow.valid_to.is_(None)) | (BodyRow.valid_to > day))
        .order_by(BodyRow.unit_id.is_not(None))  # the office's own body wins over one of no unit
    )
    return {row.search_key: row for row in rows}


def find_body(session: Session, unit_id: int, name: str, day: date) -> BodyRow | None:
    return find_bodies(session, unit_id, [name], day).get(fold(name))
