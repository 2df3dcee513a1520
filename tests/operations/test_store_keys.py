"""Keys of phone stores: made once a person, however many ask at the same moment, and never the key of another."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from inspect_app.operations.store_keys import own_store_key
from inspect_app.storage.store_keys import find_store_keys
from tests.builders import Office


def ask(office: Office, username: str) -> bytes:
    with office.reading_desk(username) as desk:
        return own_store_key(desk, lambda: office.desk(username))


def test_a_key_is_made_at_first_use_and_stays(office: Office) -> None:
    first = ask(office, "thao")
    assert len(first) == 32
    assert ask(office, "thao") == first
    assert ask(office, "binh") != first
    with office.database.reading() as session:
        people = office.people["thao"], office.people["binh"], office.person("dung")
        assert set(find_store_keys(session, people)) == set(people[:2])


def test_many_who_ask_first_get_one_key(office: Office) -> None:
    office.person("thao")
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(partial(ask, office), ["thao"] * 16))
    assert len(set(keys)) == 1
