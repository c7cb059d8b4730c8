"""Coverage-guided fuzz test (atheris, libFuzzer) of the request body parsers."""

import warnings

import atheris

with atheris.instrument_imports(
    include=["digits.http.body", "json", "urllib.parse", "base64", "python_multipart", "starlette.formparsers"]
):
    from digits.errors import DigitsError
    from digits.http import body

from starlette.requests import Request
from starlette.types import Message

from tests.support.coroutine import run

MEDIA_TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "image/png")

warnings.simplefilter("error")


def target(data: bytes) -> None:
    """Parse the bytes as a body of each content type, as a query, and as a content type."""

    async def receive() -> Message:
        return {"type": "http.request", "body": data}

    for media in (*(media.encode() for media in MEDIA_TYPES), data):
        for read in (body.read_image, body.read_image_or_form):
            scope = {"type": "http", "headers": [(b"content-type", media)], "app": None}
            try:
                assert isinstance(run(read(Request(scope, receive))), bytes)
            except DigitsError:
                continue
    try:
        assert isinstance(body.decode_drawing(data.decode("utf-8", "surrogateescape")), bytes)
    except DigitsError:
        return
