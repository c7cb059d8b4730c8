"""Request bodies: an image file in JSON, in a form, or as the body itself."""

import base64
import binascii
import json
import logging
from typing import Any, NoReturn

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from digits.errors import MalformedRequest, UnsupportedMediaType
from digits.http.problems import malformed_request
from digits.schemas import Drawing

MAX_BODY = 1 << 20  # bytes; a 1000x1000 drawing is a tenth of it
UTF8_BOM = b"\xef\xbb\xbf"  # some editors write it in front of UTF-8
JSON = "application/json"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
IMAGES = ("image/png", "image/jpeg", "image/webp")
# Also accepted: the format is recognized by the content.
OTHER_IMAGES = ("image/jpg", "image/pjpeg", "image/x-png", "application/octet-stream")
MAX_FIELDS = 8  # of a form, which needs one
logging.getLogger("python_multipart").setLevel(
    logging.ERROR
)  # it logs a warning for each malformed form, which is a 400
DRAWING_EXAMPLE = 'Send {"drawing_data": "data:image/png;base64,..."}.'


async def read_image(request: Request) -> bytes:
    """Read the image file from a body: JSON with `drawing_data`, or the file itself.

    Raises MalformedRequest, UnsupportedMediaType, and TooLarge (`LimitsMiddleware`).
    """
    media = media_type(request)
    if media in IMAGES or media in OTHER_IMAGES:
        return await request.body()
    if media == JSON:
        return decode_drawing(parse_drawing(await request.body()))
    raise UnsupportedMediaType(
        f"Content-Type is {media or 'missing'}. Send {JSON} with drawing_data, or one of {', '.join(IMAGES)}."
    )


async def read_image_or_form(request: Request) -> bytes:
    """Read the image file as the original application did: from the field `drawing_data` of a form, or as `read_image`.

    The field is text (a data URL) or a file part.
    """
    if media_type(request) not in FORMS:
        return await read_image(request)
    try:
        async with request.form(max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_BODY) as form:
            field = form.get("drawing_data", "")
            return decode_drawing(field) if isinstance(field, str) else await field.read()
    except (HTTPException, ValueError) as error:  # ValueError: a charset such as `undefined`, or with a null character
        reason = error.detail.rstrip(".") if isinstance(error, HTTPException) else "its charset is unknown"
        raise MalformedRequest(f"The form cannot be read: {reason}. Send one field, drawing_data.") from None


def decode_drawing(text: str) -> bytes:
    """Decode `data:image/png;base64,...` or plain base64. Raises MalformedRequest."""
    encoded = text.partition(",")[2] if text.startswith("data:") else text
    encoded = encoded.strip().replace(" ", "+").replace("\n", "").replace("\r", "")  # + in query strings; line breaks
    if not encoded:
        raise MalformedRequest("drawing_data is missing or empty. Send the image in it, as a data URL in base64.")
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedRequest("drawing_data is not base64. Send what canvas.toDataURL() returns.") from None


def parse_drawing(body: bytes) -> str:
    """Read `drawing_data` from JSON. Raises MalformedRequest."""
    try:
        return Drawing.model_validate(parse_json(body)).drawing_data
    except ValidationError as error:
        raise malformed_request(error, DRAWING_EXAMPLE) from None


def media_type(request: Request) -> str:
    """Return the Content-Type without its parameters, in lower case; empty if it is missing."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def parse_json(body: bytes) -> Any:
    """Parse JSON strictly (RFC 8259): UTF-8, no NaN, no duplicate names. Raises MalformedRequest."""
    try:
        return STRICT.decode(body.removeprefix(UTF8_BOM).decode())
    except (ValueError, RecursionError) as error:
        reason = str(error).partition(";")[0]  # Python adds advice for programmers after a semicolon
        raise MalformedRequest(f"The body is not JSON: {reason}. /api/docs shows what to send.") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a name occurs twice in one object")
    return fields


def _reject_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")


STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_reject_constant)
