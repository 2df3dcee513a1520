"""The phone of an inspector who signed in once, for tests of what it does without a server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from inspect_app.domain.people import Role
from tests.builders import open_office
from tests.pocket import PASSWORD, House, Pocket
from tests.prepared import prepared_sqlite
from tests.servers import LiveServer, server_env


@pytest.fixture
def house(tmp_path: Path, shared_folder: Path) -> Iterator[House]:
    stores = prepared_sqlite(shared_folder, tmp_path, demo=False)
    settings = stores.settings | {"INSPECT_EVIDENCE_URL": str(stores.evidence)}
    server = LiveServer(
        server_env(tmp_path, stores.database_url, **settings), tmp_path / "gunicorn.log"
    ).start()
    office = open_office(stores.database_url)
    for name in ("mot", "hai"):
        office.give_password(name, PASSWORD, Role.INSPECTOR)
    found = House(office, server, tmp_path)
    yield found
    office.database.engine.dispose()
    found.server.kill()


@pytest.fixture
def pocket(house: House, browser: Browser, tmp_path: Path) -> Iterator[Pocket]:
    """A phone on which inspector "mot" signed in once; it is ready."""
    found = Pocket(browser, house, tmp_path / "profile")
    found.open()
    found.sign_in("mot")
    found.make_ready()
    yield found
    found.close()
    assert not found.complaints, found.complaints
