"""Clocks of phones: how far one is from ours, measured at the moment of sending; noted, never a reason to refuse."""

from datetime import datetime, timedelta

LARGEST = 2**31 - 1  # seconds that a column holds, some 68 years
NOTABLE = timedelta(minutes=2)  # less is the way of the request and the drift of an honest clock


def read_offset(sent_at: str | None, now: datetime) -> int | None:
    """Seconds from the phone's clock to ours, by the time it says it sent at (X-Sent-At, ISO with zone).

    Negative for a phone that is fast. None where it says nothing that can be read.
    """
    try:
        said = datetime.fromisoformat(sent_at or "")
        return in_range((now - said).total_seconds())
    except (ValueError, TypeError, OverflowError):  # TypeError: a time without zone
        return None


def in_range(seconds: float) -> int:
    """An offset as a column holds it."""
    return max(-LARGEST, min(LARGEST, round(seconds)))


def corrected(said: datetime, offset: int | None) -> datetime:
    """A time of the phone's clock as ours would have shown it."""
    try:
        return said + timedelta(seconds=offset or 0)
    except OverflowError:
        return said


def is_notable(offset: int | None) -> bool:
    return offset is not None and abs(offset) > NOTABLE.total_seconds()


def in_parts(offset: int) -> tuple[int, int, int]:
    """Days, hours and minutes of a difference, whatever its direction; seconds are rounded off."""
    minutes = round(abs(offset) / 60)
    return minutes // 1440, minutes // 60 % 24, minutes % 60
