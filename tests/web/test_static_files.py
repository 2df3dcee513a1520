"""Scripts are served without their comments, under addresses that may be kept for ever, and say what their files say."""

import re
import subprocess
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from inspect_app.web.static_files import FOR_EVER, script
from tests.doors import Doors

STATIC = Path(__file__).resolve().parent.parent.parent / "static"
SCRIPTS = sorted(STATIC.rglob("*.js"))
CLASS = re.compile(r"\[[^]]*\]")  # of characters, in a regular expression


@pytest.fixture
def client(doors: Doors) -> FlaskClient:
    return doors.app.test_client()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_only_whole_lines_of_comment_are_left_out(path: Path, tmp_path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    code = [line for line in lines if not line.lstrip().startswith("//")]
    assert script(path).decode().splitlines() == code
    # No text goes on over lines, so that what looks like a comment is one.
    assert all(CLASS.sub("", line).count("`") % 2 == 0 for line in code)
    copy = tmp_path / f"{path.stem}.mjs"
    copy.write_bytes(script(path))
    subprocess.run(["node", "--check", copy], check=True)


def test_a_script_may_be_kept_for_ever_and_one_of_another_version_must_be_asked_for_again(
    doors: Doors, client: FlaskClient
) -> None:
    with doors.app.test_request_context():
        address = doors.app.jinja_env.globals["asset"]("js/phone/form.js")  # type: ignore[operator]
    answer = client.get(address)
    assert answer.headers["Cache-Control"] == FOR_EVER
    assert answer.data == script(STATIC / "js/phone/form.js")
    older = client.get("/static/v/000000000000/js/phone/form.js")
    assert (older.status_code, older.headers["Cache-Control"]) == (200, "no-cache")
    again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "name", ["js/phone/none.js", "js/../../wsgi.js", "..%2fwsgi.py", "js%2f..%2f..%2fx.js"]
)
def test_what_is_no_static_file_is_not_found(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/v/0/{name}").status_code == 404
