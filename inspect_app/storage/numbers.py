"""Running numbers that several servers give out without gaps or doubles: one locked row a series."""

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .base import Base


class SeriesRow(Base):
    __tablename__ = "series"

    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    last: Mapped[int]


def next_number(session: Session, name: str) -> int:
    """The next number of a series, from 1. Rolled back with its transaction, so no number is lost."""
    row = session.scalar(
        select(SeriesRow)
        .where(SeriesRow.name == name)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        row = SeriesRow(name=name, last=0)
        session.add(row)
    row.last += 1
    session.flush()
    return row.last
