"""JSON bodies with `drawing_data`, and its base64; test_api tests content types and forms."""

import json

import pytest

from digits.errors import MalformedRequest
from digits.http.body import decode_drawing, parse_drawing, parse_json
from tests.support.pictures import data_url, encode, seven

PNG = encode(seven())
URL = data_url(PNG)
BASE64 = URL.partition(",")[2]


@pytest.mark.parametrize(
    "text",
    [
        URL,
        BASE64,
        f"data:;base64,{BASE64}",
        f" {BASE64}\n",
        "\r\n".join(BASE64[i : i + 76] for i in range(0, 5000, 76)),
    ],
)
def test_data_url_or_base64_is_decoded(text: str) -> None:
    assert decode_drawing(text) == PNG


def test_spaces_in_query_string_are_read_as_plus_signs() -> None:
    assert "+" in URL
    assert decode_drawing(URL.replace("+", " ")) == PNG


@pytest.mark.parametrize("text", ["", "  ", "data:image/png;base64,", "data:image/png"])
def test_empty_drawing_is_rejected(text: str) -> None:
    with pytest.raises(MalformedRequest, match=r"missing or empty\. Send the image in it"):
        decode_drawing(text)


@pytest.mark.parametrize(
    "text", ["data:image/png;base64,!!!!", "abc", "héllo", "data:text/plain,hello world", "\0", "\ud800"]
)
def test_drawing_that_is_not_base64_is_rejected(text: str) -> None:
    with pytest.raises(MalformedRequest, match=r"not base64\. Send what"):
        decode_drawing(text)


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_json_with_drawing_data_is_read(bom: bytes) -> None:
    assert parse_drawing(bom + json.dumps({"drawing_data": URL, "other": None}).encode()) == URL


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[]", r"^The body should be a JSON object\. Send {"),
        (b"null", r"^The body should be a JSON object\. Send {"),
        (b"{}", r"^drawing_data: Field required\. Send {"),
        (b'{"drawing_data": 7}', r"^drawing_data: Input should be a valid string\. Send {"),
        (b'{"drawing_data": null}', r"^drawing_data: Input should be a valid string\. Send {"),
    ],
)
def test_json_without_drawing_data_is_rejected(body: bytes, reason: str) -> None:
    with pytest.raises(MalformedRequest, match=reason):
        parse_drawing(body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b'{"a": "\xff"}', "utf-8"),
        (b"[" * 100_000, "recursion"),
        (b'{"a": {"b": 1, "b": 1}}', "a name occurs twice"),
        (b"[NaN]", "NaN is not a number"),
        (b"[-Infinity]", "-Infinity is not a number"),
        (b"9" * 5_000, r"Exceeds the limit \(4300 digits\) for integer string conversion: value has 5000 digits\."),
    ],
)
def test_invalid_json_is_rejected(body: bytes, reason: str) -> None:
    with pytest.raises(MalformedRequest, match=rf"^The body is not JSON: .*{reason}.*/api/docs shows what to send\.$"):
        parse_json(body)
