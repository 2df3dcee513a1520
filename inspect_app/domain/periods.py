"""The reporting periods of KSTTHC: quarters and years that begin in the middle of a month, and calendar months.

A quarter runs from the 15th of the month before it to the 14th of its last month, a year from 15/12 to 14/12
(NĐ 09/2019, Điều 12). The day is a setting; with 1 the periods are those of the calendar.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from .problems import N_, BadValue
from .sentences import Sentence
from .text import format_date

KINDS = ("quarter", "year", "month")
START_DAY = 15
_ROMAN = ("I", "II", "III", "IV")
_CODE = re.compile(r"([0-9]{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days, both ends inside. `code` is short and stable for addresses: 2026, 2026-Q1, 2026-03."""

    kind: str
    code: str
    first_day: date
    last_day: date

    @property
    def name(self) -> str:
        """ "Quý I/2026", "Năm 2026", "Tháng 3/2026"."""
        year, _, part = self.code.partition("-")
        if self.kind == "quarter":
            return Sentence(N_("Quý %(quarter)s/%(year)s"), quarter=_ROMAN[int(part[1]) - 1], year=year)
        if self.kind == "month":
            return Sentence(N_("Tháng %(month)s/%(year)s"), month=int(part), year=year)
        return Sentence(N_("Năm %(year)s"), year=year)

    @property
    def label(self) -> str:
        """The name and its days: "Quý I/2026 (15/12/2025–14/03/2026)"."""
        return f"{self.name} ({format_date(self.first_day)}–{format_date(self.last_day)})"

    def __contains__(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


def quarter(year: int, number: int, start_day: int = START_DAY) -> Period:
    """The reporting quarter 1-4 of a year; ValueError for other numbers or a start day that some month lacks."""
    if not 1 <= number <= 4:
        raise ValueError(f"there is no quarter {number}")
    first = _begin(year, 3 * number - 2, start_day)
    return Period(
        "quarter", f"{year:04d}-Q{number}", first, _begin(year, 3 * number + 1, start_day) - timedelta(1)
    )


def year(number: int, start_day: int = START_DAY) -> Period:
    """The reporting year."""
    return Period(
        "year", f"{number:04d}", _begin(number, 1, start_day), _begin(number, 13, start_day) - timedelta(1)
    )


def month(number: int, month: int) -> Period:
    """The calendar month of a year, as totals by month have it."""
    return Period(
        "month",
        f"{number:04d}-{month:02d}",
        _begin(number, month, 1),
        _begin(number, month + 1, 1) - timedelta(1),
    )


def period_of(day: date, kind: str = "quarter", start_day: int = START_DAY) -> Period:
    """The period of a kind that a day lies in; 15/12/2025 is the first day of 2026."""
    if kind == "month":
        return month(day.year, day.month)
    late = start_day > 1 and day >= date(day.year, 12, start_day)
    reporting_year = day.year + late
    if kind == "year":
        return year(reporting_year, start_day)
    if kind != "quarter":
        raise ValueError(f"there is no period called {kind}")
    quarters = (quarter(reporting_year, number, start_day) for number in range(1, 5))
    return next(found for found in quarters if day in found)


def list_periods(
    first_day: date, last_day: date, kind: str = "quarter", start_day: int = START_DAY
) -> list[Period]:
    """The periods that touch the days from `first_day` to `last_day`, oldest first; none if they are turned about."""
    return list(_following(first_day, last_day, kind, start_day))


def read_period(code: str, start_day: int = START_DAY) -> Period:
    """The period of a code from an address ("2026", "2026-Q1", "2026-03"); BadValue for any other text."""
    found = _CODE.fullmatch(code)
    if not found or not 1900 <= int(found[1]) <= 2999:
        raise BadValue(N_("“%(code)s” không phải một kỳ báo cáo; ví dụ: 2026, 2026-Q1, 2026-03."), code=code)
    if found[2]:
        return quarter(int(found[1]), int(found[2]), start_day)
    if found[3]:
        return month(int(found[1]), int(found[3]))
    return year(int(found[1]), start_day)


def _following(first_day: date, last_day: date, kind: str, start_day: int) -> Iterator[Period]:
    day = first_day
    while day <= last_day:
        period = period_of(day, kind, start_day)
        yield period
        day = period.last_day + timedelta(days=1)


def _begin(year: int, month: int, start_day: int) -> date:
    """The first day of what begins "in" a month: the start day of the month before, or the 1st of the month itself."""
    if not 1 <= start_day <= 28:
        raise ValueError("periods begin on a day from 1 to 28")
    months = 12 * year + month - 1 - (start_day > 1)
    return date(months // 12, months % 12 + 1, start_day)
