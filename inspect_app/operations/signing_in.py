"""Signing in and out; one-time links by which people choose their own password; device keys."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from inspect_app.domain.people import check_password
from inspect_app.domain.problems import N_, Conflict, Faulty, NotFound
from inspect_app.domain.sessions import SessionId
from inspect_app.storage import audit
from inspect_app.storage.base import insert_into
from inspect_app.storage.engine import Database
from inspect_app.storage.people import (
    ActivationRow,
    DeviceKeyRow,
    EndedSessionRow,
    PersonRow,
    find_person,
    get_person,
)

from . import throttling

HASHER = PasswordHasher()
# Verified when the account is unknown or has no password yet, so that every refusal takes the same time.
_NOBODY = HASHER.hash(secrets.token_hex(16))

LINK_LIFETIME = timedelta(days=7)


@dataclass(frozen=True)
class Attempt:
    """A name with a password, and the address it came from."""

    username: str
    password: str
    address: str

    @property
    def account(self) -> str:
        return self.username.strip().lower()

    @property
    def keys(self) -> list[str]:
        return throttling.keys_of(self.account, self.address)


def sign_in(database: Database, now: datetime, attempt: Attempt) -> PersonRow | None:
    """The person, or None with the failure counted and audited; TooMany while the account or address must wait."""
    proven = _prove(database, now, attempt)
    with database.writing.begin() as session:
        person = _count(session, now, attempt, proven, "sign_in_failed")
        if person is not None:
            person.last_sign_in_at = now
            audit.record(session, now, person.id, "signed_in", "person", person.id)
    return person


def _prove(database: Database, now: datetime, attempt: Attempt) -> str | None:
    """The password hash of the account if the attempt has its password, else None. TooMany while it must wait.

    Verifying takes some 50 ms of work whether the account is known or not, and no transaction is open meanwhile:
    nobody's sending waits for people who sign in.
    """
    with database.reading() as session:
        throttling.check_wait(session, now, attempt.keys)
        person = find_person(session, attempt.account)
        held = person.password_hash if person is not None and person.active else None
    return held if verify_password(held, attempt.password) else None


def _count(
    session: Session, now: datetime, attempt: Attempt, proven: str | None, failed_act: str
) -> PersonRow | None:
    """The person of a proven attempt, if account and password are still the same; else None, counted and audited."""
    person = find_person(session, attempt.account)
    if person is not None and person.active and proven is not None and person.password_hash == proven:
        throttling.count_success(session, now, attempt.keys)
        return person
    throttling.count_failure(session, now, attempt.keys)
    audit.record(session, now, person.id if person else None, failed_act, "address", attempt.address[:60])
    return None


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether it is the password of the hash; for no hash at all false, after the same work."""
    try:
        return HASHER.verify(password_hash or _NOBODY, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def sign_out(session: Session, now: datetime, held: SessionId) -> None:
    """End a session: whoever holds a copy of its cookie is nobody from the next request on, on every server."""
    session.execute(delete(EndedSessionRow).where(EndedSessionRow.ends_at <= now))
    ended = insert_into(session, EndedSessionRow).values(token=held.token, ends_at=held.ends_at)
    session.execute(ended.on_conflict_do_nothing())
    audit.record(session, now, held.person_id, "signed_out", "person", held.person_id)


def make_activation(session: Session, now: datetime, person: PersonRow) -> str:
    """A new one-time token for a person; earlier unused ones stop working. Only its hash is kept."""
    session.execute(
        update(ActivationRow)
        .where(ActivationRow.person_id == person.id, ActivationRow.used_at.is_(None))
        .values(used_at=now)
    )
    token = secrets.token_urlsafe(32)
    session.add(
        ActivationRow(
            token_hash=hash_token(token), person_id=person.id, created_at=now, expires_at=now + LINK_LIFETIME
        )
    )
    session.flush()
    return token


def find_activation(session: Session, now: datetime, token: str) -> PersonRow:
    """The person a link belongs to; NotFound when it is unknown, used or too old."""
    row = session.get(ActivationRow, hash_token(token))
    if row is None or row.used_at is not None or row.expires_at <= now:
        raise NotFound(N_("Liên kết này đã dùng hoặc hết hạn. Hãy xin quản trị viên liên kết mới."))
    person = get_person(session, row.person_id)
    if not person.active:
        raise NotFound(N_("Liên kết này đã dùng hoặc hết hạn. Hãy xin quản trị viên liên kết mới."))
    return person


def activate(database: Database, now: datetime, token: str, password: str, repeated: str) -> PersonRow:
    """Choose a password by a one-time link; ends every session the person had."""
    with database.reading() as session:
        check_password(password, repeated, find_activation(session, now, token).username)
    hashed = HASHER.hash(password)
    with database.writing.begin() as session:
        person = find_activation(session, now, token)
        taken = session.execute(
            update(ActivationRow)
            .where(ActivationRow.token_hash == hash_token(token), ActivationRow.used_at.is_(None))
            .values(used_at=now)
        )
        if taken.rowcount != 1:  # type: ignore[attr-defined]
            raise Conflict(N_("Liên kết này vừa được dùng. Hãy đăng nhập bằng mật khẩu đã chọn."))
        _set_password(session, now, person, hashed, "account_activated")
    return person


def change_password(
    database: Database, now: datetime, attempt: Attempt, new: str, repeated: str
) -> PersonRow:
    """Change one's own password, the attempt holding the present one; all sessions end, and the caller begins a new one.

    A wrong present password is counted, audited and slowed like one at the door: a session left open is no way to guess.
    """
    proven, hashed = _prove(database, now, attempt), ""
    if proven is not None:
        check_password(new, repeated, attempt.account)
        hashed = HASHER.hash(new)
    with database.writing.begin() as session:
        person = _count(session, now, attempt, proven, "password_change_failed")
        if person is not None:
            _set_password(session, now, person, hashed, "password_changed")
            return person
    wrong = N_("Mật khẩu hiện tại không đúng.")
    raise Faulty(wrong, fields={"current": wrong})


def _set_password(session: Session, now: datetime, person: PersonRow, hashed: str, act: str) -> None:
    person.password_hash = hashed
    person.session_epoch += 1
    audit.record(session, now, person.id, act, "person", person.id)
    session.flush()


def make_device_key(session: Session, now: datetime, person: PersonRow) -> str:
    token = secrets.token_urlsafe(32)
    session.add(DeviceKeyRow(token_hash=hash_token(token), person_id=person.id, created_at=now))
    audit.record(session, now, None, "device_key_made", "person", person.id)
    session.flush()
    return token


def hash_token(token: str) -> str:
    """Tokens are random 256 bit: a plain hash is enough, there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()
