"""Receiving under real load: gunicorn with two processes, real concurrent requests, real commits, real kills."""

import hashlib
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from tests.builders import BINH_SON, open_office
from tests.client import Client, document, new_id, photo_of
from tests.databases import BACKENDS
from tests.prepared import DEMO_PASSWORD, Stores
from tests.servers import LiveServer

ANSWERS = {"ny_01": "fail", "ny_01_note": "Bảng treo sau quầy", "ny_02": "pass", "gq_04": "none"}
PEOPLE = ("inspector", "mate")


@pytest.fixture(params=BACKENDS)
def stores(request: pytest.FixtureRequest, prepared_stores: Callable[..., Stores]) -> Stores:
    """Stores with two inspectors who can sign in."""
    found = prepared_stores(request.param)
    office = open_office(found.database_url)
    for username in PEOPLE:
        office.give_password(username, DEMO_PASSWORD)
    office.database.engine.dispose()
    return found


def rows(stores: Stores, query: str) -> list[Any]:
    url = stores.database_url.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


def stored(stores: Stores, sha256: str) -> bytes:
    return (stores.evidence / sha256[:2] / sha256[2:4] / sha256).read_bytes()


def test_fifty_identical_puts_at_once_are_one_record_and_fifty_successes(
    live_server: Callable[..., LiveServer], stores: Stores
) -> None:
    server = live_server(stores=stores)
    client, id = Client(server.url, "inspector"), new_id()
    body = document(client.start_surprise(BINH_SON), ANSWERS)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: client.put(id, body), range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({answer.json()["code"] for answer in answers}) == 1
    assert rows(stores, "SELECT count(*) FROM submission") == [(1,)]
    assert rows(stores, "SELECT count(*) FROM finding") == [(1,)]
    assert rows(stores, "SELECT count(*) FROM submission_document") == [(1,)]


def test_fifty_identical_pages_with_photos_at_once_are_one_record_and_fifty_receipts(
    live_server: Callable[..., LiveServer], stores: Stores
) -> None:
    server = live_server(stores=stores)
    client = Client(server.url, "inspector")
    visit = client.start_surprise(BINH_SON)
    id, photos = client.page_id(visit), [("ny_01", photo_of(1)), ("ny_01", photo_of(2))]
    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(lambda _: client.send_page(visit, ANSWERS, photos, submission_id=id), range(50))
        )
    assert {answer.status_code for answer in answers} == {303}
    assert {answer.headers["Location"] for answer in answers} == {f"/receipts/{id}"}
    assert rows(stores, "SELECT count(*) FROM submission") == [(1,)]
    assert rows(stores, "SELECT count(*) FROM photo WHERE state = 'stored'") == [(2,)]
    assert rows(stores, "SELECT count(*) FROM submission_document") == [(1,)]


def test_equal_photo_bytes_in_two_submissions_at_the_same_moment_are_linked_for_both(
    live_server: Callable[..., LiveServer], stores: Stores
) -> None:
    pairs = 200
    server = live_server(stores=stores)
    clients = [Client(server.url, username) for username in PEOPLE]
    office = open_office(stores.database_url)
    visits = [[office.visit(by=username) for username in PEOPLE] for _ in range(pairs)]
    office.database.engine.dispose()
    start = threading.Barrier(2)
    shas = []
    with ThreadPoolExecutor(2) as pool:
        for number in range(pairs):
            photo = photo_of(1000 + number)
            shas.append(hashlib.sha256(photo).hexdigest())

            def send(who: int, photo: bytes = photo, number: int = number) -> int:
                id = new_id()
                start.wait(30)
                return (
                    clients[who]
                    .send_page(visits[number][who], ANSWERS, [("ny_01", photo)], submission_id=id)
                    .status_code
                )

            assert list(pool.map(send, (0, 1))) == [303, 303]
    linked = rows(
        stores,
        "SELECT p.sha256 FROM photo p JOIN submission s ON s.id = p.submission_id WHERE p.state = 'stored' AND s.status = 'accepted'",
    )
    assert sorted(linked) == sorted((sha,) for sha in shas for _ in range(2))
    for sha in shas:
        assert hashlib.sha256(stored(stores, sha)).hexdigest() == sha


def test_a_body_that_takes_long_to_arrive_delays_no_other_writer(
    live_server: Callable[..., LiveServer], stores: Stores
) -> None:
    """Ten seconds of dribble; meanwhile others write and are answered at once."""
    server = live_server(stores=stores)
    slow, quick = Client(server.url, "inspector"), Client(server.url, "mate")
    visit = slow.start_surprise(BINH_SON)
    id = slow.page_id(visit)
    seconds = 10.0
    done: list[bytes] = []
    thread = threading.Thread(target=lambda: done.append(dribble(server, slow, visit, id, seconds)))
    begun = time.monotonic()
    thread.start()
    time.sleep(1)
    longest, writes = 0.0, 0
    while time.monotonic() - begun < seconds - 2:
        at = time.monotonic()
        answer = quick.put(new_id(), document(quick.start_surprise(BINH_SON), ANSWERS))
        assert answer.status_code == 201
        longest, writes = max(longest, time.monotonic() - at), writes + 1
        time.sleep(0.3)
    thread.join(60)
    assert done and done[0].startswith(b"HTTP/1.1 303"), done
    assert writes >= 5
    assert longest < 5, f"a writer waited {longest:.1f} s for another's body"


