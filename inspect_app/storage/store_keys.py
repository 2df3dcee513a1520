"""The keys under which phones seal what they keep: one a person, made once, never changed.

It protects what lies on a phone, not what lies here: this database holds the answers themselves.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .base import Base, insert_into


class StoreKeyRow(Base):
    __tablename__ = "store_key"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    key: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


def find_store_keys(session: Session, person_ids: Iterable[int]) -> dict[int, bytes]:
    """By person; those who have none yet are left out."""
    query = select(StoreKeyRow.person_id, StoreKeyRow.key).where(StoreKeyRow.person_id.in_(set(person_ids)))
    return {person_id: key for person_id, key in session.execute(query)}  # noqa: C416 - dict(rows) has no type


def keep_first(session: Session, person_id: int, key: bytes, now: datetime) -> bytes:
    """Give a person a key, unless another request has done it first; gives the one that counts."""
    first = insert_into(session, StoreKeyRow).values(person_id=person_id, key=key, created_at=now)
    session.execute(first.on_conflict_do_nothing())
    return find_store_keys(session, [person_id])[person_id]
