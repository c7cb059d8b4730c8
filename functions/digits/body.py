"""A request's body and content type come in; the bytes of the image that it carries go out."""

import base64
import binascii
import json
from typing import Any, NoReturn
from urllib.parse import parse_qs

from starlette.requests import Request

from digits.errors import MalformedRequest, TooLarge, UnsupportedMediaType

MAX_BODY = 1 << 20  # bytes; a 1000x1000 drawing is a tenth of it
BOM = b"\xef\xbb\xbf"  # that some editors put before UTF-8
IMAGES = ("image/png", "image/jpeg", "image/webp")


async def read(request: Request, limit: int = MAX_BODY) -> bytes:
    """Read the body, at most `limit` bytes of it.

    Raises TooLarge, before reading where a length is announced, and UnsupportedMediaType for a compressed body.
    """
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and float(announced) > limit:
        raise _too_large(limit)
    if (encoding := request.headers.get("content-encoding", "identity")).lower() != "identity":
        raise UnsupportedMediaType(f"Content-Encoding is {encoding}. Send the body as it is, without an encoding.")
    chunks: list[bytes] = []
    size, more = 0, True
    while more:  # Starlette's `stream`, an asynchronous generator, takes twice as long over the one chunk of Lambda
        message = await request.receive()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            raise _too_large(limit)
        more = message.get("more_body", False)
    return b"".join(chunks)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit:,} bytes. Send less in one request, or a smaller image.")


def image_in(content_type: str, body: bytes) -> bytes:
    """Take the image out of a body: JSON with `drawing_data`, or the image file itself."""
    media = media_type(content_type)
    if media in IMAGES:
        return body
    if media == "application/json":
        return from_data_url(_drawing_in_json(body))
    raise UnsupportedMediaType(
        f"Content-Type is {media or 'missing'}. Send application/json with drawing_data, or one of {', '.join(IMAGES)}."
    )


def image_in_form(content_type: str, body: bytes) -> bytes:
    """Take the image out of a body as the original application took it: `drawing_data` in a form or in JSON."""
    media = media_type(content_type)
    if media == "application/x-www-form-urlencoded":
        fields = parse_qs(body.decode("ascii", "replace"))
        drawing = fields.get("drawing_data", [""])[0]
    elif media == "multipart/form-data":
        drawing = _drawing_in_multipart(content_type, body)
    else:
        return image_in(content_type, body)
    return from_data_url(drawing)


def from_data_url(text: str) -> bytes:
    """Decode `data:image/png;base64,...` or bare base64."""
    encoded = text.partition(",")[2] if text.startswith("data:") else text
    encoded = encoded.strip().replace(" ", "+").replace("\n", "").replace("\r", "")  # query strings; base64 in lines
    if not encoded:
        raise MalformedRequest("drawing_data is missing or empty. Put the image there, as a data URL in base64.")
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedRequest("drawing_data is not base64. Send what canvas.toDataURL() gives.") from None


def media_type(content_type: str) -> str:
    """Take the type out of a Content-Type, without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def parse_json(body: bytes) -> Any:
    """Parse JSON as RFC 8259 has it: UTF-8, no NaN, and no name twice. Raises MalformedRequest."""
    try:
        return STRICT.decode(body.removeprefix(BOM).decode())
    except (ValueError, RecursionError) as error:
        said = str(error).partition(";")[0]  # of a number of 5,000 digits, what Python's own programmers might do
        raise MalformedRequest(f"The body is not JSON: {said}. /api/docs shows what to send.") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return fields


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")


STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_number)


def _drawing_in_json(body: bytes) -> str:
    fields = parse_json(body)
    drawing = fields.get("drawing_data") if isinstance(fields, dict) else None
    if not isinstance(drawing, str):
        raise MalformedRequest(
            'drawing_data is missing or not a string. Send {"drawing_data": "data:image/png;base64,..."}.'
        )
    return drawing


def _drawing_in_multipart(content_type: str, body: bytes) -> str:
    """Find the field as browsers and curl write it (RFC 7578): the `email` package raises what it likes at others."""
    boundary = content_type.partition("boundary=")[2].partition(";")[0].strip(' "')
    for part in body.split(b"--" + boundary.encode("latin-1", "replace")):
        head, _, content = part.partition(b"\r\n\r\n")
        if b'name="drawing_data"' in head:
            return content.decode("ascii", "replace")
    return ""
