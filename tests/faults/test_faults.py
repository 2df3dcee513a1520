"""The faults of the suite as tests; `make faults` plays these and their relatives, and prints a line for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.faults.registry import CORE, FAULTS
from tests.faults.stage import House, open_house, run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def house(shared_folder: Path) -> Iterator[House]:
    with open_house(shared_folder) as opened:
        yield opened


@pytest.mark.parametrize("name", CORE)
def test_nothing_is_lost_doubled_or_silent_when(name: str, house: House, browser: Browser) -> None:
    count = run(FAULTS[name], house, browser)
    assert not count, "; ".join(count.words())
