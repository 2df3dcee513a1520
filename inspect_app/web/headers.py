"""Security headers on every answer, compression of text, and addresses of static files that may be cached for ever."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

from .access import ANYONE, open_to

POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
COMPRESSED = ("text/", "application/json", "application/javascript", "image/svg+xml")
SMALLEST = 600  # bytes; below this the header costs more than compression saves


def asset(path: str) -> str:
    """The address of a static file, so that it may be cached for ever: with the hash of its content.

    Scripts import each other by relative addresses, so all of them lie under one version: that of all scripts and styles.
    """
    folder = current_app.static_folder
    assert folder
    if path.startswith("js/"):
        return url_for("versioned", version=_version(folder, current_app.debug), filename=path)
    return url_for("static", filename=path, v=_digest(folder, path, current_app.debug))


@lru_cache(maxsize=2)
def _version(folder: str, _debug: bool) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for part in ("js", "css") for path in (Path(folder) / part).rglob("*.*")):
        digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@lru_cache(maxsize=200)
def _digest(folder: str, path: str, _debug: bool) -> str:
    return hashlib.sha256((Path(folder) / path).read_bytes()).hexdigest()[:12]


def _compress(response: Response) -> None:
    if (
        (response.is_streamed and not response.direct_passthrough)
        or response.status_code in (204, 304)
        or "Content-Encoding" in response.headers
        or not (response.content_type or "").startswith(COMPRESSED)
        or not request.accept_encodings["gzip"]
    ):
        return
    response.direct_passthrough = False
    data = response.get_data()
    response.vary.add("Accept-Encoding")
    if len(data) >= SMALLEST:
        response.set_data(gzip.compress(data, compresslevel=5, mtime=0))
        response.headers["Content-Encoding"] = "gzip"


def _is_current(app: Flask) -> bool:
    """Whether the version in a script's address is that of the files we have; an older page may ask for another."""
    asked = (request.view_args or {}).get("version")
    return bool(app.static_folder) and asked == _version(str(app.static_folder), app.debug)


def install(app: Flask, https: bool) -> None:
    app.jinja_env.globals["asset"] = asset

    @app.get("/static/v/<version>/<path:filename>", endpoint="versioned")
    @open_to(ANYONE)
    def _versioned(version: str, filename: str) -> Response:
        return app.send_static_file(filename)

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", POLICY)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(self), geolocation=(self), microphone=(), payment=()"
        if https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint in ("static", "versioned") and response.status_code in (200, 206, 304):
            lasting = "v" in request.args or _is_current(app)
            headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "no-cache"
        elif headers.get("Cache-Control", "no-cache") == "no-cache":  # send_file says so by itself
            headers["Cache-Control"] = "no-store"
        _compress(response)
        return response
