"""Keeps repeat flags true while people act at once on PostgreSQL: who confirms waits for who reports, and vice versa.

Without it a finding that arrives while an earlier one is being confirmed would see the old state, and the one who
confirms would not see the new finding. SQLite has one writer at a time and needs none.
"""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

SPACE = 6166  # keeps our advisory locks apart from those of others


def hold_criteria(session: Session, criteria: Iterable[str], *, shared: bool = False) -> None:
    """Hold these criteria until the transaction ends: shared to report findings of them, alone to decide on one.

    Take it before any finding is locked, or two transactions may wait for each other.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    kind = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    for criterion in sorted(set(criteria)):
        session.execute(
            text(f"SELECT {kind}(:space, hashtext(:criterion))"), {"space": SPACE, "criterion": criterion}
        )
