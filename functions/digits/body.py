"""A request's body and content type come in; the bytes of the image that it carries go out."""

import base64
import binascii
import json
from urllib.parse import parse_qs

from starlette.requests import Request

from digits.errors import MalformedRequest, TooLarge, UnsupportedMediaType

MAX_BODY = 1 << 20  # bytes; a 1000x1000 drawing is a tenth of it
IMAGES = ("image/png", "image/jpeg", "image/webp")


async def read(request: Request) -> bytes:
    """Read the body, at most MAX_BODY bytes of it. Raises TooLarge, before reading where a length is announced."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and float(announced) > MAX_BODY:
        raise _too_large()
    chunks: list[bytes] = []
    size, more = 0, True
    while more:  # Starlette's `stream`, an asynchronous generator, takes twice as long over the one chunk of Lambda
        message = await request.receive()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BODY:
            raise _too_large()
        more = message.get("more_body", False)
    return b"".join(chunks)


def _too_large() -> TooLarge:
    return TooLarge(f"The body is larger than {MAX_BODY:,} bytes. Send a smaller image.")


def image_in(content_type: str, body: bytes) -> bytes:
    """Take the image out of a body: JSON with `drawing_data`, or the image file itself."""
    media = _media(content_type)
    if media in IMAGES:
        return body
    if media == "application/json":
        return from_data_url(_drawing_in_json(body))
    raise UnsupportedMediaType(
        f"Content-Type is {media or 'missing'}. Send application/json with drawing_data, or one of {', '.join(IMAGES)}."
    )


def image_in_form(content_type: str, body: bytes) -> bytes:
    """Take the image out of a body as the original application took it: `drawing_data` in a form or in JSON."""
    media = _media(content_type)
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


def _media(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _drawing_in_json(body: bytes) -> str:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _not_the_json(str(error)) from None
    drawing = fields.get("drawing_data") if isinstance(fields, dict) else None
    if not isinstance(drawing, str):
        raise _not_the_json("drawing_data is missing or not a string")
    return drawing


def _not_the_json(reason: str) -> MalformedRequest:
    return MalformedRequest(f'The body is not {{"drawing_data": "data:image/png;base64,..."}}: {reason}.')


def _drawing_in_multipart(content_type: str, body: bytes) -> str:
    import email.parser  # milliseconds that only an old-fashioned form needs
    import email.policy

    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    for part in message.iter_parts():
        if part.get_param("name", header="content-disposition") == "drawing_data":
            return str(part.get_payload())
    return ""
