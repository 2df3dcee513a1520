"""A bad network: a proxy between a client and the server whose faults a test switches on and off while it runs.

It speaks HTTP/1.1 with one request a connection, so that every fault hits a known request. A TCP proxy cannot drop
packets: a lost one is modelled as TCP shows it to programs, a pause of one retransmission timeout on that connection,
and now and then (as after several losses in a row) a reset.
"""

import asyncio
import random
import re
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any

PACKET = 1400  # bytes
RETRANSMISSION = (0.2, 1.0)  # seconds: what TCP waits before it sends a packet again
RESETS = 1 / 25  # of the lost packets
HEAD_LIMIT = 256 * 1024


@dataclass(frozen=True)
class Weather:
    """What happens to every connection."""

    rate: float | None = None  # bytes a second, each way, shared by all connections
    loss: float = 0.0  # share of packets
    cut_up: int | None = None  # the connection breaks after so many bytes to the server
    cut_down: int | None = None  # and after so many from it
    hold: float = 0.0  # every request waits up to so many seconds, so that one overtakes the other
    twice: bool = (
        False  # every request reaches the server twice, and the second answer is the one that comes back
    )
    echo: int = 0  # a copy of each request reaches the server again after so many others
    offline: bool = False


FINE = Weather()


@dataclass
class Trap:
    """What happens to the next `times` requests of a kind after the server has done what they ask."""

    method: str
    path: str  # a pattern, searched in the path
    status: int | None  # answered instead; None: no answer, the connection is reset
    times: int
    body: str = "{}"
    commit: bool = True  # False: answered in its place, and the server never sees the request
    caught: int = 0

    def takes(self, request: "Request") -> bool:
        hit = re.fullmatch(self.method, request.method) and re.search(self.path, request.path)
        return bool(hit) and self.caught < self.times


@dataclass
class Request:
    """The head of one request, and its body as far as it came."""

    method: str
    path: str
    head: bytes
    length: int
    body: bytearray = field(default_factory=bytearray)


class Broken(Exception):
    """The connection ends here."""


