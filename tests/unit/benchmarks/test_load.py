"""Load generator against a test server."""

import asyncio
from contextlib import closing
from typing import Any

from benchmarks.http.load import load

RESPONSE = b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\n{}"


def against(*statuses: int) -> dict[str, Any]:
    """Load a server that returns these statuses in order, 0 for no response, and then closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for status in statuses:
            await reader.readuntil(b"\r\n\r\nbody")
            await asyncio.sleep(0.002)
            if status:
                writer.write(RESPONSE % status)
        writer.close()

    async def both() -> dict[str, Any]:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            return await load(server.sockets[0].getsockname()[1], "/predict", b"body", 2, 0.1)

    with closing(asyncio.new_event_loop()) as loop:  # asyncio.run would replace Mangum's loop without closing it
        return loop.run_until_complete(both())


def test_each_response_has_its_latency() -> None:
    result = against(*[200] * 1000)
    assert result["errors"] == 0
    assert 2 < len(result["seconds"]) <= 2 * 0.1 / 0.002
    assert min(result["seconds"]) >= 0.002
    assert 0.1 <= result["wall"] < 10
    assert 0 < result["busy"] < 1


def test_status_other_than_200_is_an_error() -> None:
    result = against(200, *[500] * 1000)
    assert len(result["seconds"]) == 2
    assert result["errors"] > 2


def test_missing_response_is_an_error() -> None:
    result = against(200, 0)
    assert (len(result["seconds"]), result["errors"]) == (2, 2)
