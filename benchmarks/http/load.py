"""Closed-loop HTTP load generator: each connection sends its next request when it has received a response.

`python -m benchmarks.http.load PORT PATH BODY CONNECTIONS SECONDS` prints one JSON object. wrk 4 is not used: it adds
latencies that were not measured (its correction for coordinated omission).
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

GRACE = 60  # seconds for the last responses; TensorFlow's can be slow


@dataclass
class Tally:
    """Results of all connections."""

    end: float  # of time.perf_counter; no request starts later
    open: int = 0
    seconds: list[float] = field(default_factory=list)
    errors: int = 0


class Connection(asyncio.Protocol):
    """One client, which sends requests one after another."""

    def __init__(self, request: bytes, tally: Tally, finished: asyncio.Event) -> None:
        self.request, self.tally, self.finished = request, tally, finished
        tally.open += 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's class is not a subclass
        self.send()

    def send(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.sent = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        if self.parser.get_status_code() == 200:
            self.tally.seconds.append(now - self.sent)
        else:
            self.tally.errors += 1
        if now < self.tally.end and self.parser.should_keep_alive():
            self.send()
        else:
            self.sent = 0
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.tally.errors += bool(self.sent)  # a response was due
        self.tally.open -= 1
        if not self.tally.open:
            self.finished.set()


async def load(port: int, path: str, body: bytes, connections: int, seconds: float) -> dict[str, Any]:
    """Send requests for `seconds`. Return the latencies in seconds, errors, wall time and this process's CPU share."""
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
