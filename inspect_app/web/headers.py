"""Security headers on every answer, how long it may be kept, and compression of text."""

import gzip

from flask import Flask, Response, request

from . import static_files

POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
COMPRESSED = ("text/", "application/json", "application/javascript", "image/svg+xml")
SMALLEST = 600  # bytes; below this the header costs more than compression saves


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
        level = 9 if request.endpoint in static_files.ENDPOINTS else 5  # a file is loaded once, and kept
        response.set_data(gzip.compress(data, compresslevel=level, mtime=0))
        response.headers["Content-Encoding"] = "gzip"


def install(app: Flask, https: bool) -> None:
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
        if request.endpoint in static_files.ENDPOINTS and response.status_code in (200, 206, 304):
            headers["Cache-Control"] = static_files.caching(app)
        elif headers.get("Cache-Control", "no-cache") == "no-cache":  # send_file says so by itself
            headers["Cache-Control"] = "no-store"
        _compress(response)
        return response
