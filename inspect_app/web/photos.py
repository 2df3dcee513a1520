"""Photos over HTTP: thumbnails and screen size without any metadata, originals for the few who may.

A photo that cannot be decoded answers with a picture that says so, so that the page around it stays whole.
"""

import uuid
from typing import BinaryIO

from flask import Blueprint, Response, current_app, send_file

from inspect_app.domain.people import Act
from inspect_app.domain.receipts import SUFFIXES
from inspect_app.exchange.photos import Undecodable
from inspect_app.operations.viewing_photos import (
    Viewing,
    find_viewing,
    flag_unreadable,
    note_original,
    open_derivative,
)

from .access import open_to
from .services import fresh_desk, services

bp = Blueprint("photos", __name__, url_prefix="/photos")

KEPT_BY_BROWSERS = "private, max-age=604800, immutable"
SANDBOX = "default-src 'none'; sandbox"


@bp.get("/<uuid:photo_id>/thumb")
@open_to(Act.SEE_PHOTOS, Act.INSPECT)
def thumb(photo_id: uuid.UUID) -> Response:
    return _derivative(str(photo_id), "thumb")


@bp.get("/<uuid:photo_id>/screen")
@open_to(Act.SEE_PHOTOS, Act.INSPECT)
def screen(photo_id: uuid.UUID) -> Response:
    return _derivative(str(photo_id), "screen")


@bp.get("/<uuid:photo_id>/original")
@open_to(Act.SEE_ORIGINALS)
def original(photo_id: uuid.UUID) -> Response:
    """The file as it came, metadata and all: only saved, never shown by our pages, and noted each time."""
    with fresh_desk(writing=False) as at:
        viewing = find_viewing(at, str(photo_id), original=True)
    file = services().evidence.open(viewing.sha256)
    with fresh_desk(writing=True) as at:
        note_original(at, viewing)
    known = viewing.media_type if viewing.media_type in SUFFIXES else None
    response = send_file(
        file, known or "application/octet-stream", as_attachment=True, download_name=viewing.name
    )
    response.content_length = viewing.size
    response.headers["Cache-Control"] = "no-store"
    return _boxed(response)


def _derivative(photo_id: str, kind: str) -> Response:
    with fresh_desk(writing=False) as at:
        viewing = find_viewing(at, photo_id)
    try:
        file = open_derivative(services().evidence, viewing, kind)
    except Undecodable as fault:
        return _unreadable(viewing, fault.reason)
    response = _boxed(_picture(file, f"{viewing.sha256[:32]}-{kind}"))
    if viewing.covered:  # uncovered faces and papers are looked at as an original is
        with fresh_desk(writing=True) as at:
            note_original(at, viewing)
        response.headers["Cache-Control"] = "no-store"
    return response


def _picture(file: BinaryIO, etag: str) -> Response:
    response = send_file(file, "image/jpeg", etag=etag, conditional=True)
    response.headers["Cache-Control"] = KEPT_BY_BROWSERS
    return response


def _unreadable(viewing: Viewing, reason: str) -> Response:
    if viewing.unreadable_at is None:
        with fresh_desk(writing=True) as at:
            flag_unreadable(at, viewing, reason)
    folder = current_app.static_folder
    assert folder
    response = send_file(f"{folder}/icons/unreadable.svg", "image/svg+xml", conditional=False)
    response.headers["X-Photo-Problem"] = reason
    response.headers["Cache-Control"] = "no-store"
    return _boxed(response)


def _boxed(response: Response) -> Response:
    """Bytes that came from outside get no rights, whatever a browser thinks they are."""
    response.headers["Content-Security-Policy"] = SANDBOX
    return response
