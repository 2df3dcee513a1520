"""The functions of the expression language on values, each answering as JavaRosa's of the same name.

Those that need paths or the clock (count, position, indexed-repeat, today, ...) stand in expressions.py.
"""

import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from .expression_moments import DAY_MS, Moment, moment_of_day, read_moment
from .expression_values import (
    INT_MAX,
    JAVA_BLANKS,
    ExpressionError,
    Scalar,
    cut,
    equal,
    length,
    to_number,
    to_text,
    to_truth,
    to_whole,
)
from .problems import N_

WIDE = Context(prec=60)
SMALLEST = 5e-324  # where JavaRosa's max() starts (Double.MIN_VALUE): of negative numbers it is the greatest


def operate(sign: str, left: Scalar, right: Scalar) -> float | bool:
    """All operators but `and` and `or`."""
    if sign in ("=", "!="):
        return equal(left, right) is (sign == "=")
    return OPERATORS[sign](to_number(left), to_number(right))


def divide(left: float, right: float) -> float:
    if right:
        return left / right
    return (
        math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)
    )


def remainder(left: float, right: float) -> float:
    return math.nan if math.isinf(left) or not right else math.fmod(left, right)


OPERATORS: dict[str, Callable[[float, float], float | bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "div": divide,
    "mod": remainder,
}


def choices_of(value: Scalar) -> list[str]:
    return [choice for choice in to_text(value).split(" ") if choice]


def selected(value: Scalar, choice: Scalar) -> bool:
    return f" {to_text(choice).strip(JAVA_BLANKS)} " in f" {to_text(value)} "


def selected_at(value: Scalar, index: Scalar) -> str:
    chosen, place = choices_of(value), to_whole(to_number(index))
    return chosen[place] if 0 <= place < len(chosen) else ""


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def regex(value: Scalar, pattern: Scalar) -> bool:
    return compiled(to_text(pattern)).fullmatch(to_text(value)) is not None


def to_date(value: Scalar, offset: int, *, keep_time: bool) -> Moment | str | float:
    """Days since 1970-01-01, ISO text or a date; empty text and NaN stay what they are."""
    if isinstance(value, Moment):
        return value if keep_time else value.midnight()
    if isinstance(value, bool):
        raise not_a_date(value)
    if isinstance(value, float):
        if math.isnan(value):
            return value
        if abs(value) > INT_MAX:
            raise not_a_date(value)
        if keep_time:
            found: Moment | None = Moment(int(value * DAY_MS) + offset)
            inside = moment_of_day(int(value))
        else:
            found = inside = moment_of_day(int(value))
        if inside is None or found is None or moment_of_day(found.day) is None:
            raise not_a_date(value)
        return found
    read = read_moment(value, offset)
    if read is None and value:
        raise not_a_date(value)
    return read or ""


def not_a_date(value: Scalar) -> ExpressionError:
    return ExpressionError(N_("“%(value)s” không phải là một ngày."), value=to_text(value))


def format_date(value: Scalar, pattern: Scalar, offset: int) -> str:
    moment = to_date(value, offset, keep_time=True)
    return moment.formatted(to_text(pattern)) if isinstance(moment, Moment) else ""


def decimal_date_time(value: Scalar, offset: int) -> float | str:
    if isinstance(value, float):
        if abs(value) > INT_MAX:
            raise not_a_date(value)
        return value
    moment = to_date(value, offset, keep_time=True)
    return moment.days_utc(offset) if isinstance(moment, Moment) else moment


def truncated(number: float) -> float:
    return number if math.isnan(number) or math.isinf(number) else float(math.trunc(number))


def rounded(number: float, places: int) -> float:
    """Halves go up (towards positive infinity), on the decimal digits that are shown."""
    if math.isnan(number) or math.isinf(number) or abs(number) >= 1e21:
        return number
    way = ROUND_HALF_DOWN if number < 0 else ROUND_HALF_UP
    return float(Decimal(repr(number)).quantize(Decimal(1).scaleb(-places), way, WIDE)) + 0.0


def substring(value: Scalar, start: Scalar, end: Scalar | None) -> str:
    text = to_text(value)
    long = length(text)
    first = to_whole(to_number(start))
    last = long if end is None else to_whole(to_number(end))
    first, last = (place + long if place < 0 else place for place in (first, last))
    first, last = (min(max(0, place), long) for place in (first, last))
    return cut(text, first, last) if first <= last else ""


def smallest(values: list[Scalar]) -> float:
    numbers = [number for value in values if not math.isnan(number := to_number(value))]
    return min(numbers, default=math.nan)


def greatest(values: list[Scalar]) -> float:
    numbers = [number for value in values if not math.isnan(number := to_number(value))]
    return max([SMALLEST, *numbers]) if numbers else math.nan


def total(values: list[Scalar]) -> float:
    found = 0.0
    for value in values:
        number = to_number(value)
        found += 0.0 if math.isnan(number) else number
    return found


def power(base: float, exponent: float) -> float:
    """As Java and JavaScript: no errors, but infinity or NaN; 1 to the power of NaN is NaN."""
    if math.isnan(exponent) or (abs(base) == 1 and math.isinf(exponent)):
        return math.nan
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        if base == 0:
            odd = exponent % 2 == 1
            return math.copysign(math.inf, base) if odd else math.inf
        return math.nan


def boolean_from_string(value: Scalar) -> bool:
    text = to_text(value)
    return text == "1" or text.lower() == "true"


# Functions whose arguments are single values already.
ON_VALUES: dict[str, Callable[..., Scalar]] = {
    "selected": selected,
    "selected-at": selected_at,
    "count-selected": lambda value: float(len(choices_of(value))),
    "regex": regex,
    "int": lambda value: truncated(to_number(value)),
    "round": lambda value, places=0.0: rounded(to_number(value), int(to_number(places))),
    "number": to_number,
    "string": to_text,
    "string-length": lambda value: float(length(to_text(value))),
    "substr": lambda value, start, end=None: substring(value, start, end),
    "contains": lambda value, part: to_text(part) in to_text(value),
    "starts-with": lambda value, part: to_text(value).startswith(to_text(part)),
    "not": lambda value: not to_truth(value),
    "true": lambda: True,
    "false": lambda: False,
    "boolean": to_truth,
    "boolean-from-string": boolean_from_string,
}
