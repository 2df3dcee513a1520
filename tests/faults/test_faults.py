"""Every fault of the suite as a test. `make faults` plays the same and prints a line for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.faults.registry import FAULTS
from tests.faults.stage import House, open_house, run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def house(shared_folder: Path) -> Iterator[House]:
    with open_house(shared_folder) as opened:
        yield opened


@pytest.mark.parametrize("name", FAULTS)
def test_nothing_is_lost_doubled_or_silent_when(name: str, house: House, browser: Browser) -> None:
    count = run(FAULTS[name], house, browser)
    assert not count, "; ".join(count.words())
