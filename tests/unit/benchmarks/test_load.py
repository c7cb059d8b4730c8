"""The load generator, against a server that is known."""

import asyncio
from contextlib import closing
from typing import Any

from benchmarks.http.load import load

ANSWER = b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\n{}"


def against(*statuses: int) -> dict[str, Any]:
    """Load a server that gives these statuses in turn, 0 for none at all, and then closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for status in statuses:
            await reader.readuntil(b"\r\n\r\nbody")
            await asyncio.sleep(0.002)
            if status:
                writer.write(ANSWER % status)
        writer.close()

    async def both() -> dict[str, Any]:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            return await load(server.sockets[0].getsockname()[1], "/predict", b"body", 2, 0.1)

    with closing(asyncio.new_event_loop()) as loop:  # asyncio.run would take the current loop from Mangum, unclosed
        return loop.run_until_complete(both())


def test_each_answer_has_its_time() -> None:
    result = against(*[200] * 1000)
    assert result["errors"] == 0
    assert 2 < len(result["seconds"]) <= 2 * 0.1 / 0.002
    assert min(result["seconds"]) >= 0.002
    assert 0.1 <= result["wall"] < 10
    assert 0 < result["busy"] < 1


def test_another_status_than_200_is_an_error_and_no_answer() -> None:
    result = against(200, *[500] * 1000)
    assert len(result["seconds"]) == 2
    assert result["errors"] > 2


def test_an_answer_that_never_comes_is_an_error() -> None:
    result = against(200, 0)
    assert (len(result["seconds"]), result["errors"]) == (2, 2)
