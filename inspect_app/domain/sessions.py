"""What a session cookie says of its session. The cookie is signed; whether the session still holds, the server asks.

A session has an end of its own, so that the list of sessions that people ended earlier need not remember it longer.
"""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class SessionId:
    """`epoch` is the person's when it began (raising it ends all of theirs), `token` is its own, random, 22 letters."""

    person_id: int
    epoch: int
    ends_at: datetime
    token: str

    def __str__(self) -> str:
        return f"{self.person_id}:{self.epoch}:{int(self.ends_at.timestamp())}:{self.token}"


def read_session_id(text: str) -> SessionId | None:
    """The session a cookie names, or None for what this program did not write."""
    parts = text.split(":")
    if len(parts) != 4 or not parts[3] or not all(part.isdecimal() for part in parts[:3]):
        return None
    person_id, epoch, ends = map(int, parts[:3])
    return SessionId(person_id, epoch, datetime.fromtimestamp(ends, UTC), parts[3])
