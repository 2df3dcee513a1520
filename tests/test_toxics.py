"""The bad network does what it says: a fault that is not there would prove nothing."""

import http.server
import threading
import time
from collections.abc import Iterator

import pytest
import requests

from tests.toxics import BadNetwork


class Notes(http.server.BaseHTTPRequestHandler):
    """Writes down what arrives whole, and answers with its size."""

    protocol_version = "HTTP/1.1"
    arrived: list[tuple[str, bytes]]

    def do_PUT(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size)
        if len(body) == size:
            self.arrived.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "10000")
        self.end_headers()
        self.wfile.write(b"x" * 10000)

    def log_message(self, *_: object) -> None:
        pass


Found = tuple[BadNetwork, list[tuple[str, bytes]]]


@pytest.fixture
def found() -> Iterator[Found]:
    arrived: list[tuple[str, bytes]] = []
    handler = type("Handler", (Notes,), {"arrived": arrived})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with BadNetwork(server.server_port) as net:
            yield net, arrived
        server.shutdown()


def put(net: BadNetwork, path: str = "/a", body: bytes = b"hello") -> requests.Response:
    return requests.put(net.url + path, data=body, timeout=20)


def fails(net: BadNetwork, body: bytes = b"hello") -> None:
    with pytest.raises(requests.RequestException):
        put(net, body=body)


def test_in_fine_weather_all_passes_as_it_is(found: Found) -> None:
    net, arrived = found
    body = bytes(range(256)) * 1000
    answer = put(net, "/a?b=c", body)
    assert (answer.status_code, len(answer.content)) == (200, 10000)
    assert arrived == [("/a?b=c", body)]
    assert net.requests == [("PUT", "/a?b=c")]


def test_offline_lets_nothing_through_and_then_again_everything(found: Found) -> None:
    net, arrived = found
    net.set(offline=True)
    fails(net)
    net.clear()
    assert put(net).ok
    assert len(arrived) == 1


def test_a_slow_network_takes_its_time(found: Found) -> None:
    net, _ = found
    net.set(rate=20_000)
    begun = time.monotonic()
    put(net, body=b"x" * 10_000)
    assert 0.9 < time.monotonic() - begun < 3


def test_lost_packets_are_pauses_and_sometimes_a_reset(found: Found) -> None:
    net, arrived = found
    net.set(loss=0.5)
    begun = time.monotonic()
    for _ in range(3):
        try:
            put(net, body=b"x" * 10_000)
        except requests.ConnectionError:
            continue
    assert time.monotonic() - begun > 2
    assert arrived


def test_a_connection_is_cut_after_so_many_bytes_up_and_the_server_never_has_the_rest(found: Found) -> None:
    net, arrived = found
    net.set(cut_up=64_000)
    fails(net, b"x" * 70_000)
    assert arrived == []
    assert put(net, body=b"x" * 60_000).ok


def test_a_connection_is_cut_after_so_many_bytes_down(found: Found) -> None:
    net, arrived = found
    net.set(cut_down=5_000)
    fails(net)
    assert len(arrived) == 1


def test_an_answer_is_replaced_after_the_server_has_done_its_work(found: Found) -> None:
    net, arrived = found
    trap = net.trap("PUT", "^/a", 500)
    assert put(net).status_code == 500
    assert len(arrived) == 1
    assert put(net).status_code == 200
    assert trap.caught == 1


def test_a_swallowed_answer_is_a_break_after_the_work(found: Found) -> None:
    net, arrived = found
    net.trap("PUT", "^/a", None)
    fails(net)
    assert len(arrived) == 1


def test_a_refusal_without_work_never_reaches_the_server(found: Found) -> None:
    net, arrived = found
    net.trap("PUT", "^/a", 413, commit=False, body='{"message": "no"}')
    answer = put(net)
    assert (answer.status_code, answer.json()) == (413, {"message": "no"})
    assert arrived == []


def test_every_request_arrives_twice(found: Found) -> None:
    net, arrived = found
    net.set(twice=True)
    assert put(net).ok
    assert arrived == [("/a", b"hello")] * 2


def test_copies_come_late_and_out_of_order(found: Found) -> None:
    net, arrived = found
    net.set(echo=2)
    for path in ("/1", "/2", "/3", "/4"):
        put(net, path)
    assert [path for path, _ in arrived] == ["/1", "/2", "/3", "/1", "/4", "/2"]


def test_held_requests_overtake_each_other(found: Found) -> None:
    net, arrived = found
    net.set(hold=0.5)
    threads = [threading.Thread(target=put, args=(net, f"/{number}")) for number in range(8)]
    for thread in threads:
        thread.start()
        time.sleep(0.01)
    for thread in threads:
        thread.join()
    order = [path for path, _ in arrived]
    assert len(order) == 8
    assert order != sorted(order)
