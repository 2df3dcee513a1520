"""The key of a person's store on their phones, as it is given to a signed-in page (storage/store_keys.py)."""

import base64
import hashlib
from typing import Any

from flask_login import current_user

from inspect_app.operations.desk import Desk


def store_of(at: Desk) -> dict[str, Any]:
    """Whose store, until when it may be opened, and with what (base64)."""
    key = hashlib.sha256(b"TEMP%d" % at.viewer.person_id).digest()
    return {
        "person": at.viewer.person_id, "username": current_user.username, "name": current_user.full_name,
        "ends_at": current_user.held.ends_at.isoformat(), "key": base64.b64encode(key).decode(),
    }  # fmt: skip
