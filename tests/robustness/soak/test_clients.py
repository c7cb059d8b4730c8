"""Clients of the load test against a test server: correct, wrong and lost responses."""

import asyncio
import socket
import struct
from contextlib import closing
from random import Random

import httpx2
import pytest
import uvloop

from tests.support.soak import clients
from tests.support.soak.cases import Case
from tests.support.soak.clients import Client
from tests.support.soak.tally import Tally

CASE = Case("case", httpx2.Request("POST", "http://127.0.0.1/a?b=c", content=b"body"), 200, "text/plain", b"right")
RIGHT = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nX-Request-Id: %d\r\n\r\nright"

HANG_UP = b"before the end of the request"
CUT = [HANG_UP, b"", RIGHT[:30], (RIGHT % 2)[:-1]]


def against(*responses: bytes) -> tuple[Tally, list[bytes]]:
    """Send requests of one client to a server that returns these responses, and disconnects after one of CUT."""
    tally, requests, left = Tally(), [], list(responses)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while left:
            if left[0] == HANG_UP:
                left.pop(0)
                await reader.readexactly(1)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                break
            requests.append(await reader.readuntil(b"body"))
            writer.write(response := left.pop(0))
            if response in CUT:
                break
        writer.close()

    async def both() -> None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            client = Client(server.sockets[0].getsockname()[1], [CASE], Random(0), tally)
            for _ in responses:
                await client.send_one()
            client.close()

    with closing(uvloop.new_event_loop()) as loop:  # asyncio.run would replace Mangum's loop without closing it
        loop.run_until_complete(both())
    return tally, requests


def test_correct_responses_are_counted() -> None:
    tally, requests = against(RIGHT % 1, RIGHT % 2)
    assert (tally.correct, tally.wrong, tally.lost) == (2, [], [])
    assert requests == [b"POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n\r\nbody"] * 2
    assert len(tally.seconds) == 2
    assert tally.summary()["failures"] == []


@pytest.mark.parametrize(
    ("old", "new"), [(b"200", b"500"), (b"right", b"wrong"), (b"plain", b"html"), (b"X-Request-Id: 2", b"No-Name: 2")]
)
def test_other_status_content_type_or_missing_id_is_wrong(old: bytes, new: bytes) -> None:
    tally, _ = against(RIGHT % 1, (RIGHT % 2).replace(old, new))
    assert (tally.correct, len(tally.wrong), tally.lost) == (1, 1, [])
    assert tally.summary()["failures"] == tally.wrong


def test_repeated_request_id_is_wrong() -> None:
    tally, _ = against(RIGHT % 1, RIGHT % 1)
    assert (tally.correct, tally.wrong) == (1, ["wrong: case: its X-Request-Id is 1"])


@pytest.mark.parametrize("cut", CUT, ids=["request", "nothing", "headers", "content"])
def test_cut_response_is_lost_and_the_client_reconnects(cut: bytes) -> None:
    tally, _ = against(RIGHT % 1, cut, RIGHT % 2)
    assert (tally.correct, tally.wrong, len(tally.lost)) == (2, [], 1)
    assert tally.summary()["failures"] == [what for _, what in tally.lost]


def test_late_response_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "REQUEST_TIMEOUT", 0.5)
    tally, _ = against(RIGHT % 1, b"HTTP/1.1 200", RIGHT % 2)
    assert (tally.correct, tally.wrong, len(tally.lost)) == (2, [], 1)
