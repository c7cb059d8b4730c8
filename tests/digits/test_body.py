import json

import pytest

from digits.body import from_data_url, image_in, image_in_form
from digits.errors import MalformedRequest, UnsupportedMediaType
from tests.pictures import data_url, encode, seven

PNG = encode(seven())
URL = data_url(PNG)


def test_json_with_a_data_url() -> None:
    assert image_in("application/json; charset=utf-8", json.dumps({"drawing_data": URL}).encode()) == PNG


def test_json_with_bare_base64() -> None:
    assert image_in("Application/JSON", json.dumps({"drawing_data": URL.partition(",")[2]}).encode()) == PNG


@pytest.mark.parametrize("media", ["image/png", "image/jpeg", "image/webp"])
def test_the_image_itself(media: str) -> None:
    assert image_in(media, PNG) == PNG


def test_spaces_of_a_query_string_were_plus_signs() -> None:
    assert "+" in URL
    assert from_data_url(URL.replace("+", " ")) == PNG


def test_base64_in_lines() -> None:
    assert from_data_url("\n".join(URL[i : i + 76] for i in range(0, len(URL), 76))) == PNG


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b"[]", "missing or not a string"),
        (b"{}", "missing or not a string"),
        (b'{"drawing_data": 7}', "missing or not a string"),
        (b'{"drawing_data": "\xff"}', "utf-8"),
        (b"[" * 100_000, "recursion"),
    ],
)
def test_json_of_another_form_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(MalformedRequest, match=reason):
        image_in("application/json", body)


@pytest.mark.parametrize("text", ["", "  ", "data:image/png;base64,", "data:image/png"])
def test_an_empty_drawing_is_refused(text: str) -> None:
    with pytest.raises(MalformedRequest, match="missing or empty"):
        from_data_url(text)


@pytest.mark.parametrize("text", ["data:image/png;base64,!!!!", "abc", "héllo", "data:text/plain,hello world", "\0"])
def test_what_is_not_base64_is_refused(text: str) -> None:
    with pytest.raises(MalformedRequest, match="not base64"):
        from_data_url(text)


@pytest.mark.parametrize("media", ["", "text/plain", "image/gif", "application/x-www-form-urlencoded"])
def test_other_media_types_are_refused(media: str) -> None:
    with pytest.raises(UnsupportedMediaType, match="application/json"):
        image_in(media, PNG)


def test_the_original_forms() -> None:
    quoted = URL.replace("+", "%2B")
    multipart = f'--b\r\nContent-Disposition: form-data; name="drawing_data"\r\n\r\n{URL}\r\n--b--\r\n'
    for media, body in (
        ("application/x-www-form-urlencoded", f"drawing_data={quoted}"),
        ("multipart/form-data; boundary=b", multipart),
        ("application/json", json.dumps({"drawing_data": URL})),
    ):
        assert image_in_form(media, body.encode()) == PNG


@pytest.mark.parametrize("media", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
@pytest.mark.parametrize("body", [b"", b"a=b", b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n--b--'])
def test_a_form_without_a_drawing_is_refused(media: str, body: bytes) -> None:
    with pytest.raises(MalformedRequest, match="missing or empty"):
        image_in_form(media, body)
