"""A port and cases come in; clients ask without a pause and compare each answer, and the tally of them goes out."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from contextlib import closing

import httpx2
import uvloop

from tests.support.soak.cases import Case
from tests.support.soak.tally import Tally

PATIENCE = 30  # seconds for one answer; one that comes later is lost
GAP = 0.05  # seconds, at most, between the two parts of a request
CUT = (OSError, EOFError, TimeoutError, RuntimeError)  # what a cut connection raises; the last: uvloop, at a write

type Watch = Callable[[Tally], Coroutine[None, None, None]]


def ask(port: int, cases: list[Case], clients: int, watch: Watch) -> Tally:
    """Let the clients ask, each in an order of its own, until `watch`, which runs beside them, has come to its end."""
    tally = Tally()

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watch(tally))
            for number in range(clients):
                group.create_task(Client(port, cases, random.Random(number), tally).ask(watching))

    with closing(uvloop.new_event_loop()) as loop:  # asyncio.run would take the current loop from Mangum, unclosed
        loop.run_until_complete(run())
    return tally


class Client:
    """One client: it asks, waits for the whole answer, and asks again on the same connection, while there is one."""

    def __init__(self, port: int, cases: list[Case], chance: random.Random, tally: Tally) -> None:
        self.port, self.chance, self.tally = port, chance, tally
        self.cases = [(case, on_wire(case.request)) for case in cases]
        self.own_port = 0  # while there is no connection
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, until: asyncio.Future[None]) -> None:
        while not until.done():
            await self.once()
        self.close()

    async def once(self) -> None:
        """Ask any of the cases. A connection that is cut costs one request; the next one gets another."""
        case, request = self.chance.choice(self.cases)
        try:
            async with asyncio.timeout(PATIENCE):
                status, headers, content = await self._exchange(request)
        except CUT as error:
            self.tally.lost.append((self.own_port, f"lost: {case.name}: {error!r}"))
            return self.close()
        self.tally.judge(case, status, headers, content)
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
        self.writer.write(request[:cut])  # in two parts, as networks do it: others' requests come in between
        await asyncio.sleep(GAP * self.chance.random())
        asked = time.perf_counter()
        self.writer.write(request[cut:])
        answered = await answer(self.reader)
        self.tally.seconds.append(time.perf_counter() - asked)
        return answered


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Read one answer: status, headers with names in lower case, content."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    start, *lines = head.splitlines()[:-1]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(start.split()[1]), headers, await reader.readexactly(int(headers["content-length"]))


def on_wire(request: httpx2.Request) -> bytes:
    """Write a request as HTTP/1.1 has it."""
    start = b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)
    return b"\r\n".join([start, *(b": ".join(header) for header in request.headers.raw), b"", request.read()])
