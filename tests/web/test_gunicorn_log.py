"""No log may hold a token: asked of a real gunicorn that serves a toy with the program's own settings."""

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspect_app.domain.masking import mask_secrets
from tests.servers import LiveServer

TOY = """
def app(environ, start_response):
    if environ["PATH_INFO"].endswith("/fails"):
        raise RuntimeError("while serving " + environ["RAW_URI"])
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]
"""


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[LiveServer]:
    (tmp_path / "toy.py").write_text(TOY)
    server = LiveServer({}, tmp_path / "toy.log", app="toy:app", cwd=tmp_path)
    yield server.start()
    server.stop()


def ask(server: LiveServer, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", path, headers={"Referer": "http://x/key/SECRET/formList"})
    connection.getresponse().read()
    connection.close()


def test_tokens_queries_and_forged_lines_stay_out_of_the_server_log(toy: LiveServer) -> None:
    for path in (
        "/key/SECRET/formList?deviceID=SECRET",
        "/activate/SECRET",
        "/login?next=%2Factivate%2FSECRET",
        "/key/SECRET/fails",
        "/x%0Aforged%20line",
    ):
        ask(toy, path)
    toy.stop()
    assert "/key/***/formList" in toy.log and "/activate/***" in toy.log and "RuntimeError" in toy.log
    assert "SECRET" not in toy.log
    assert not any(line.startswith("forged") for line in toy.log.splitlines())


def test_a_killed_server_starts_again_on_the_same_port(toy: LiveServer) -> None:
    port = toy.port
    toy.kill()
    with pytest.raises(ConnectionRefusedError):
        ask(toy, "/")
    ask(toy.start(), "/")
    assert toy.port == port


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("/key/abc-_1/submission", "/key/***/submission"),
        ("GET /activate/abc HTTP/1.1", "GET /activate/*** HTTP/1.1"),
        ("/login?next=%2Fkey%2Fabc%2FformList", "/login?next=%2Fkey%2F***%2FformList"),
        ("/findings?q=key", "/findings?q=key"),
    ],
)
def test_masking_blots_out_only_tokens(text: str, masked: str) -> None:
    assert mask_secrets(text) == masked
