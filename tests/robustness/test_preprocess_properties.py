"""Property-based tests (hypothesis) of decoding, preprocessing and request bodies."""

import io
import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from starlette.requests import Request
from starlette.types import Message

from digits.decode import decode
from digits.errors import DigitsError, MalformedRequest, NotAnImage, NothingDrawn, TooLarge
from digits.http.body import decode_drawing, read_image, read_image_or_form
from digits.preprocess import CENTER, DIGIT, SIZE, Picture, normalize
from tests.support.coroutine import run

MODES = ("1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "I;16", "F", "RGBX", "PA")
FORMATS = {"PNG": ("1", "L", "P", "LA", "RGB", "RGBA", "I;16"), "JPEG": ("L", "RGB", "CMYK"), "WEBP": ("RGB", "RGBA")}
MEDIA = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "image/png")
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
BODIES = st.binary(max_size=300) | VALUES.map(lambda value: json.dumps({"drawing_data": value}).encode())


@st.composite
def levels(draw: st.DrawFn, most: int = 64) -> NDArray[np.uint8]:
    """Generate a grayscale picture (height, width) uint8: one level, noise, sparse dots, lines or a gradient."""
    height, width = draw(st.integers(1, most)), draw(st.integers(1, most))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    low, high = sorted((draw(st.integers(0, 255)), draw(st.integers(0, 255))))
    kind = draw(st.sampled_from(("constant", "noise", "sparse", "lines", "gradient")))
    if kind == "lines":
        picture = Image.new("L", (width, height), low)
        points = [(int(x), int(y)) for x, y in random.integers(0, (width, height), (5, 2))]
        ImageDraw.Draw(picture).line(points, high, draw(st.integers(1, 8)))
        return np.asarray(picture)
    return {
        "constant": np.full((height, width), low),
        "noise": random.integers(low, high + 1, (height, width)),
        "sparse": np.where(random.random((height, width)) < 0.01, high, low),
        "gradient": np.linspace(low, high, height * width).reshape(height, width),
    }[kind].astype(np.uint8)


@st.composite
def images(draw: st.DrawFn, modes: tuple[str, ...] = MODES) -> Image.Image:
    """Generate a picture of any mode with independent channels."""
    mode = draw(st.sampled_from(modes))
    gray = draw(levels())
    if mode == "F":
        scale = draw(st.sampled_from((1 / 255, 1, 1e30, float("nan"), float("inf"), -1)))
        with np.errstate(invalid="ignore"):
            return Image.fromarray(gray.astype(np.float32) * np.float32(scale))
    if mode == "I":
        return Image.fromarray(gray.astype(np.int32) * draw(st.sampled_from((1, 257, 2**23, -1))))
    if mode == "I;16":
        return Image.fromarray(gray.astype(np.uint16) * draw(st.sampled_from((1, 16, 257))))
    if mode in ("1", "P"):
        return Image.fromarray(gray).convert(mode)
    channels = Image.new(mode, (1, 1)).getbands()
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    choice = (gray, 255 - gray, np.full_like(gray, 255), gray[::-1].copy(), np.zeros_like(gray))
    return Image.merge(mode, [Image.fromarray(choice[random.integers(len(choice))]) for _ in channels])


@st.composite
def drawings(draw: st.DrawFn) -> Image.Image:
    """Generate pen lines with a margin, white on black: an L image."""
    side = draw(st.integers(60, 300))
    coordinate = st.integers(side // 6, side - side // 6)
    points = draw(st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=6, unique=True))
    assume(max(np.ptp(np.array(points), axis=0)) >= side / 4)
    picture = Image.new("L", (side, side))
    ImageDraw.Draw(picture).line(points, 255, max(3, side // 14), "curve")
    return picture


def assert_normalized(picture: Picture) -> None:
    """Assert (28, 28) uint8, longer side at most 20, center of mass at most a pixel from CENTER unless at an edge."""
    assert picture.shape == (SIZE, SIZE)
    assert picture.dtype == np.uint8
    rows, columns = np.nonzero(picture)
    assert 1 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= DIGIT
    mass = picture.astype(float) / picture.sum()
    for indices, weights in ((rows, mass.sum(axis=1)), (columns, mass.sum(axis=0))):
        clamped = indices.min() == 0 or indices.max() == SIZE - 1
        assert clamped or abs(weights @ np.arange(SIZE) - CENTER) <= 1


def difference(a: Image.Image, b: Image.Image) -> int:
    """Return the largest difference of a pixel of two normalized pictures, in gray levels."""
    return int(np.abs(normalize(a).astype(int) - normalize(b).astype(int)).max())


def mean_difference(a: Image.Image, b: Image.Image) -> float:
    """Return the mean difference, in gray levels, up to a shift by one pixel (rounding of the center)."""
    one, other = normalize(a).astype(int), normalize(b).astype(int)
    shifts = [(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)]
    return min(float(np.abs(np.roll(one, shift, (0, 1)) - other).mean()) for shift in shifts)


def encoded(picture: Image.Image, format: str, quality: int = 75) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, quality=quality)
    return file.getvalue()


@settings(max_examples=10 * settings().max_examples)
@given(images())
@pytest.mark.slow
def test_any_picture_is_normalized_or_raises_nothing_drawn(image: Image.Image) -> None:
    try:
        picture = normalize(image)
    except NothingDrawn:
        return
    assert_normalized(picture)


@given(st.data(), st.sampled_from(sorted(FORMATS)))
def test_any_written_file_is_decoded_at_its_size(data: st.DataObject, format: str) -> None:
    image = data.draw(images(FORMATS[format]))
    read = decode(encoded(image, format))
    assert read.size == image.size
    try:
        assert_normalized(normalize(read))
    except NothingDrawn:
        return


@given(st.sampled_from(sorted(FORMATS)), drawings(), st.data())
def test_damaged_file_is_decoded_or_raises_a_documented_error(
    format: str, drawing: Image.Image, data: st.DataObject
) -> None:
    content = bytearray(encoded(drawing.convert("RGB"), format))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, 2 * len(content))) :]
    try:
        assert_normalized(normalize(decode(bytes(content))))
    except (NotAnImage, TooLarge, NothingDrawn):
        return


