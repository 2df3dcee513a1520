"""Values of the expression language and how one kind becomes another, exactly as JavaRosa (ODK Collect) does it.

A value is text, a number, a truth, a Moment (date with or without time) or a list of nodes of the answers.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isinf, isnan, nan, trunc
from typing import Any

from .expression_moments import DAY_MS, Moment, read_moment
from .problems import N_, Faulty

Tree = list[Any]
Address = tuple[tuple[str, int | None], ...]  # (name, index from 0; None = any), from the root down

NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)", re.ASCII)
NEARLY = 1e-12  # JavaRosa: numbers nearer than this are equal
INT_MAX = 2_147_483_647
JAVA_BLANKS = "".join(map(chr, range(33)))  # what Java's String.trim() cuts


class ExpressionError(Faulty):
    """An expression that cannot be read, or that fails on these answers. `column` counts letters from 1, 0 = none."""

    def __init__(self, message: str, column: int = 0, **params: Any) -> None:
        super().__init__(message, **params)
        self.column = column


@dataclass(frozen=True, slots=True)
class Node:
    address: Address
    content: Any  # what stands there in the instance: a scalar, or a dict of children

    @property
    def listed(self) -> bool:
        return self.address[:1] == (("root", 0),)

    def value(self, offset: int) -> "Scalar":
        """The typed value; `offset` is the zone's distance to UTC in ms. A group has none: empty text."""
        if self.listed and isinstance(self.content, str):
            return self.content  # in lists of choices (root/item) all is text, as JavaRosa has it
        return leaf_value(self.content, offset)


def leaf_value(found: Any, offset: int) -> "Scalar":
    if isinstance(found, str):
        return (found[4:5] == "-" and read_moment(found, offset, strict=True)) or found
    if isinstance(found, bool):
        return found
    return float(found) if isinstance(found, int | float) else ""


Nodes = list[Node]
Scalar = str | float | bool | Moment
Value = Scalar | Nodes


def one(value: Value, offset: int) -> Scalar:
    """The single value of a node list; empty text for none. Several are an error in JavaRosa, so here too."""
    if not isinstance(value, list):
        return value
    if len(value) > 1:
        raise ExpressionError(
            N_(
                "Câu này lặp lại nhiều lần; hãy dùng indexed-repeat() để chỉ rõ lần nào, hoặc sum, count, join."
            )
        )
    return value[0].value(offset) if value else ""


def to_number(value: Scalar) -> float:
    """Text that is no number is NaN, empty text too; a date is the days since 1970-01-01, its time cut off."""
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    if isinstance(value, float):
        return value
    if isinstance(value, Moment):
        return float(value.day)
    text = value.replace(",", ".").strip(JAVA_BLANKS)
    return float(text) if NUMBER.fullmatch(text) else nan


def to_text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    return value.iso_day() if isinstance(value, Moment) else value


def to_truth(value: Scalar) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        return not isnan(value) and abs(value) > NEARLY
    return isinstance(value, Moment) or value != ""


def is_empty(value: Scalar) -> bool:
    return value == "" or (isinstance(value, float) and isnan(value))


def equal(left: Scalar, right: Scalar) -> bool:
    """Truths, else numbers, else texts: the first kind that either side has decides. NaN equals nothing."""
    if isinstance(left, bool) or isinstance(right, bool):
        return to_truth(left) == to_truth(right)
    if isinstance(left, float) or isinstance(right, float):
        return abs(to_number(left) - to_number(right)) < NEARLY
    return to_text(left) == to_text(right)


def number_text(number: float) -> str:
    """As Java prints a double: 5, 0.5, 1.5E7, 3.0E9 (whole numbers of 32 bits without a point)."""
    if isnan(number):
        return "NaN"
    if abs(number) < NEARLY:
        return "0"
    if isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if abs(number) <= INT_MAX and abs(number - trunc(number)) < NEARLY:
        return str(trunc(number))
    sign = "-" if number < 0 else ""
    parts = Decimal(repr(abs(number))).normalize().as_tuple()
    digits = "".join(map(str, parts.digits))
    point = len(digits) + int(parts.exponent)  # digits before the decimal point
    if 1e-3 <= abs(number) < 1e7:
        whole, part = (digits[:point], digits[point:]) if point > 0 else ("0", "0" * -point + digits)
        return f"{sign}{whole.ljust(max(point, 1), '0')}.{part or '0'}"
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{point - 1}"


def to_whole(number: float) -> int:
    """Java's Double.intValue(): cut to 32 bits, NaN is 0."""
    if isnan(number):
        return 0
    return int(max(-INT_MAX - 1, min(INT_MAX, number)))


def to_double(value: Value, offset: int) -> float:
    """For pow(): a date keeps its time of day, unless it is read from an answer (JavaRosa's toDouble)."""
    if isinstance(value, Moment):
        return value.ms / DAY_MS
    return to_number(one(value, offset))


def units(text: str) -> Sequence[str] | bytes:
    """Text as Java and JavaScript index it: UTF-16 units (two bytes each) if a letter lies beyond U+FFFF."""
    return text if not text or max(text) <= "\uffff" else text.encode("utf-16-le", "surrogatepass")


def length(text: str) -> int:
    found = units(text)
    return len(found) // 2 if isinstance(found, bytes) else len(found)


def cut(text: str, start: int, end: int) -> str:
    found = units(text)
    if isinstance(found, bytes):
        return found[start * 2 : end * 2].decode("utf-16-le", "surrogatepass")
    return text[start:end]
