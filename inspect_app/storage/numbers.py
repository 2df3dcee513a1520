"""Running numbers that several servers give out without gaps or doubles: one locked row a series."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from .base import Base, insert_into


class SeriesRow(Base):
    __tablename__ = "series"

    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    last: Mapped[int]


def next_number(session: Session, name: str) -> int:
    """The next number of a series, from 1. Rolled back with its transaction, so no number is lost."""
    first = insert_into(session, SeriesRow).values(name=name, last=1)
    counted = first.on_conflict_do_update(index_elements=["name"], set_={"last": SeriesRow.last + 1})
    return session.execute(counted.returning(SeriesRow.last)).scalar_one()
