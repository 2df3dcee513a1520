"""The key of one's own store on phones, made when it is first asked for."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from inspect_app.exchange.sealing import new_key
from inspect_app.storage.store_keys import find_store_keys, keep_first

from .desk import Desk


def own_store_key(desk: Desk, writing_desk: Callable[[], AbstractContextManager[Desk]]) -> bytes:
    """32 bytes. `writing_desk` is asked for where one must be made, since pages only read."""
    person_id = desk.viewer.person_id
    held = find_store_keys(desk.session, [person_id])
    if held:
        return held[person_id]
    with writing_desk() as own:
        return keep_first(own.session, person_id, new_key(), own.now)