@given(st.sampled_from((b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8 ")), st.binary(max_size=500))
def test_random_bytes_raise_not_an_image_or_too_large(start: bytes, rest: bytes) -> None:
    try:
        decode(start + rest)
    except (NotAnImage, TooLarge):
        return
    raise AssertionError("read as an image")


@given(drawings(), st.integers(0, 200), st.integers(0, 200), st.integers(0, 200), st.integers(0, 200))
def test_shift_and_margin_give_the_same_picture(
    drawing: Image.Image, left: int, top: int, right: int, bottom: int
) -> None:
    moved = Image.new("L", (drawing.width + left + right, drawing.height + top + bottom))
    moved.paste(drawing, (left, top))
    assert difference(moved, drawing) <= 1  # Pillow averages blocks of pixels from the edge of the image


@given(drawings(), st.integers(2, 5))
def test_enlarged_pixels_give_a_similar_picture(drawing: Image.Image, times: int) -> None:
    larger = drawing.resize((drawing.width * times, drawing.height * times), Image.Resampling.NEAREST)
    assert mean_difference(larger, drawing) <= 8  # an edge moves by less than a pixel of the smaller one


@given(drawings(), st.integers(0, 255), st.integers(0, 255))
def test_polarity_and_contrast_give_a_similar_picture(drawing: Image.Image, ink: int, paper: int) -> None:
    assume(abs(ink - paper) >= 32)
    assert mean_difference(drawing.point([paper + (ink - paper) * level // 255 for level in range(256)]), drawing) <= 2


@given(drawings(), st.tuples(*[st.integers(0, 255)] * 3), st.tuples(*[st.integers(0, 255)] * 3))
def test_colors_of_ink_and_paper_give_a_similar_picture(
    drawing: Image.Image, ink: tuple[int, int, int], paper: tuple[int, int, int]
) -> None:
    tones = [Image.new("RGB", (1, 1), color).convert("L").getpixel((0, 0)) for color in (ink, paper)]
    assume(abs(int(tones[0]) - int(tones[1])) >= 64)  # type: ignore[arg-type]
    colored = Image.new("RGB", drawing.size, paper)
    colored.paste(ink, mask=drawing)
    assert mean_difference(colored, drawing) <= 2


@given(drawings(), st.tuples(*[st.integers(0, 255)] * 3))
def test_transparent_background_becomes_paper_for_any_ink(drawing: Image.Image, ink: tuple[int, int, int]) -> None:
    stencil = Image.new("RGBA", drawing.size, ink)
    stencil.putalpha(drawing)
    assert difference(stencil, drawing) == 0


@given(drawings())
def test_opaque_alpha_channel_gives_the_same_picture(drawing: Image.Image) -> None:
    assert difference(drawing.convert("RGBA"), drawing) == 0
    assert difference(drawing.convert("LA"), drawing) == 0


@given(st.sampled_from(("PNG", "WEBP")), drawings())
def test_lossless_file_gives_the_same_picture(format: str, drawing: Image.Image) -> None:
    file = io.BytesIO()
    drawing.convert("RGB").save(file, format, lossless=True)
    assert difference(decode(file.getvalue()), drawing) == 0


@given(st.text() | st.text("data:image/png;base64,AB+/= \n\0"))
def test_any_text_is_decoded_or_rejected(text: str) -> None:
    try:
        assert isinstance(decode_drawing(text), bytes)
    except MalformedRequest:
        return


@given(st.sampled_from(MEDIA) | st.text(), BODIES)
def test_any_body_of_any_content_type_is_read_or_rejected(media: str, body: bytes) -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    scope = {"type": "http", "headers": [(b"content-type", media.encode())], "app": None}
    for read in (read_image, read_image_or_form):
        try:
            assert isinstance(run(read(Request(scope, receive))), bytes)
        except DigitsError:
            continue
