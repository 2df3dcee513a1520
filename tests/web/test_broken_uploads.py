"""Posts that break off: nothing of them stays on the disk, whoever sent them and wherever to."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import BINH_SON, open_office
from tests.client import Client
from tests.prepared import DEMO_PASSWORD, Stores
from tests.servers import LiveServer

PART = (
    b'--edge\r\nContent-Disposition: form-data; name="ny_01_photo"; filename="a.jpg"\r\n'
    b"Content-Type: image/jpeg\r\n\r\n"
)


def left_in(stores: Stores) -> list[Path]:
    return sorted((stores.evidence / "scratch").glob("*"))


def break_off(server: LiveServer, path: str, cookies: dict[str, str]) -> None:
    """Announce three megabytes, send one, hang up."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3000000\r\n"
        f"Cookie: {'; '.join(f'{name}={value}' for name, value in cookies.items())}\r\n"
        "Content-Type: multipart/form-data; boundary=edge\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as wire:
        wire.sendall(head.encode() + PART + b"x" * 1_000_000)
        time.sleep(0.5)


@pytest.mark.parametrize("sender", ["a stranger", "an inspector"])
def test_an_upload_that_breaks_off_leaves_nothing(
    live_server: Callable[..., LiveServer], prepared_stores: Callable[..., Stores], sender: str
) -> None:
    stores = prepared_stores()
    office = open_office(stores.database_url)
    office.give_password("inspector", DEMO_PASSWORD)
    office.database.engine.dispose()
    server = live_server(stores=stores)
    path, cookies = "/login", {}
    if sender == "an inspector":
        client = Client(server.url, "inspector")
        path, cookies = f"/inspect/{client.start_surprise(BINH_SON)}", dict(client.http.cookies)
    for _ in range(3):
        break_off(server, path, cookies)
    deadline = time.monotonic() + 10
    while left_in(stores) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left_in(stores) == []


def test_a_strangers_files_never_reach_the_scratch_folder(
    live_server: Callable[..., LiveServer], prepared_stores: Callable[..., Stores]
) -> None:
    stores = prepared_stores()
    server = live_server(stores=stores)
    body = PART + b"x" * 2_000_000
    head = (
        f"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body) + 1000}\r\n"
        "Content-Type: multipart/form-data; boundary=edge\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as wire:
        wire.sendall(head.encode() + body)
        time.sleep(0.5)  # the server waits for the rest
        assert left_in(stores) == []
