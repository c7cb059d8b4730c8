"""The clients, against a server that is known: what is wrong and what is lost is seen."""

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

CASE = Case("asked", httpx2.Request("POST", "http://127.0.0.1/a?b=c", content=b"body"), 200, "text/plain", b"right")
RIGHT = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nX-Request-Id: %d\r\n\r\nright"

HANG_UP = b"before the request is whole"
CUT = [HANG_UP, b"", RIGHT[:30], (RIGHT % 2)[:-1]]


def against(*answers: bytes) -> tuple[Tally, list[bytes]]:
    """Let one client ask a server that gives these answers in turn, and ends the connection after one of CUT."""
    tally, asked, left = Tally(), [], list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while left:
            if left[0] == HANG_UP:
                left.pop(0)
                await reader.readexactly(1)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                break
            asked.append(await reader.readuntil(b"body"))
            writer.write(answer := left.pop(0))
            if answer in CUT:
                break
        writer.close()

    async def both() -> None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            client = Client(server.sockets[0].getsockname()[1], [CASE], Random(0), tally)
            for _ in answers:
                await client.once()
            client.close()

    with closing(uvloop.new_event_loop()) as loop:  # asyncio.run would take the current loop from Mangum, unclosed
        loop.run_until_complete(both())
    return tally, asked


def test_right_answers_are_counted() -> None:
    tally, asked = against(RIGHT % 1, RIGHT % 2)
    assert (tally.right, tally.wrong, tally.lost) == (2, [], [])
    assert asked == [b"POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n\r\nbody"] * 2
    assert len(tally.seconds) == 2
    assert tally.summary()["failures"] == []


@pytest.mark.parametrize(
    ("old", "new"), [(b"200", b"500"), (b"right", b"wrong"), (b"plain", b"html"), (b"X-Request-Id: 2", b"No-Name: 2")]
)
def test_another_status_content_type_or_no_name_is_wrong(old: bytes, new: bytes) -> None:
    tally, _ = against(RIGHT % 1, (RIGHT % 2).replace(old, new))
    assert (tally.right, len(tally.wrong), tally.lost) == (1, 1, [])
    assert tally.summary()["failures"] == tally.wrong


def test_the_name_of_another_answer_is_wrong() -> None:
    tally, _ = against(RIGHT % 1, RIGHT % 1)
    assert (tally.right, tally.wrong) == (1, ["wrong: asked: its X-Request-Id is 1"])


@pytest.mark.parametrize("cut", CUT)
def test_an_answer_that_is_cut_is_lost_and_the_next_request_gets_a_connection(cut: bytes) -> None:
    tally, _ = against(RIGHT % 1, cut, RIGHT % 2)
    assert (tally.right, tally.wrong, len(tally.lost)) == (2, [], 1)
    assert tally.summary()["failures"] == [what for _, what in tally.lost]


def test_an_answer_that_comes_too_late_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "PATIENCE", 0.05)
    tally, _ = against(RIGHT % 1, b"HTTP/1.1 200", RIGHT % 2)
    assert (tally.right, tally.wrong, len(tally.lost)) == (2, [], 1)
