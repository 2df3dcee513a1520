"""Addresses of scripts, styles and pictures that may be cached for ever, and scripts as they are served: phones load
them over 2G, so that the lines which only explain stay here.
"""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, abort, current_app, request, url_for
from werkzeug.security import safe_join

from .access import ANYONE, open_to

ENDPOINTS = ("static", "versioned")
FOR_EVER = "public, max-age=31536000, immutable"
_EXPLAINING = re.compile(r"^[ ]*//.*\n", re.MULTILINE)


def asset(path: str) -> str:
    """The address of a static file, so that it may be cached for ever: with the hash of its content.

    Scripts import each other by relative addresses, so all of them lie under one version: that of all scripts and styles.
    """
    folder = current_app.static_folder
    assert folder
    if path.startswith("js/"):
        return url_for("versioned", version=_version(folder, current_app.debug), filename=path)
    return url_for("static", filename=path, v=_digest(folder, path, current_app.debug))


def script(path: Path) -> bytes:
    """A script as it is served: without whole lines of comment."""
    return _EXPLAINING.sub("", path.read_text(encoding="utf-8")).encode()


def caching(app: Flask) -> str:
    """How long the static file that was asked for may be kept."""
    return FOR_EVER if "v" in request.args or _is_current(app) else "no-cache"


def install(app: Flask) -> None:
    app.jinja_env.globals["asset"] = asset

    @app.get("/static/v/<version>/<path:filename>", endpoint="versioned")
    @open_to(ANYONE)
    def _versioned(version: str, filename: str) -> Response:
        if not filename.endswith(".js"):
            return app.send_static_file(filename)
        found = safe_join(str(app.static_folder), filename)
        if found is None or not Path(found).is_file():
            abort(404)
        answer = Response(script(Path(found)), content_type="text/javascript; charset=utf-8")
        answer.add_etag()
        answer.make_conditional(request)
        return answer


@lru_cache(maxsize=2)
def _version(folder: str, _debug: bool) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for part in ("js", "css") for path in (Path(folder) / part).rglob("*.*")):
        digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@lru_cache(maxsize=200)
def _digest(folder: str, path: str, _debug: bool) -> str:
    return hashlib.sha256((Path(folder) / path).read_bytes()).hexdigest()[:12]


def _is_current(app: Flask) -> bool:
    """Whether the version in a script's address is that of the files we have; an older page may ask for another."""
    asked = (request.view_args or {}).get("version")
    return bool(app.static_folder) and asked == _version(str(app.static_folder), app.debug)