def dribble(server: LiveServer, client: Client, visit: str, id: str, seconds: float) -> bytes:
    """Post the page over a raw socket, its photo in twenty pieces with pauses."""
    boundary = "dribbled"
    fields = {"csrf_token": client.csrf, "submission_id": id, "replaces": "", "action": "send", **ANSWERS}
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="ny_01_photo"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    photo = photo_of(77, (1600, 1200))
    body = parts.encode() + head.encode() + photo + f"\r\n--{boundary}--\r\n".encode()
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.http.cookies)
    request = (
        f"POST /inspect/{visit} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {cookies}\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary={boundary}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as wire:
        wire.sendall(request.encode())
        piece = len(body) // 20 + 1
        for start in range(0, len(body), piece):
            wire.sendall(body[start : start + piece])
            time.sleep(seconds / 20)
        return wire.recv(4096)


@pytest.mark.parametrize("after", [0.0, 0.05, 0.15])
def test_a_killed_server_has_either_all_of_a_submission_or_nothing(
    live_server: Callable[..., LiveServer], prepared_stores: Callable[..., Stores], after: float
) -> None:
    """SIGKILL in the middle; what was answered as received is there, the rest can be sent again and is there once."""
    found = prepared_stores("sqlite")
    office = open_office(found.database_url)
    office.give_password("inspector", DEMO_PASSWORD)
    visits = [office.visit() for _ in range(12)]
    office.database.engine.dispose()
    server = live_server(stores=found)
    client = Client(server.url, "inspector")
    sent = [(visit, new_id(), photo_of(number)) for number, visit in enumerate(visits)]
    answered: set[str] = set()

    def send(item: tuple[str, str, bytes]) -> None:
        visit, id, photo = item
        try:
            if client.send_page(visit, ANSWERS, [("ny_01", photo)], submission_id=id).status_code == 303:
                answered.add(id)
        except OSError:
            pass  # the power went; the phone sends again

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(send, item) for item in sent]
        time.sleep(0.3 + after)
        server.kill()
        for job in jobs:
            job.result()
    held = {id for (id,) in rows(found, "SELECT id FROM submission")}
    assert answered <= held
    server.start()
    for item in sent:
        send(item)
    assert rows(found, "SELECT count(*) FROM submission WHERE status = 'accepted'") == [(12,)]
    assert rows(found, "SELECT count(*) FROM finding") == [(12,)]
    assert rows(found, "SELECT count(*) FROM photo WHERE state = 'stored'") == [(12,)]
    for _, _, photo in sent:
        assert stored(found, hashlib.sha256(photo).hexdigest()) == photo


def test_sixty_photos_and_long_texts_in_one_post_are_received(
    live_server: Callable[..., LiveServer], stores: Stores
) -> None:
    server = live_server(stores=stores)
    client = Client(server.url, "inspector")
    visit = (
        client.start_surprise(BINH_SON, "cap-xa")
        if "cap-xa" in client.get("/inspect/new").text
        else client.start_surprise(BINH_SON)
    )
    names = ["ny_01", "ny_02", "ny_03", "ny_06", "ny_07", "ts_01"]
    long = ("Đức Phổ, Ngọk Réo, Ia H'Drai. " * 70)[:2000]
    answers = dict.fromkeys(names, "fail") | {f"{name}_note": long for name in names}
    photos = [(names[number % 6], photo_of(number)) for number in range(60)]
    answer = client.send_page(visit, answers, photos)
    assert answer.status_code == 303, answer.text[-3000:]
    assert rows(stores, "SELECT count(*) FROM photo WHERE state = 'stored'") == [(60,)]
    receipt = client.get(answer.headers["Location"]).text
    code = rows(stores, "SELECT code FROM submission")[0][0]
    assert code in receipt


def test_a_visit_announced_while_its_submission_arrives_has_it(
    live_server: Callable[..., LiveServer], stores: Stores
) -> None:
    client = Client(live_server(stores=stores).url, "inspector")
    facts = {"unit": BINH_SON, "reason": "Phản ánh"}
    told = {**facts, "checklist": "dot-xuat", "version": "2020.1", "started_at": "2026-11-22T01:00:00Z"}
    for _ in range(12):
        visit = new_id()
        with ThreadPoolExecutor(2) as pool:
            sent = pool.submit(client.put, new_id(), document(visit, ANSWERS, visit=facts))
            made = pool.submit(client.announce, visit, told)
            assert made.result().status_code == 201 and sent.result().status_code in (201, 202)
    assert rows(stores, "SELECT status, count(*) FROM submission GROUP BY status") == [("accepted", 12)]
