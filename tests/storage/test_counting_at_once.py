"""Counters begun by several at the very first moment: the constraint decides, nobody fails, no number is given twice."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy.orm import Session

from inspect_app.storage.engine import open_database
from inspect_app.storage.numbers import next_number
from inspect_app.storage.units import count_edition, get_edition

Result = TypeVar("Result")
AT_ONCE = 8


def at_once(database_url: str, act: Callable[[Session], Result]) -> list[Result]:
    """What `act` gives in as many transactions, all open before the first one acts and committed for real."""
    database = open_database(database_url)
    gate = threading.Barrier(AT_ONCE)

    def run(_: int) -> Result:
        gate.wait()
        with database.writing.begin() as session:
            return act(session)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        found = list(threads.map(run, range(AT_ONCE)))
    database.engine.dispose()
    return found


def test_an_edition_is_counted_once_by_each(database_url: str) -> None:
    at_once(database_url, lambda session: count_edition(session, "units"))
    database = open_database(database_url)
    with database.reading() as session:
        assert get_edition(session, "units") == AT_ONCE
    database.engine.dispose()


def test_a_series_gives_each_number_once_from_its_first_on(database_url: str) -> None:
    given = at_once(database_url, lambda session: next_number(session, "2026"))
    assert sorted(given) == list(range(1, AT_ONCE + 1))
