"""HTTP load generator: a number of connections that each send request after request.

`python -m benchmarks.http.load PORT PATH BODY CONNECTIONS SECONDS` prints one JSON object. A connection sends its next
request when it has its answer. wrk would do as well, but for its latencies: wrk 4 adds some that nobody waited for.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httptools
import uvloop

GRACE = 60  # seconds for the last answers; TensorFlow's can take many


@dataclass
class Tally:
    """What all connections have seen together."""

    end: float  # on the clock of time.perf_counter: no request starts after it
    open: int = 0
    seconds: list[float] = field(default_factory=list)
    errors: int = 0


class Connection(asyncio.Protocol):
    """One client: it asks, waits for the whole answer, and asks again."""

    def __init__(self, request: bytes, tally: Tally, finished: asyncio.Event) -> None:
        self.request, self.tally, self.finished = request, tally, finished
        tally.open += 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's own class is not derived from it
        self.ask()

    def ask(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.asked = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        if self.parser.get_status_code() == 200:
            self.tally.seconds.append(now - self.asked)
        else:
            self.tally.errors += 1
        if now < self.tally.end and self.parser.should_keep_alive():
            self.ask()
        else:
            self.asked = 0
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.tally.errors += bool(self.asked)  # an answer was due
        self.tally.open -= 1
        if not self.tally.open:
            self.finished.set()


async def load(port: int, path: str, body: bytes, connections: int, seconds: float) -> dict[str, Any]:
    """Ask over and over for so many seconds. Returns each answer's seconds, errors, and how busy this process was."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    start, used, finished = time.perf_counter(), time.process_time(), asyncio.Event()
    tally = Tally(start + seconds)
    make: Callable[[], Connection] = lambda: Connection(request, tally, finished)  # noqa: E731
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.create_connection(make, "127.0.0.1", port) for _ in range(connections)))
    try:
        await asyncio.wait_for(finished.wait(), seconds + GRACE)
    except TimeoutError:
        tally.errors += tally.open
    wall = time.perf_counter() - start
    busy = (time.process_time() - used) / wall
    return {"seconds": tally.seconds, "errors": tally.errors, "wall": wall, "busy": busy}


def main(port: str, path: str, body: str, connections: str, seconds: str) -> None:
    result = uvloop.run(load(int(port), path, Path(body).read_bytes(), int(connections), float(seconds)))
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
