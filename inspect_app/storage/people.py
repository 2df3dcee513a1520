"""People, where they may look, their sessions and one-time links, and the counters that slow down guessing."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, String, exists, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from inspect_app.domain.people import Role
from inspect_app.domain.problems import N_, NotFound
from inspect_app.domain.sessions import SessionId

from .base import Base


class PersonRow(Base):
    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(40), unique=True)
    full_name: Mapped[str] = mapped_column(String(120))
    position: Mapped[str] = mapped_column(String(160), default="")
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(default=0)  # raised to end every session of this person
    version: Mapped[int] = mapped_column(
        default=1
    )  # of what administrators edit: two never overwrite each other
    created_at: Mapped[datetime]
    last_sign_in_at: Mapped[datetime | None]

    areas: Mapped[list["PersonAreaRow"]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class PersonAreaRow(Base):
    """A unit whose subtree the person may see."""

    __tablename__ = "person_area"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)


class EndedSessionRow(Base):
    """A session its person ended before its time; kept until that time, when the cookie is worth nothing by itself."""

    __tablename__ = "ended_session"

    token: Mapped[str] = mapped_column(String(40), primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(index=True)


class ActivationRow(Base):
    """A one-time link to choose one's password; only the hash of its token is kept."""

    __tablename__ = "activation"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class DeviceKeyRow(Base):
    """A key by which a collecting app speaks for a person; only its hash is kept."""

    __tablename__ = "device_key"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ThrottleRow(Base):
    """How often something was tried by an account or an address; one table for all servers."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    count: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


def get_person(session: Session, person_id: int) -> PersonRow:
    row = session.get(PersonRow, person_id)
    if row is None:
        raise NotFound(N_("Không tìm thấy người dùng này."))
    return row


def find_person(session: Session, username: str) -> PersonRow | None:
    return session.scalar(select(PersonRow).where(PersonRow.username == username))


def find_full_names(session: Session, person_ids: Iterable[int]) -> dict[int, str]:
    rows = session.execute(select(PersonRow.id, PersonRow.full_name).where(PersonRow.id.in_(set(person_ids))))
    return {person_id: name for person_id, name in rows}  # noqa: C416 - dict(rows) has no type


def count_without_password(session: Session) -> int:
    """Accounts in use whose person has not opened the activation link yet."""
    waiting = (PersonRow.active, PersonRow.password_hash.is_(None))
    return session.scalar(select(func.count()).select_from(PersonRow).where(*waiting)) or 0


def find_signed_in(session: Session, held: SessionId) -> PersonRow | None:
    """The person of a session that has not been ended: by its person, a new password or an administrator."""
    ended = exists().where(EndedSessionRow.token == held.token)
    return session.scalar(
        select(PersonRow).where(
            PersonRow.id == held.person_id, PersonRow.active, PersonRow.session_epoch == held.epoch, ~ended
        )
    )


def wait_for_own_acts(session: Session, person_id: int) -> None:
    """Lock a person's row until the transaction ends, so that what they do twice at once is done in turn."""
    own = select(PersonRow.id).where(PersonRow.id == person_id)
    session.execute(own.with_for_update(key_share=True))


def list_people(session: Session) -> list[PersonRow]:
    return list(session.scalars(select(PersonRow).order_by(PersonRow.active.desc(), PersonRow.username)))


def list_people_of(session: Session, *roles: Role) -> list[PersonRow]:
    return list(
        session.scalars(
            select(PersonRow)
            .where(PersonRow.role.in_([role.value for role in roles]), PersonRow.active)
            .order_by(PersonRow.username)
        )
    )
