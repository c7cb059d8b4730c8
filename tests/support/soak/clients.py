"""Concurrent HTTP clients that compare each response with the expected one."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from contextlib import closing

import httpx2
import uvloop

from tests.support.soak.cases import Case
from tests.support.soak.tally import Tally

REQUEST_TIMEOUT = 30  # seconds; a later response is lost
MAX_GAP = 0.05  # seconds between the two parts of a request
CONNECTION_ERRORS = (OSError, EOFError, TimeoutError, RuntimeError)  # RuntimeError: of a write in uvloop

type Watch = Callable[[Tally], Coroutine[None, None, None]]


def run_clients(port: int, cases: list[Case], clients: int, watch: Watch) -> Tally:
    """Send requests of all clients, each in its own order, until the concurrent `watch` returns."""
    tally = Tally()

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watch(tally))
            for number in range(clients):
                group.create_task(Client(port, cases, random.Random(number), tally).send_until(watching))

    with closing(uvloop.new_event_loop()) as loop:  # asyncio.run would replace Mangum's loop without closing it
        loop.run_until_complete(run())
    return tally


class Client:
    """One client, which sends requests one after another on a persistent connection."""

    def __init__(self, port: int, cases: list[Case], chance: random.Random, tally: Tally) -> None:
        self.port, self.chance, self.tally = port, chance, tally
        self.cases = [(case, on_wire(case.request)) for case in cases]
        self.own_port = 0  # 0: not connected
        self.writer: asyncio.StreamWriter | None = None

    async def send_until(self, until: asyncio.Future[None]) -> None:
        while not until.done():
            await self.send_one()
        self.close()

    async def send_one(self) -> None:
        """Send a random case. After a connection error the next request opens a new connection."""
        case, request = self.chance.choice(self.cases)
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT):
                status, headers, content = await self._exchange(request)
        except CONNECTION_ERRORS as error:
            self.tally.lost.append((self.own_port, f"lost: {case.name}: {error!r}"))
            return self.close()
        self.tally.count(case, status, headers, content)
        if headers.get("connection") == "close":
            self.close()

    def close(self) -> None:
        if self.writer:
            self.writer.close()
        self.writer, self.own_port = None, 0

    async def _exchange(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
            self.own_port = self.writer.get_extra_info("sockname")[1]
        cut = self.chance.randrange(len(request))
        self.writer.write(request[:cut])  # in two parts, as in networks: requests of other clients arrive in between
        await asyncio.sleep(MAX_GAP * self.chance.random())
        sent = time.perf_counter()
        self.writer.write(request[cut:])
        response = await read_response(self.reader)
        self.tally.seconds.append(time.perf_counter() - sent)
        return response


async def read_response(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Read one response. Return its status, headers with lower-case names, and content."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    start, *lines = head.splitlines()[:-1]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(start.split()[1]), headers, await reader.readexactly(int(headers["content-length"]))


def on_wire(request: httpx2.Request) -> bytes:
    """Return the bytes of a request in HTTP/1.1."""
    start = b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)
    return b"\r\n".join([start, *(b": ".join(header) for header in request.headers.raw), b"", request.read()])
