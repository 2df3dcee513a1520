"""What a copied cookie is worth: nothing from the moment its session was ended, on any server, and never for ever."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import event

from inspect_app.storage.people import EndedSessionRow
from tests.builders import open_office
from tests.client import Client, token_in
from tests.databases import BACKENDS
from tests.prepared import DEMO_PASSWORD, Stores
from tests.servers import LiveServer
from tests.world import World, open_world


@pytest.fixture
def world(prepared_stores: Callable[..., Stores], tmp_path: Path) -> Iterator[World]:
    """The program in this process, with one inspector who has a password."""
    found = open_world(prepared_stores(), tmp_path)
    found.office.give_password("inspector", DEMO_PASSWORD)
    yield found
    found.close()


def signed_in(world: World) -> FlaskClient:
    client = world.app.test_client()
    token = token_in(client.get("/login").get_data(as_text=True))
    form = {"username": "inspector", "password": DEMO_PASSWORD, "csrf_token": token}
    assert client.post("/login", data=form).status_code == 303
    return client


def copy_of(world: World, client: FlaskClient) -> FlaskClient:
    cookie, thief = client.get_cookie("phien"), world.app.test_client()
    assert cookie
    thief.set_cookie("phien", cookie.value)
    assert thief.get("/inspect/").status_code == 200
    return thief


def sign_out(client: FlaskClient) -> None:
    token = client.get("/api/v1/me").json
    assert token is not None
    assert client.post("/logout", data={"csrf_token": token["csrf_token"]}).status_code == 303


@pytest.mark.parametrize("backend", BACKENDS)
def test_signing_out_ends_a_copied_cookie_on_every_server_and_no_other_session(
    live_server: Callable[..., LiveServer], prepared_stores: Callable[..., Stores], backend: str
) -> None:
    stores = prepared_stores(backend)
    office = open_office(stores.database_url)
    office.give_password("inspector", DEMO_PASSWORD)
    office.database.engine.dispose()
    servers = live_server(stores=stores), live_server(stores=stores)
    desk, phone = Client(servers[0].url, "inspector"), Client(servers[1].url, "inspector")
    copied = dict(desk.http.cookies)

    def tries() -> list[int]:  # new connections, so that both processes of each are asked
        addresses = [f"{server.url}/api/v1/me" for server in servers for _ in range(4)]
        return [requests.get(address, cookies=copied, timeout=60).status_code for address in addresses]

    assert tries() == [200] * 8
    assert desk.post("/logout").status_code == 303
    assert tries() == [401] * 8
    assert phone.get("/api/v1/me").status_code == 200


def test_a_session_has_an_end_that_using_it_does_not_move(world: World) -> None:
    """Else a copied cookie could be kept fresh until the list of ended sessions has forgotten it."""
    client = signed_in(world)
    world.office.now += timedelta(days=59)
    token = client.get("/api/v1/me").json
    assert token is not None
    assert (
        client.post("/language", data={"language": "en", "csrf_token": token["csrf_token"]}).status_code
        == 302
    )
    world.office.now += timedelta(days=1)
    assert client.get("/inspect/").status_code == 302


def test_sessions_that_are_over_by_themselves_are_remembered_no_longer(world: World) -> None:
    for _ in range(3):
        sign_out(signed_in(world))
    world.office.now += timedelta(days=60)
    sign_out(signed_in(world))
    with world.office.database.reading() as session:
        assert session.query(EndedSessionRow).count() == 1


def test_asking_whether_a_session_was_ended_takes_no_statement_of_its_own(world: World) -> None:
    client = signed_in(world)
    statements: list[str] = []
    engine = world.app.extensions["inspect"].database.engine
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    client.get("/password")
    asking = [statement for statement in statements if "ended_session" in statement]
    assert len(asking) == 1
    assert "FROM person" in asking[0]


def test_a_changed_password_ends_a_copy_of_the_very_session_that_changed_it(world: World) -> None:
    client, new = signed_in(world), "mot-cau-khac-de-nho-2026"
    thief = copy_of(world, client)
    token = client.get("/api/v1/me").json
    assert token is not None
    form = {"current": DEMO_PASSWORD, "password": new, "repeated": new, "csrf_token": token["csrf_token"]}
    assert client.post("/password", data=form).status_code == 303
    assert client.get("/inspect/").status_code == 200
    assert thief.get("/inspect/").status_code == 302


def test_a_wrong_present_password_is_counted_though_the_answer_is_a_refusal(world: World) -> None:
    client, new = signed_in(world), "mot-cau-khac-de-nho-2026"
    token = client.get("/api/v1/me").json
    assert token is not None
    form = {"password": new, "repeated": new, "csrf_token": token["csrf_token"]}
    tries = [client.post("/password", data={**form, "current": f"wrong {n}"}).status_code for n in range(5)]
    assert tries == [422] * 5
    slowed = client.post("/password", data={**form, "current": DEMO_PASSWORD})
    assert slowed.status_code == 429
    assert "giây" in slowed.get_data(as_text=True)
