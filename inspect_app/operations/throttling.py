"""Slows down who guesses, by account and by address, the same for all servers: one small table, and its locks.

A try is counted after its password was verified, under the lock of its counters: of many tries at the same moment only
as many learn their outcome as were free.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from inspect_app.domain.problems import N_, TooMany
from inspect_app.storage.base import insert_into
from inspect_app.storage.people import ThrottleRow

FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=30)  # doubled at every further failure
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)


def keys_of(username: str, address: str) -> list[str]:
    """The counters of a try: of the account, hashed because a password may be typed in its place, and of the address."""
    return [f"account:{hashlib.sha256(username.encode()).hexdigest()[:32]}", f"address:{_network(address)}"]


def address_key(purpose: str, address: str) -> str:
    """The counter of what an address tries at another door."""
    return f"address:{purpose}:{_network(address)}"


def _network(address: str) -> str:
    """The address, of version 6 its network: one line has 2^64 addresses. What is none is cut to what the table holds."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address[:60]
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is None:
        return str(ip_network((ip, 64), strict=False))
    return str(ip)


def check_wait(session: Session, now: datetime, keys: Sequence[str]) -> None:
    """TooMany, with the seconds left, while the account or the address has to wait."""
    for row in session.scalars(select(ThrottleRow).where(ThrottleRow.key.in_(keys))):
        _check(row, now)


def count_success(session: Session, now: datetime, keys: Sequence[str]) -> None:
    """Forget the failures of the account; TooMany if others failed so often meanwhile that it has to wait."""
    for row in _locked(session, keys):
        _check(row, now)
    session.execute(delete(ThrottleRow).where(ThrottleRow.key == keys[0]))


def count_failure(session: Session, now: datetime, keys: Sequence[str]) -> None:
    """Count a failure of account and address; TooMany, with nothing counted, if it should have waited."""
    fresh = [{"key": key, "count": 0, "first_at": now, "last_at": now} for key in keys]
    session.execute(insert_into(session, ThrottleRow).values(fresh).on_conflict_do_nothing())
    for row in _locked(session, keys):
        _check(row, now)
        row.count = 1 if now - row.last_at >= FORGOTTEN_AFTER else row.count + 1
        row.last_at = now
    session.flush()
    _sweep(session, now)


def _locked(session: Session, keys: Sequence[str]) -> list[ThrottleRow]:
    """The counters, locked in one order for all, so that two never wait for each other."""
    query = select(ThrottleRow).where(ThrottleRow.key.in_(keys)).order_by(ThrottleRow.key)
    return list(session.scalars(query.with_for_update().execution_options(populate_existing=True)))


def _check(row: ThrottleRow, now: datetime) -> None:
    # One office or one mast is one address: it gets more tries than one account.
    free = FREE_TRIES * (10 if row.key.startswith("address:") else 1)
    if row.count < free or now - row.last_at >= FORGOTTEN_AFTER:
        return
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(row.count - free, 12))
    left = (row.last_at + wait - now).total_seconds()
    if left > 0:
        raise TooMany(
            N_("Đã thử sai nhiều lần. Hãy đợi %(seconds)s giây rồi thử lại."), seconds=int(left) + 1
        )


def _sweep(session: Session, now: datetime) -> None:
    """Drop counters that say nothing any more, but those another server holds: guessed names must not fill the table."""
    old = select(ThrottleRow.key).where(ThrottleRow.last_at < now - FORGOTTEN_AFTER)
    session.execute(delete(ThrottleRow).where(ThrottleRow.key.in_(old.with_for_update(skip_locked=True))))
