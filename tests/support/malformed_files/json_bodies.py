"""JSON bodies with a picture: valid, unusual and malformed."""

import base64
import json
from collections.abc import Iterator
from urllib.parse import quote

from tests.support.malformed_files.case import CORRUPT, JSON, NOT_AN_IMAGE, Case, colored, read, rejected
from tests.support.pictures import data_url, encode

PNG = encode(colored())
URL = data_url(PNG)
BARE = base64.b64encode(PNG).decode()


def wrapped(drawing: object, **others: object) -> bytes:
    return json.dumps({"drawing_data": drawing, **others}).encode()


def accepted() -> Iterator[Case]:
    yield read("JSON with a data URL", wrapped(URL), JSON)
    yield read("JSON with bare base64", wrapped(BARE), JSON)
    yield read("JSON with lines", wrapped("\r\n".join(BARE[i : i + 76] for i in range(0, len(BARE), 76))), JSON)
    yield read("JSON with spaces around", wrapped(f"  {BARE}\n"), JSON)
    yield read("JSON with spaces for plus signs", wrapped(URL.replace("+", " ")), JSON)
    yield read("JSON with a URL of another format", wrapped(URL.replace("image/png", "image/gif")), JSON)
    yield read("JSON with a URL of no format", wrapped(f"data:;base64,{BARE}"), JSON)
    yield read("JSON with parameters in the URL", wrapped(f"data:image/png;name=7.png;base64,{BARE}"), JSON)
    yield read("JSON with unknown fields", wrapped(URL, model="tree", nested={"a": [1, {"b": None}]}), JSON)
    yield read("JSON with a charset", wrapped(URL), "application/json; charset=utf-8")
    yield read("JSON with escaped letters", b'{"drawing_\\u0064ata": "' + URL.encode() + b'"}', JSON)
    yield read("JSON with a mark of UTF-8", b"\xef\xbb\xbf" + wrapped(URL), JSON)
    yield read("JSON with white space", b"\n\t " + wrapped(URL) + b"\r\n  ", JSON)


def not_base64() -> Iterator[Case]:
    for name, drawing in {
        "URL-safe base64": base64.urlsafe_b64encode(b"\xfb\xff\xfe" + PNG).decode(),
        "a quoted URL": quote(URL),
        "a data URL without base64": f"data:image/png,{quote(PNG)}",
        "base64 without its padding": BARE.rstrip("=")[:-1],
        "a zero in it": BARE[:8] + "\0" + BARE[8:],
        "an umlaut": "ü" + BARE,
        "half a surrogate": "\ud83d" + BARE,
        "a right-to-left mark": "\u202e" + BARE,
        "an address": "https://example.org/seven.png",
        "a path": "../../etc/passwd",
        "HTML": "<img src=x onerror=alert(1)>",
        "two data URLs": f"{URL},{URL}",
        "= alone": "====",
    }.items():
        yield rejected(f"JSON with {name}", wrapped(drawing), "not base64", JSON, 400)
    for name, drawing in {
        "nothing": "",
        "spaces": " \n ",
        "a data URL of nothing": "data:image/png;base64,",
        "data": "data:",
    }.items():
        yield rejected(f"JSON with {name} in drawing_data", wrapped(drawing), "missing or empty", JSON, 400)
    yield rejected("JSON with base64 of base64", wrapped(base64.b64encode(BARE.encode()).decode()), NOT_AN_IMAGE, JSON)
    yield rejected("JSON with base64 of JSON", wrapped(base64.b64encode(wrapped(URL)).decode()), NOT_AN_IMAGE, JSON)
    yield rejected("JSON with half a picture", wrapped(data_url(PNG[: len(PNG) // 2])), CORRUPT, JSON)


def not_valid_json() -> Iterator[Case]:
    for name, drawing in {
        "null": None,
        "a number": 7,
        "a huge number": 10**400,
        "true": True,
        "a list": [URL],
        "pixels": [[0, 255], [255, 0]],
        "an object": {"drawing_data": URL},
    }.items():
        yield rejected(
            f"JSON with {name} for drawing_data",
            wrapped(drawing),
            "drawing_data: Input should be a valid string",
            JSON,
            400,
        )
    for name, content in {
        "null": b"null",
        "a number": b"7",
        "a string": json.dumps(URL).encode(),
        "a list": json.dumps([URL]).encode(),
    }.items():
        yield rejected(f"JSON of {name}", content, "The body should be a JSON object", JSON, 400)
    for name, content in {
        "an empty object": b"{}",
        "another field": json.dumps({"image": URL}).encode(),
        "the field in capitals": json.dumps({"DRAWING_DATA": URL}).encode(),
        "a path of fields": json.dumps({"data": {"drawing_data": URL}}).encode(),
    }.items():
        yield rejected(f"JSON of {name}", content, "drawing_data: Field required", JSON, 400)
    for name, content in {
        "an empty body": b"",
        "white space alone": b" \n",
        "two objects": 2 * wrapped(URL),
        "one quote mark": b"{'drawing_data': 'a'}",
        "a comma at the end": b'{"drawing_data": "a",}',
        "a comment": b'{"drawing_data": "a"} // seven',
        "no end": wrapped(URL)[:-1],
        "half of the text": wrapped(URL)[:99],
        "a control character": b'{"drawing_data": "a\nb"}',
        "an escape that there is not": b'{"drawing_data": "\\x41"}',
        "lists in lists": b"[" * 100_000,
        "objects in objects": b'{"a":' * 100_000,
        "closed lists in lists": b"[" * 100_000 + b"]" * 100_000,
        "UTF-16": wrapped(URL).decode().encode("utf-16"),
        "UTF-32": wrapped(URL).decode().encode("utf-32"),
        "Latin-1": '{"drawing_data": "ü"}'.encode("latin-1"),
        "bytes that are no text": b'{"drawing_data": "\xff\xfe"}',
        "a form": b"drawing_data=" + quote(URL).encode(),
        "XML": b"<drawing_data>a</drawing_data>",
        "a number of 100,000 digits": b'{"drawing_data": ' + b"9" * 100_000 + b"}",
    }.items():
        yield rejected(f"JSON of {name}", content, "not JSON", JSON, 400)
    same = f'"drawing_data": "{URL}"'
    yield rejected("JSON with the field twice", f"{{{same}, {same}}}".encode(), "occurs twice", JSON, 400)
    for number in ("NaN", "Infinity", "-Infinity"):
        yield rejected(f"JSON with {number}", f'{{{same}, "a": {number}}}'.encode(), "not a number", JSON, 400)


FAMILIES = (accepted, not_base64, not_valid_json)