class BadNetwork:
    """`with BadNetwork(port) as net:` listens on `net.url` and passes on to 127.0.0.1:port."""

    def __init__(self, target: int, seed: int = 1) -> None:
        self.target = target
        self.weather = FINE
        self.traps: list[Trap] = []
        self.requests: list[tuple[str, str]] = []  # method and path of all that reached the proxy
        self.up = 0  # bytes that came from clients
        self.down = 0
        self.port = 0
        self._random = random.Random(seed)
        self._free_at = {"up": 0.0, "down": 0.0}
        self._echoes: list[tuple[int, bytes]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._started = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def set(self, **faults: Any) -> None:
        """Another weather from now on, for open connections too; all that is not named is fine."""
        self.weather = replace(FINE, **faults)

    def trap(
        self,
        method: str,
        path: str,
        status: int | None = 500,
        *,
        times: int = 1,
        body: str = "{}",
        commit: bool = True,
    ) -> Trap:
        made = Trap(method, path, status, times, body, commit)
        self.traps.append(made)
        return made

    def clear(self) -> None:
        """Fine weather, no traps, nothing remembered."""
        self.weather, self.traps, self.requests, self._echoes = FINE, [], [], []

    def count(self, method: str, path: str) -> int:
        return sum(1 for one, where in self.requests if re.fullmatch(method, one) and re.search(path, where))

    def __enter__(self) -> "BadNetwork":
        self._thread.start()
        assert self._started.wait(10), "the proxy did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    # ---- in the thread of the loop ----

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        start = asyncio.start_server(self._accept, "127.0.0.1", 0, limit=HEAD_LIMIT)
        server = self._loop.run_until_complete(start)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        broken = True
        try:
            await self._pass(reader, writer)
            broken = False
        except (Broken, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            _close(writer, reset=broken)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._refuse_when_offline()
        request = _read_head(await reader.readuntil(b"\r\n\r\n"))
        self._refuse_when_offline()
        self.requests.append((request.method, request.path))
        trap = next((one for one in self.traps if one.takes(request)), None)
        if trap:
            trap.caught += 1
        if self.weather.hold:
            await asyncio.sleep(self._random.uniform(0, self.weather.hold))
        answer = await self._bring(reader, request, commit=trap is None or trap.commit)
        if self.weather.twice:
            answer = await self._ask(request.head + bytes(request.body))
        await self._echo(request)
        if trap:
            if trap.status is None:
                raise Broken
            answer = _answer(trap.status, trap.body)
        await self._send(writer, answer)

    async def _bring(self, reader: asyncio.StreamReader, request: Request, commit: bool) -> bytes:
        """The body as it comes from the client, and what the server answers; a break on one side is one on the other."""
        server_reader, server = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            await self._travel("up", len(request.head), 0)
            if commit:
                server.write(request.head)
            while len(request.body) < request.length:
                piece = await reader.read(min(PACKET, request.length - len(request.body)))
                if not piece:
                    raise Broken
                await self._travel("up", len(piece), len(request.body))
                request.body += piece
                if commit:
                    server.write(piece)
                    await server.drain()
            return await server_reader.read(-1) if commit else b""
        finally:
            _close(server)  # politely: a server gets all that was on its way before the break

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.target)
        writer.write(request)
        answer = await reader.read(-1)
        _close(writer)
        return answer

    async def _echo(self, request: Request) -> None:
        """Late copies: of this request after some others, of earlier ones now."""
        now = len(self.requests)
        due = [copy for at, copy in self._echoes if at <= now]
        self._echoes = [(at, copy) for at, copy in self._echoes if at > now]
        if self.weather.echo and request.method != "GET":
            self._echoes.append((now + self.weather.echo, request.head + bytes(request.body)))
        for copy in due:
            await self._ask(copy)

    async def _send(self, writer: asyncio.StreamWriter, answer: bytes) -> None:
        for start in range(0, len(answer), PACKET):
            piece = answer[start : start + PACKET]
            await self._travel("down", len(piece), start)
            writer.write(piece)
            await writer.drain()

    async def _travel(self, way: str, size: int, passed: int) -> None:
        """The time a packet takes; raises Broken where the weather says so."""
        self._refuse_when_offline()
        weather = self.weather
        if way == "up":
            self.up += size
        else:
            self.down += size
        cut = weather.cut_up if way == "up" else weather.cut_down
        if cut is not None and passed + size > cut:
            raise Broken
        if weather.loss and self._random.random() < weather.loss:
            if self._random.random() < RESETS:
                raise Broken
            await asyncio.sleep(self._random.uniform(*RETRANSMISSION))
        if weather.rate:
            now = self._loop.time()
            self._free_at[way] = max(now, self._free_at[way]) + size / weather.rate
            await asyncio.sleep(self._free_at[way] - now)
            self._refuse_when_offline()

    def _refuse_when_offline(self) -> None:
        if self.weather.offline:
            raise Broken


def _read_head(raw: bytes) -> Request:
    """The head with its connection closed after the answer."""
    first, *lines = raw.removesuffix(b"\r\n\r\n").split(b"\r\n")
    method, path, _ = first.decode("latin-1").split(" ", 2)
    kept = [line for line in lines if line.split(b":")[0].lower() not in (b"connection", b"keep-alive")]
    length = next(
        (int(line.split(b":")[1]) for line in kept if line.lower().startswith(b"content-length:")), 0
    )
    return Request(method, path, b"\r\n".join([first, *kept, b"Connection: close", b"", b""]), length)


def _answer(status: int, body: str) -> bytes:
    data = body.encode()
    head = f"HTTP/1.1 {status} Fault\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
    return head.encode() + data


def _close(writer: asyncio.StreamWriter, *, reset: bool = False) -> None:
    if reset and not writer.is_closing() and (sock := writer.get_extra_info("socket")) is not None:
        # Linger for no time: the other side sees a reset, as when the network went away, and not a polite end.
        with suppress(OSError):  # closed by the other side meanwhile
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()
