"""The door for rows that a phone cannot open any more: nobody is signed in on it, but their work still arrives.

Their owner's key proves whose they are, so that no session is asked for, and no token of one. Who only tries is slowed
down by address. The answer says what has come, nothing of what was answered.
"""

import io
from typing import Any

from apispec import APISpec
from flask import Blueprint, Response, jsonify, request

from inspect_app.domain.problems import N_, BadValue
from inspect_app.operations.throttling import address_key, check_wait, count_failure
from inspect_app.operations.unsealing import Taken, TakenRecord, take_in

from . import wire
from .access import ANYONE, open_to
from .phone_headers import clock_offset
from .sealed_room import room
from .services import services

bp = Blueprint("api_sealed", __name__, url_prefix="/api/v1")

LARGEST = 2 * 1024 * 1024  # bytes of one request
SAYS_ANSWERS = ("faults", "merged", "conflicts")  # of a receipt: for who is signed in


@bp.post("/sealed")
@open_to(ANYONE)
def sealed() -> Response:
    keys = [address_key("sealed", request.remote_addr or "")]
    with services().database.reading() as session:
        check_wait(session, services().clock(), keys)
    request.max_content_length = LARGEST
    body = io.BytesIO(request.get_data(cache=False))
    try:
        taken = take_in(room("sealed", clock_offset()), body)
    except BadValue:
        taken = Taken()
    if taken.opened_nothing:
        with services().database.writing.begin() as session:
            count_failure(session, services().clock(), keys)
        raise BadValue(N_("Không mở được dòng nào."))
    photos = [
        {name: getattr(photo, name) for name in ("photo", "sha256", "size", "received", "state")}
        for photo in taken.photos
    ]
    return jsonify(records=[_record(record) for record in taken.records], photos=photos)


def _record(record: TakenRecord) -> dict[str, Any]:
    if record.receipt is None:
        return {"submission": record.submission, "error": record.error}
    receipt = wire.receipt_json(record.receipt) | {name: [] for name in SAYS_ANSWERS}
    return {"submission": record.submission, "receipt": receipt}


def describe(spec: APISpec) -> None:
    """Add this door to the description of all JSON doors."""
    body = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    spec.path(
        "/api/v1/sealed",
        operations={
            "post": {
                "description": "Rows of a phone (phieu-rows/1) as they lie there, sealed under their owner's key",
                "requestBody": {"required": True, "content": body},
                "responses": {
                    "200": {"description": "A receipt or an error a record; where each photo stands"},
                    "400": {"description": "Nothing could be opened"},
                    "413": {"description": "More than 2 MB"},
                    "429": {"description": "Tried too often from this address"},
                },
            }
        },
    )
