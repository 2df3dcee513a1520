"""What a phone keeps to open without a network: every file is what its hash promises, whoever asks, and no file is missing."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from inspect_app.web.static_files import script
from tests.doors import Doors

STATIC = Path(__file__).resolve().parent.parent.parent / "static"
IMPORTED = re.compile(r"""(?:from|import|new URL\()\s*\(?["'](\.{1,2}/[\w./-]+)["']""")


def shell_of(client: FlaskClient) -> dict[str, Any]:
    """The list of files that stands in front of the service worker."""
    answer = client.get("/sw.js")
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.headers["Service-Worker-Allowed"] == "/"
    first, _, code = answer.get_data(as_text=True).partition("\n")
    assert code.encode() == script(STATIC / "sw.js")
    parsed: dict[str, Any] = json.loads(first.removeprefix("const SHELL = ").removesuffix(";"))
    return parsed


def test_every_file_is_what_its_hash_promises_for_strangers_and_for_anybody(doors: Doors) -> None:
    known, stranger = doors.visitor("inspector").client, doors.app.test_client()
    known.get("/inspect/")
    shell = shell_of(stranger)
    assert shell == shell_of(known)
    assert {"/phone/work", "/phone/new", "/phone/doctor", "/phone/words"} <= {
        file["url"] for file in shell["files"]
    }
    for file in shell["files"]:
        for client in (stranger, known):
            answer = client.get(file["url"])
            assert answer.status_code == 200, file["url"]
            assert hashlib.sha256(answer.get_data()).hexdigest() == file["sha256"], file["url"]


def test_the_version_is_that_of_the_files_and_of_the_language(doors: Doors) -> None:
    client = doors.visitor("inspector")
    vietnamese = shell_of(client.client)
    client.post("/language", 302, language="en", next="/")
    english = shell_of(client.client)
    assert (vietnamese["language"], english["language"]) == ("vi", "en")
    assert vietnamese["version"] != english["version"]
    assert 'lang="en"' in client.get("/phone/work").get_data(as_text=True)


def test_no_script_or_style_that_is_asked_for_is_missing(doors: Doors) -> None:
    client = doors.app.test_client()
    urls = {file["url"] for file in shell_of(client)["files"]}
    scripts = {url for url in urls if url.endswith(".js")}
    assert len(scripts) > 15
    for url in scripts:
        folder = Path(url).parent
        for name in IMPORTED.findall(client.get(url).get_data(as_text=True)):
            path = folder
            for step in name.split("/"):
                path = path.parent if step == ".." else path if step == "." else path / step
            assert str(path) in urls, f"{url} loads {name}"
    doors.office.visit()
    phone = doors.visitor("inspector")
    form = phone.get("/api/v1/offline").json["forms"][0]["url"]  # type: ignore[index]
    for page in ("/phone/work", "/phone/new", "/phone/doctor", "/phone/offline", form):
        drawn = phone.get(page).get_data(as_text=True)
        asked = set(re.findall(r'(?:href|src)="(/(?:static/[^"]+|manifest[^"]*))"', drawn))
        assert asked
        assert asked - {"/manifest.webmanifest"} <= urls, page


def test_nothing_of_a_person_stands_in_a_shell_or_a_blank_form(doors: Doors) -> None:
    office = doors.office
    office.visit()
    phone = doors.visitor("inspector")
    form = phone.get("/api/v1/offline").json["forms"][0]["url"]  # type: ignore[index]
    for page in ("/phone/work", "/phone/new", "/phone/doctor", "/phone/offline", form):
        drawn = phone.get(page).get_data(as_text=True)
        assert "inspector" not in drawn
        assert "csrf" not in drawn
        assert not re.search(r"KT-\d{4}-\d+", drawn)


def test_the_app_can_be_installed(doors: Doors) -> None:
    client = doors.app.test_client()
    answer = client.get("/manifest.webmanifest")
    assert answer.content_type == "application/manifest+json"
    manifest = json.loads(answer.get_data())
    assert (manifest["start_url"], manifest["display"], manifest["lang"]) == ("/inspect/", "standalone", "vi")
    sizes = {(icon["sizes"], icon.get("purpose", "any")) for icon in manifest["icons"]}
    assert sizes >= {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}
    for icon in manifest["icons"]:
        picture = client.get(icon["src"])
        assert picture.get_data().startswith(b"\x89PNG") or picture.content_type == "image/svg+xml"
    assert '<link rel="manifest" href="/manifest.webmanifest">' in client.get("/phone/work").get_data(
        as_text=True
    )


def test_scripts_of_this_version_may_be_kept_for_ever_and_others_not(doors: Doors) -> None:
    client = doors.app.test_client()
    url = next(file["url"] for file in shell_of(client)["files"] if file["url"].endswith("/journal.js"))
    assert client.get(url).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    other = re.sub(r"/v/\w+/", "/v/000000000000/", url)
    assert client.get(other).headers["Cache-Control"] == "no-cache"
    assert client.get(other).get_data() == client.get(url).get_data()
