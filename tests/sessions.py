"""What the cookie of a signed-in person holds, for tests that begin behind the door of signing in."""

import secrets
from datetime import UTC, datetime

from inspect_app.domain.sessions import SessionId

NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def session_of(person_id: int, epoch: int = 0) -> str:
    return str(SessionId(person_id, epoch, NEVER, secrets.token_urlsafe(16)))
