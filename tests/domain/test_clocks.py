"""How far a phone's clock is off, measured at sending: both directions, and nothing a header says can break it."""

from datetime import UTC, datetime, timedelta

import pytest

from inspect_app.domain.clocks import LARGEST, corrected, in_parts, is_notable, read_offset

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "offset"),
    [
        ("2026-11-23T03:00:00Z", 0),
        ("2026-11-23T10:00:00+07:00", 0),
        ("2026-11-25T03:03:00.400Z", -172980),
        ("2026-11-23T02:57:59Z", 121),
        ("1970-01-01T00:00:00Z", 1795402800),
        ("9999-12-31T23:59:59Z", -LARGEST),
        ("0001-01-01T00:00:00+14:00", LARGEST),
        ("2026-11-23T03:00:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_the_offset_of_a_clock(said: str | None, offset: int | None) -> None:
    assert read_offset(said, NOW) == offset


def test_a_corrected_time_is_what_our_clock_showed() -> None:
    fast = timedelta(days=2, minutes=3)
    offset = read_offset((NOW + fast).isoformat(), NOW)
    assert corrected(NOW + fast - timedelta(hours=1), offset) == NOW - timedelta(hours=1)
    assert corrected(NOW, None) == NOW
    assert corrected(datetime.max.replace(tzinfo=UTC), LARGEST) == datetime.max.replace(tzinfo=UTC)


def test_only_more_than_two_minutes_are_notable() -> None:
    assert [is_notable(offset) for offset in (None, 0, 120, -120, 121, -121)] == [False] * 4 + [True] * 2
    assert in_parts(-(2 * 86400 + 180)) == (2, 0, 3)
    assert in_parts(3600 + 59 * 60 + 45) == (0, 2, 0)
