"""The door for photos in pieces: tus 1.0 at /api/v1/uploads, with creation, checksum, termination and expiration.

Any tus client can use it (CONTRACT, "Later doors"); it needs the session's cookie and X-CSRFToken like every door.
"""

import uuid
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime

from apispec import APISpec
from flask import Blueprint, Response, request, url_for
from werkzeug.exceptions import ClientDisconnected

from inspect_app.domain import tus
from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, BadValue
from inspect_app.operations import uploading
from inspect_app.storage.uploads import UploadRow

from .access import open_to
from .services import desk, fresh_desk, services

bp = Blueprint("tus", __name__, url_prefix="/api/v1/uploads")

PIECE = 1024 * 1024  # bytes made durable at once
READ = 64 * 1024  # bytes asked of the connection at once: what came before a break is not waited for in vain
BODY = "application/offset+octet-stream"
MISMATCH = 460  # of tus: what came is not what its checksum says


@bp.before_request
def _versions() -> Response | None:
    if request.method in ("OPTIONS", "GET") or request.headers.get("Tus-Resumable") == tus.VERSION:
        return None
    return _answer(412, {"Tus-Version": tus.VERSION})


@bp.after_request
def _say_version(response: Response) -> Response:
    response.headers["Tus-Resumable"] = tus.VERSION
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.route("", methods=["OPTIONS"], provide_automatic_options=False)
@open_to(Act.INSPECT)
def capabilities() -> Response:
    told = {
        "Tus-Version": tus.VERSION,
        "Tus-Extension": ",".join(tus.EXTENSIONS),
        "Tus-Max-Size": str(tus.LARGEST),
        "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
    }
    return _answer(204, told)


@bp.post("")
@open_to(Act.INSPECT)
def announce() -> Response:
    """Begin an upload: 201 with its address. Upload-Metadata: submission, photo, sha256, filename."""
    wanted = tus.read_announcement(
        request.headers.get("Upload-Length"), request.headers.get("Upload-Metadata")
    )
    row = uploading.announce(desk(), wanted)
    address = url_for("tus.piece", upload_id=row.id)
    return _answer(201, {"Location": address, **_stand(row)})


@bp.route("/<uuid:upload_id>", methods=["HEAD"], provide_automatic_options=False)
@open_to(Act.INSPECT)
def stand(upload_id: uuid.UUID) -> Response:
    """How many bytes are here. All of them but not what was announced: 460, and the photo is sent anew."""
    return _finished(str(upload_id), 200)


@bp.patch("/<uuid:upload_id>")
@open_to(Act.INSPECT)
def piece(upload_id: uuid.UUID) -> Response:
    """Go on at Upload-Offset. What comes before a break stays, unless a checksum of the whole body was asked for."""
    if request.mimetype != BODY:
        return _answer(415)
    start = tus.read_number("Upload-Offset", request.headers.get("Upload-Offset"))
    checksum = tus.read_checksum(request.headers.get("Upload-Checksum"))
    request.max_content_length = tus.LARGEST
    if checksum is None:
        uploading.append(fresh_desk, str(upload_id), start, _pieces())
        return _finished(str(upload_id), 204)
    if (request.content_length or 0) > 8 * PIECE:
        raise BadValue(N_("Phần có mã kiểm tra phải từ %(limit)s MB trở xuống."), limit=8)
    body = request.get_data(cache=False)
    if not checksum.fits(body):
        return _answer(MISMATCH)
    uploading.append(fresh_desk, str(upload_id), start, [body] if body else [])
    return _finished(str(upload_id), 204)


@bp.delete("/<uuid:upload_id>")
@open_to(Act.INSPECT)
def give_up(upload_id: uuid.UUID) -> Response:
    uploading.give_up(desk(), str(upload_id))
    return _answer(204)


def _pieces() -> Iterator[bytes]:
    """The body as it comes; what has come when the connection breaks is the last piece."""
    held = bytearray()
    broken = False
    while not broken:
        try:
            read = request.stream.read(READ)
        except (ClientDisconnected, OSError):
            read = b""
        broken = not read
        held += read
        if held and (broken or len(held) >= PIECE):
            yield bytes(held)
            held.clear()


def _finished(upload_id: str, status: int) -> Response:
    row = uploading.finish(fresh_desk, services().evidence, upload_id)
    return _answer(MISMATCH if row.state == "mismatched" else status, _stand(row))


def _stand(row: UploadRow) -> dict[str, str]:
    return {
        "Upload-Offset": str(row.received),
        "Upload-Length": str(row.size),
        "Upload-Expires": _http_date(row.expires_at),
    }


def _http_date(at: datetime) -> str:
    return format_datetime(at, usegmt=True)


def _answer(status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(status=status, headers=headers)


def describe(spec: APISpec) -> None:
    """Add this door to the description of all JSON doors; the protocol itself is described at tus.io."""
    said = {
        "400": {"description": "A header is missing or odd"},
        "412": {"description": "Another version of tus"},
    }
    one = [
        {"in": "path", "name": "upload_id", "required": True, "schema": {"type": "string", "format": "uuid"}}
    ]
    spec.path(
        "/api/v1/uploads",
        operations={
            "post": {"responses": {"201": {"description": "Begun; Location is its address"}, **said}}
        },
    )
    spec.path(
        "/api/v1/uploads/{upload_id}",
        parameters=one,
        operations={
            "patch": {
                "responses": {
                    "204": {"description": "Kept; Upload-Offset says how much is here"},
                    "409": {"description": "The upload stands elsewhere"},
                    "460": {"description": "What came is not what its checksum or the announced hash says"},
                    **said,
                }
            },
            "delete": {"responses": {"204": {"description": "Given up"}, **said}},
        },
    )
