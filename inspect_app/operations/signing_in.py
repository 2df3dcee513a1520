"""Signing in, slowly for guessers; one-time links by which people choose their own password; device keys."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inspect_app.domain.people import check_password
from inspect_app.domain.problems import N_, Conflict, Faulty, NotFound, TooMany
from inspect_app.storage import audit
from inspect_app.storage.people import (
    ActivationRow,
    DeviceKeyRow,
    PersonRow,
    ThrottleRow,
    find_person,
    get_person,
)

HASHER = PasswordHasher()
# Verified when the account is unknown or has no password yet, so that every refusal takes the same time.
_NOBODY = HASHER.hash(secrets.token_hex(16))

FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=30)  # doubled at every further failure
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)
LINK_LIFETIME = timedelta(days=7)


@dataclass(frozen=True)
class Attempt:
    username: str
    password: str
    address: str


def sign_in(session: Session, now: datetime, attempt: Attempt) -> PersonRow | None:
    """The person, or None with the failure counted and audited; TooMany while the account or address must wait.

    The caller commits in both cases: a failure that is rolled back would not be counted.
    """
    username = attempt.username.strip().lower()
    keys = _keys(username, attempt.address)
    _check_wait(session, now, keys)
    person = find_person(session, username)
    known = person is not None and person.active and person.password_hash is not None
    right = verify_password(person.password_hash if known and person else _NOBODY, attempt.password)
    if not (known and right and person):
        for key in keys:
            _count_failure(session, now, key)
        audit.record(
            session, now, person.id if person else None, "sign_in_failed", "address", attempt.address
        )
        session.flush()
        return None
    session.execute(delete(ThrottleRow).where(ThrottleRow.key == keys[0]))
    person.last_sign_in_at = now
    audit.record(session, now, person.id, "signed_in", "person", person.id)
    session.flush()
    return person


def verify_password(password_hash: str | None, password: str) -> bool:
    try:
        return HASHER.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False


def _keys(username: str, address: str) -> list[str]:
    return [f"account:{hashlib.sha256(username.encode()).hexdigest()[:32]}", f"address:{address}"]


def _check_wait(session: Session, now: datetime, keys: list[str]) -> None:
    for row in session.scalars(select(ThrottleRow).where(ThrottleRow.key.in_(keys))):
        # One office or one mast is one address: it gets more tries than one account.
        free = FREE_TRIES * (10 if row.key.startswith("address:") else 1)
        if row.count >= free and now - row.last_at < FORGOTTEN_AFTER:
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(row.count - free, 12))
            left = (row.last_at + wait - now).total_seconds()
            if left > 0:
                raise TooMany(
                    N_("Đã thử sai nhiều lần. Hãy đợi %(seconds)s giây rồi thử lại."), seconds=int(left) + 1
                )


def _count_failure(session: Session, now: datetime, key: str) -> None:
    row = session.get(ThrottleRow, key, with_for_update=True)
    if row is None:
        try:
            with session.begin_nested():
                session.add(ThrottleRow(key=key, count=1, first_at=now, last_at=now))
            return
        except IntegrityError:  # another server counted the first failure of this key at the same moment
            row = session.get_one(ThrottleRow, key, with_for_update=True, populate_existing=True)
    forgotten = now - row.last_at >= FORGOTTEN_AFTER
    row.count = 1 if forgotten else row.count + 1
    row.last_at = now
    session.flush()


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


def activate(session: Session, now: datetime, token: str, password: str, repeated: str) -> PersonRow:
    """Choose a password by a one-time link; ends every session the person had."""
    person = find_activation(session, now, token)
    check_password(password, repeated, person.username)
    taken = session.execute(
        update(ActivationRow)
        .where(ActivationRow.token_hash == hash_token(token), ActivationRow.used_at.is_(None))
        .values(used_at=now)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(N_("Liên kết này vừa được dùng. Hãy đăng nhập bằng mật khẩu đã chọn."))
    _set_password(session, now, person, password, "account_activated")
    return person


def change_password(
    session: Session, now: datetime, person_id: int, current: str, new: str, repeated: str
) -> None:
    """Change one's own password; all sessions end but the one the caller renews."""
    person = get_person(session, person_id)
    if not verify_password(person.password_hash, current):
        raise Faulty(
            N_("Mật khẩu hiện tại không đúng."), fields={"current": N_("Mật khẩu hiện tại không đúng.")}
        )
    check_password(new, repeated, person.username)
    _set_password(session, now, person, new, "password_changed")


def _set_password(session: Session, now: datetime, person: PersonRow, password: str, act: str) -> None:
    person.password_hash = HASHER.hash(password)
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
