"""Dates with or without time in the expression language: wall-clock milliseconds since 1970-01-01, as JavaRosa counts.

The zone is a fixed distance to UTC, taken from the `now` of the evaluation (Vietnam has no summer time).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

DAY_MS = 86_400_000
EPOCH = date(1970, 1, 1)
FIRST_DAY = (date.min - EPOCH).days
LAST_DAY = (date.max - EPOCH).days

_TIME = r"T(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d+)?))?(Z|([+-])(\d{1,2})(?::(\d{2}))?)?"
WRITTEN = re.compile(rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}})(?:{_TIME})?", re.ASCII)
STRICT = re.compile(r"\d{4}-\d\d-\d\d(\Z|T\d\d:\d\d)", re.ASCII)
FORMATS = "YymndeHhMS3%"  # %a and %b are left out: they speak the language of the device


@dataclass(frozen=True, slots=True)
class Moment:
    ms: int  # on the wall clock, not UTC

    @property
    def day(self) -> int:
        return self.ms // DAY_MS

    def iso_day(self) -> str:
        return (EPOCH + timedelta(days=self.day)).isoformat()

    def midnight(self) -> "Moment":
        return Moment(self.day * DAY_MS)

    def days_utc(self, offset: int) -> float:
        return (self.ms - offset) / DAY_MS

    def formatted(self, pattern: str) -> str:
        """ODK's format-date: %Y %y %m %n %d %e %H %h %M %S %3; lower-case n, e and h without leading zero."""
        day = EPOCH + timedelta(days=self.day)
        rest = self.ms % DAY_MS
        hour, minute, second = rest // 3_600_000, rest // 60_000 % 60, rest // 1000 % 60
        fields = {
            "Y": f"{day.year:04d}",
            "y": f"{day.year:04d}"[2:],
            "m": f"{day.month:02d}",
            "n": str(day.month),
            "d": f"{day.day:02d}",
            "e": str(day.day),
            "H": f"{hour:02d}",
            "h": str(hour),
            "M": f"{minute:02d}",
            "S": f"{second:02d}",
            "3": f"{rest % 1000:03d}",
            "%": "%",
        }
        return re.sub(r"%(.)", lambda found: fields.get(found[1], found[0]), pattern)


def moment_of_day(day: int) -> Moment | None:
    """The midnight that lies `day` days after 1970-01-01; None outside the years 1 to 9999."""
    return Moment(day * DAY_MS) if FIRST_DAY <= day <= LAST_DAY else None


def moment_of(now: datetime) -> Moment:
    """The wall clock of `now` in its own zone."""
    return Moment((now.replace(tzinfo=None) - datetime(1970, 1, 1)) // timedelta(milliseconds=1))  # noqa: DTZ001


def offset_of(now: datetime) -> int:
    """Distance of the zone of `now` to UTC in ms (UTC itself for a naive one)."""
    return (now.utcoffset() or timedelta()) // timedelta(milliseconds=1)


def read_moment(text: str, offset: int, *, strict: bool = False) -> Moment | None:
    """An ISO date or date with time; None for anything else. `strict` wants leading zeros (answers are so written)."""
    found = None if strict and not STRICT.match(text) else WRITTEN.fullmatch(text)
    if not found:
        return None
    try:
        ms = (date(int(found[1]), int(found[2]), int(found[3])) - EPOCH).days * DAY_MS
    except ValueError:
        return None
    if found[4] is None:
        return Moment(ms)
    hour, minute, second = int(found[4]), int(found[5]), float(found[6] or 0)
    if hour > 23 or minute > 59 or second >= 60:
        return None
    ms += (hour * 60 + minute) * 60_000 + int(second) * 1000 + int(1000.0 * second - 1000.0 * int(second))
    if found[7] is not None:
        away = (int(found[9] or 0) * 60 + int(found[10] or 0)) * 60_000
        ms += offset - (-away if found[8] == "-" else away)
    return Moment(ms) if FIRST_DAY <= ms // DAY_MS <= LAST_DAY else None
