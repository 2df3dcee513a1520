"""Fixture of page tests: an application on prepared stores, without a server and without a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.builders import open_office
from tests.doors import Doors, open_doors
from tests.prepared import Stores


@pytest.fixture
def doors(prepared_stores: Callable[..., Stores], tmp_path: Path) -> Iterator[Doors]:
    """Pages of an office with units, law and checklists; its people are made by `doors.visitor(name, role)`."""
    stores = prepared_stores()
    office = open_office(stores.database_url)
    found = open_doors(office, stores.database_url, tmp_path)
    yield found
    found.app.extensions["inspect"].database.engine.dispose()
    office.database.engine.dispose()
