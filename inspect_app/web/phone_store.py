"""The key of a person's store on their phones, as it is given to a signed-in page (storage/store_keys.py)."""

import base64
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from flask import request
from flask_login import current_user

from inspect_app.operations.desk import Desk
from inspect_app.operations.store_keys import own_store_key

from .services import fresh_desk


def store_of(at: Desk) -> dict[str, Any]:
    """Whose store, until when it may be opened, and with what (base64)."""

    def writing_desk() -> AbstractContextManager[Desk]:
        # A post has its own write transaction, and SQLite has room for one.
        return nullcontext(at) if request.method == "POST" else fresh_desk(writing=True)

    return {
        "person": at.viewer.person_id, "username": current_user.username, "name": current_user.full_name,
        "ends_at": current_user.held.ends_at.isoformat(),
        "key": base64.b64encode(own_store_key(at, writing_desk)).decode(),
    }  # fmt: skip
