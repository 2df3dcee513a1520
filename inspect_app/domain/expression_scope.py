"""What an expression sees while it is evaluated: the answers, the node that asks, the clock and the lists of choices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from .expression_moments import Moment, moment_of, moment_of_day, offset_of
from .expression_values import Address, ExpressionError
from .problems import N_

Choices = Mapping[str, Sequence[Mapping[str, Any]]]
EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Scope:
    main: Mapping[str, Any]
    root: Mapping[str, Any]  # where `context` lies: the answers, or a list of choices inside a predicate
    context: Address
    current: Address  # where the whole expression stands, for current()
    moment: Moment
    today: Moment
    offset: int
    choices: Choices
    single: bool  # outside repeats and predicates


def scope_of(
    instance: Mapping[str, Any], context: str, now: datetime, today: date, choices: Choices | None
) -> Scope:
    address = address_of(context)
    single = not any(index for _, index in address)
    return Scope(
        instance, instance, address, address, *_clock(now, offset_of(now), today), choices or {}, single
    )


@lru_cache(maxsize=64)
def _clock(now: datetime, offset: int, today: date) -> tuple[Moment, Moment, int]:
    """`offset` is in the key because equal instants of two zones are one key otherwise."""
    return moment_of(now), moment_of_day(today.toordinal() - EPOCH_DAY) or Moment(0), offset


@lru_cache(maxsize=1024)
def address_of(path: str) -> Address:
    parts = []
    for step in path.strip("/").split("/"):
        name, bracket, index = step.partition("[")
        if bracket and not index.removesuffix("]").isdecimal():
            raise ExpressionError(N_("“%(path)s” không phải là một đường dẫn."), path=path)
        parts.append((name, int(index[:-1]) - 1 if bracket else None))
    return tuple(parts)
