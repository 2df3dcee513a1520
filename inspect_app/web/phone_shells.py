"""The pages a phone keeps to open without a network, the service worker that serves them, and the app's manifest.

Nobody's data stands in a shell: it is filled on the phone. The service worker is told every file and its hash, so that
it takes a version as a whole or not at all.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from .access import ANYONE, open_to
from .phone_words import words
from .static_files import asset, script

bp = Blueprint("phone", __name__)

SHELLS = ("work", "new", "doctor", "offline")
ICONS = ("icons/icon.svg", "icons/icon-192.png", "icons/icon-512.png", "icons/icon-maskable.png")
_known: dict[tuple[str, str], dict[str, Any]] = {}  # by language and version of the scripts


def _shell(name: str) -> str:
    return render_template(f"phone/{name}.html", impersonal=True)


def _door(name: str) -> Callable[[], str]:
    def page() -> str:
        return _shell(name)

    page.__name__ = name
    return open_to(ANYONE)(page)


for _name in SHELLS:
    bp.add_url_rule(f"/phone/{_name}", view_func=_door(_name))


@bp.get("/phone/words")
@open_to(ANYONE)
def all_words() -> Response:
    return jsonify(words())


@bp.get("/sw.js")
@open_to(ANYONE)
def service_worker() -> Response:
    """The worker's code with the list of this version in front; another list is another version."""
    code = script(_static() / "sw.js").decode()
    answer = make_response(f"const SHELL = {json.dumps(_version(), ensure_ascii=False)};\n{code}")
    answer.headers["Content-Type"] = "text/javascript; charset=utf-8"
    answer.headers["Service-Worker-Allowed"] = "/"
    return answer


@bp.get("/manifest.webmanifest")
@open_to(ANYONE)
def manifest() -> Response:
    icons = [
        {"src": asset("icons/icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": asset("icons/icon-512.png"), "sizes": "512x512", "type": "image/png"},
        {
            "src": asset("icons/icon-maskable.png"),
            "sizes": "512x512",
            "type": "image/png",
            "purpose": "maskable",
        },
    ]
    answer = jsonify(
        {
            "name": _("Kiểm tra Một cửa · Quảng Ngãi"), "short_name": _("Kiểm tra Một cửa"), "lang": str(get_locale()),
            "id": "/inspect/", "start_url": "/inspect/", "scope": "/", "display": "standalone",
            "background_color": "#ffffff", "theme_color": "#083a66", "icons": icons,
        }
    )  # fmt: skip
    answer.headers["Content-Type"] = "application/manifest+json"
    return answer


def _version() -> dict[str, Any]:
    """{version, language, scripts, files: [{url, sha256}]}; computed once a process, language and set of files."""
    scripts = asset("js/phone/form.js").removesuffix("js/phone/form.js")
    key = (str(get_locale()), scripts)
    if key not in _known or current_app.debug:
        files = [{"url": url, "sha256": hashlib.sha256(body).hexdigest()} for url, body in _files(scripts)]
        version = hashlib.sha256(json.dumps(files).encode()).hexdigest()[:12]
        _known[key] = {"version": version, "language": key[0], "scripts": scripts, "files": files}
    return _known[key]


def _files(scripts: str) -> list[tuple[str, bytes]]:
    static = _static()
    modules = [*sorted(static.glob("js/phone/*.js")), static / "js/expressions.js"]
    plain = ["css/phone.css", "css/top.css", "css/ready.css", "css/work.css", *ICONS]
    return [
        *((url_for(f"phone.{name}"), _shell(name).encode()) for name in SHELLS),
        (url_for("phone.all_words"), all_words().get_data()),
        *((scripts + str(path.relative_to(static)), script(path)) for path in modules),
        (scripts + "css/camera.css", (static / "css/camera.css").read_bytes()),
        *((asset(path), (static / path).read_bytes()) for path in plain),
    ]


def _static() -> Path:
    return Path(str(current_app.static_folder))
