"""Photos in pieces through real servers: resumed at the byte after a break, on any server, linked whichever comes first."""

import base64
import hashlib
import http.client
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.client import Client, document, photo_of
from tests.databases import BACKENDS
from tests.prepared import Stores
from tests.servers import LiveServer

BINH_SON = "21040"
RESUMABLE = {"Tus-Resumable": "1.0.0"}


class Sender:
    """A tus client of one person: what the protocol says, and nothing of our own."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def ask(
        self, method: str, address: str, status: int, data: bytes | None = None, **headers: str
    ) -> requests.Response:
        answer = self.client.http.request(
            method, self.client.url + address, data=data, timeout=60,
            headers={**RESUMABLE, "X-CSRFToken": self.client.csrf, **{k.replace("_", "-"): v for k, v in headers.items()}},
        )  # fmt: skip
        assert answer.status_code == status, f"{method} {address}: {answer.status_code} {answer.text[:300]}"
        return answer

    def announce(self, submission: str, data: bytes, sha256: str = "", size: int = -1) -> str:
        told = {"submission": submission, "photo": str(uuid.uuid4()), "sha256": sha256 or hash_of(data), "filename": "a.jpg"}  # fmt: skip
        pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())
        length = str(len(data) if size < 0 else size)
        return self.ask("POST", "/api/v1/uploads", 201, Upload_Length=length, Upload_Metadata=pairs).headers[
            "Location"
        ]

    def send(
        self, address: str, at: int, data: bytes, status: int = 204, **headers: str
    ) -> requests.Response:
        kind = {"Content_Type": "application/offset+octet-stream", "Upload_Offset": str(at)}
        return self.ask("PATCH", address, status, data, **kind, **headers)

    def stands(self, address: str, status: int = 200) -> int:
        return int(self.ask("HEAD", address, status).headers["Upload-Offset"])

    def break_off(self, address: str, at: int, data: bytes, after: int) -> None:
        """Announce all of `data`, send a part of it and cut the connection."""
        connection = http.client.HTTPConnection(self.client.url.removeprefix("http://"), timeout=30)
        connection.putrequest("PATCH", address)
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.client.http.cookies)
        for name, value in {
            **RESUMABLE, "Cookie": cookies, "X-CSRFToken": self.client.csrf, "Upload-Offset": str(at),
            "Content-Type": "application/offset+octet-stream", "Content-Length": str(len(data)),
        }.items():  # fmt: skip
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(data[:after])
        connection.sock.close()
        connection.close()


def hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def listed(visit: str, *photos: bytes) -> dict[str, Any]:
    claims = [
        {"id": str(uuid.uuid4()), "question": "ny_02", "sha256": hash_of(data), "size": len(data)}
        for data in photos
    ]
    return document(visit, {"ny_02": "fail", "ny_02_note": "Thiếu bảng"}, photos=claims)


def states(client: Client, submission: str) -> list[str]:
    return [file["state"] for file in client.get(f"/api/v1/submissions/{submission}").json()["files"]]


@pytest.fixture(params=BACKENDS)
def phone(request: pytest.FixtureRequest, live_server: Callable[..., LiveServer]) -> Client:
    return Client(live_server(request.param, demo=True).url, "kiemtra1")


def test_a_photo_broken_off_twice_is_whole_at_the_end(phone: Client) -> None:
    visit, submission, photo = phone.start_surprise(BINH_SON), str(uuid.uuid4()), photo_of(1, (2000, 1500))
    sender = Sender(phone)
    assert phone.put(submission, listed(visit, photo)).status_code == 201
    assert states(phone, submission) == ["expected"]
    address, at = sender.announce(submission, photo), 0
    for cut in (100_001, 30_000):
        sender.break_off(address, at, photo[at:], cut)
        at = wait_for(sender, address, at + cut)
    assert sender.send(address, at, photo[at:]).headers["Upload-Offset"] == str(len(photo))
    assert states(phone, submission) == ["stored"]
    shot = phone.get(f"/api/v1/submissions/{submission}").json()["files"][0]
    desk = Client(phone.url, "chuyenvien")
    assert hash_of(desk.get(f"/photos/{shot['id']}/original").content) == hash_of(photo)


def wait_for(sender: Sender, address: str, offset: int) -> int:
    """The server may need a moment to see that the connection is gone."""
    for _ in range(200):
        if (at := sender.stands(address)) == offset:
            return at
        time.sleep(0.05)
    raise AssertionError(f"at {at}, not {offset}")


def test_photos_that_come_before_their_submission_are_found_by_it(phone: Client) -> None:
    visit, submission, photos = phone.start_surprise(BINH_SON), str(uuid.uuid4()), [photo_of(2), photo_of(3)]
    sender = Sender(phone)
    sender.send(sender.announce(submission, photos[0]), 0, photos[0])
    assert phone.put(submission, listed(visit, *photos)).status_code == 201
    assert sorted(states(phone, submission)) == ["expected", "stored"]
    sender.send(sender.announce(submission, photos[1]), 0, photos[1])
    assert states(phone, submission) == ["stored", "stored"]
    again = sender.announce(submission, photos[1])
    assert sender.stands(again) == len(photos[1]), "what is here is not sent twice"


def test_an_offset_that_is_not_where_it_stands_changes_nothing(phone: Client) -> None:
    sender, photo = Sender(phone), photo_of(4)
    address = sender.announce(str(uuid.uuid4()), photo)
    sender.send(address, 0, photo[:100])
    sender.send(address, 0, photo[:100], 409)
    sender.send(address, 200, photo[200:], 409)
    sender.send(address, 100, photo[100:] + b"more", 409)
    assert sender.stands(address) == 100


def test_a_piece_with_a_wrong_checksum_is_not_kept(phone: Client) -> None:
    sender, photo = Sender(phone), photo_of(5)
    address = sender.announce(str(uuid.uuid4()), photo)
    said = base64.b64encode(hashlib.sha256(photo[:500]).digest()).decode()
    sender.send(address, 0, photo[:499] + b"?", 460, Upload_Checksum=f"sha256 {said}")
    assert sender.stands(address) == 0
    sender.send(address, 0, photo[:500], Upload_Checksum=f"sha256 {said}")
    assert sender.stands(address) == 500


def test_what_is_not_the_announced_file_is_told_and_never_called_complete(phone: Client) -> None:
    visit, submission, photo = phone.start_surprise(BINH_SON), str(uuid.uuid4()), photo_of(6)
    sender = Sender(phone)
    phone.put(submission, listed(visit, photo))
    address = sender.announce(submission, photo)
    sender.send(address, 0, photo[:-1] + b"?", 460)
    sender.stands(address, 460)
    assert states(phone, submission) == ["expected"]
    sender.send(sender.announce(submission, photo), 0, photo)
    assert states(phone, submission) == ["stored"]


def test_an_upload_is_its_senders_alone(phone: Client) -> None:
    photo = photo_of(7)
    address = Sender(phone).announce(str(uuid.uuid4()), photo)
    other = Sender(Client(phone.url, "kiemtra2"))
    other.ask("HEAD", address, 404)
    other.send(address, 0, photo, 404)
    other.ask("DELETE", address, 404)
    assert Sender(phone).stands(address) == 0


def test_an_upload_that_was_given_up_is_gone(phone: Client) -> None:
    sender, photo = Sender(phone), photo_of(8)
    address = sender.announce(str(uuid.uuid4()), photo)
    sender.send(address, 0, photo[:50])
    sender.ask("DELETE", address, 204)
    sender.ask("HEAD", address, 404)


def test_the_door_says_what_it_can_and_refuses_what_it_cannot(phone: Client) -> None:
    sender, photo = Sender(phone), photo_of(9)
    told = sender.ask("OPTIONS", "/api/v1/uploads", 204).headers
    assert told["Tus-Version"] == "1.0.0" and "expiration" in told["Tus-Extension"]
    address = sender.announce(str(uuid.uuid4()), photo)
    sender.send(address, 0, photo, 412, Tus_Resumable="0.2.2")
    sender.ask("PATCH", address, 415, photo, Upload_Offset="0", Content_Type="image/jpeg")
    sender.ask("POST", "/api/v1/uploads", 413, Upload_Length=str(10**9), Upload_Metadata="")
    sender.ask("POST", "/api/v1/uploads", 400, Upload_Length="10", Upload_Metadata="submission x")
    assert sender.stands(address) == 0


def test_another_server_goes_on_where_one_was_killed(
    live_server: Callable[..., LiveServer], prepared_stores: Callable[..., Stores]
) -> None:
    stores = prepared_stores("postgresql", True)
    one, two = (
        live_server(stores=stores, INSPECT_SECRET_KEY="one key for both servers, long enough")
        for _ in range(2)
    )
    phone = Client(one.url, "kiemtra1")
    visit, submission, photo = phone.start_surprise(BINH_SON), str(uuid.uuid4()), photo_of(10, (2000, 1500))
    phone.put(submission, listed(visit, photo))
    sender = Sender(phone)
    address = sender.announce(submission, photo)
    sender.send(address, 0, photo[:70_000])
    one.kill()
    phone.url = two.url
    assert sender.stands(address) == 70_000
    sender.send(address, 70_000, photo[70_000:])
    assert states(phone, submission) == ["stored"]
