"""Image decoding and PNG encoding."""

import base64
import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from digits.decode import MAX_PIXELS, MAX_SCANS, as_data_url, decode, png
from digits.errors import NotAnImage, TooLarge
from tests.support.malformed_files.exif import ORIENTED
from tests.support.pictures import encode, seven

SIGNATURE = b"\x89PNG\r\n\x1a\n"
SHORT, LONG, ASCII = 3, 4, 2  # types of an EXIF value


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def with_chunk(added: bytes, side: int = 28) -> bytes:
    """A PNG of a seven with the chunk behind its IHDR."""
    whole = encode(seven(side))
    return whole[:33] + added + whole[33:]


def exif(orientation: int, kind: int = SHORT, order: str = "<") -> bytes:
    """An EXIF directory of two entries: an image width of 3, and the orientation."""
    width = struct.pack(order + "HHIHH", 0x0100, SHORT, 1, 3, 0)
    value = struct.pack(order + "HH", orientation, 0) if kind == SHORT else struct.pack(order + "I", orientation)
    header = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    return header + struct.pack(order + "H", 2) + width + struct.pack(order + "HHI", 0x0112, kind, 1) + value + bytes(4)


def pixels(image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(image.convert("L"))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_format_is_recognized_by_content(format: str) -> None:
    decoded = pixels(decode(encode(seven(), format)))
    assert np.abs(decoded.astype(int) - pixels(seven())).mean() < 1


@pytest.mark.parametrize("data", [b"", b"hello", b"GIF89a" + b"\0" * 40, b"<svg/>", b"RIFF\0\0\0\0WAVE"])
def test_other_data_raises_not_an_image(data: bytes) -> None:
    with pytest.raises(NotAnImage, match="Send a PNG, JPEG or WebP file"):
        decode(data)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_truncated_file_raises_not_an_image(format: str, share: float) -> None:
    whole = encode(seven(), format)
    with pytest.raises(NotAnImage, match="damaged or cut off"):
        decode(whole[: int(len(whole) * share)])


def test_palette_is_applied() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    decoded = decode(encode(image))
    assert decoded.mode == "RGB"
    assert np.asarray(decoded).tolist() == [[[10, 20, 30], [40, 50, 60]]]


def test_palette_with_transparency_becomes_rgba() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    file = io.BytesIO()
    image.save(file, "PNG", transparency=bytes([0, 128]))
    assert np.asarray(decode(file.getvalue())).tolist() == [[[10, 20, 30, 0], [40, 50, 60, 128]]]


def test_missing_palette_raises_not_an_image() -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 3, 0, 0, 0))
    with pytest.raises(NotAnImage, match="damaged"):
        decode(SIGNATURE + header + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND"))


@pytest.mark.parametrize("name", [b"tEXt", b"zTXt", b"iCCP", b"acTL", b"fcTL", b"gAMA", b"abCd", b"_tEX"])
def test_ignored_chunk_may_be_invalid(name: bytes) -> None:
    image = decode(with_chunk(chunk(name, b"?")))
    assert pixels(image).tolist() == pixels(seven(28)).tolist()
    assert image.info == {}


@pytest.mark.parametrize(
    "added",
    [
        chunk(b"tEXt", b"a\0b")[:-1] + b"?",
        chunk(b"\0\1\2\3"),
        chunk(b"IHDR", struct.pack(">IIBBBBB", 28, 28, 8, 0, 0, 0, 0)),
        b"\x7f\xff\xff\xfftEXt",
    ],
    ids=["wrong-checksum", "invalid-name", "second-header", "too-long"],
)
def test_invalid_chunk_raises_not_an_image(added: bytes) -> None:
    with pytest.raises(NotAnImage, match="damaged"):
        decode(with_chunk(added))


def test_wrong_checksum_of_pixels_raises_not_an_image() -> None:
    whole = encode(seven(28))
    end = whole.index(b"IEND") - 8  # the checksum of the last IDAT
    with pytest.raises(NotAnImage, match="damaged"):
        decode(whole[:end] + bytes(4) + whole[end + 4 :])


def test_pillow_globals_are_unchanged() -> None:
    script = """
from PIL import Image, PngImagePlugin
before = PngImagePlugin.PngStream, Image.MAX_IMAGE_PIXELS
from digits import decode, jpeg
assert (PngImagePlugin.PngStream, Image.MAX_IMAGE_PIXELS) == before
"""
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (4_000, 4_001), (65_536, 1), (1, 65_536)])
def test_oversized_png_raises_too_large(width: int, height: int) -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    with pytest.raises(TooLarge, match=f"{width} x {height} pixels. Send one of at most 16,000,000 pixels"):
        decode(SIGNATURE + header + chunk(b"IDAT") + chunk(b"IEND"))


def webp(name: bytes, data: bytes) -> bytes:
    data += bytes(32)
    body = b"WEBP" + name + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def extended(width: int, height: int) -> bytes:
    return webp(b"VP8X", bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"))


def lossy(width: int, height: int) -> bytes:
    return webp(b"VP8 ", b"\x30\1\0\x9d\x01\x2a" + struct.pack("<HH", width, height))


def lossless(width: int, height: int) -> bytes:
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", width - 1 | height - 1 << 14))


# Pillow's own limit is 179 million pixels.
@pytest.mark.parametrize("size", [(4000, 4001), (13000, 13000), (16383, 16383)])
@pytest.mark.parametrize("header", [extended, lossy, lossless])
def test_oversized_webp_raises_too_large_before_its_decoder_is_created(
    header: Callable[[int, int], bytes], size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("PIL.WebPImagePlugin._webp", None)
    with pytest.raises(TooLarge, match=f"{size[0]} x {size[1]}"):
        decode(header(*size))


@pytest.mark.parametrize("data", [extended(64, 64), webp(b"VP8 ", b"?"), webp(b"VP8L", b"?"), webp(b"ABCD", b"?")])
def test_damaged_webp_header_raises_not_an_image(data: bytes) -> None:
    with pytest.raises(NotAnImage, match="damaged"):
        decode(data)


def test_largest_image_is_decoded() -> None:
    assert decode(encode(Image.new("1", (4_000, MAX_PIXELS // 4_000)))).size == (4_000, 4_000)


def test_jpeg_with_too_many_scans_raises_too_large() -> None:
    with pytest.raises(TooLarge, match="100 scans"):
        decode(encode(seven(), "JPEG") + MAX_SCANS * b"\xff\xda")


def test_large_jpeg_is_decoded_at_reduced_size() -> None:
    photo = decode(encode(seven(3000, ink=40, paper=220), "JPEG"))
    assert photo.size == (1500, 1500)
    assert np.abs(pixels(photo).astype(int) - pixels(seven(1500, 40, 220))).mean() < 1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [SHORT, LONG])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int, kind: int, order: str) -> None:
    file = io.BytesIO()
    ORIENTED[orientation](seven(28)).save(file, "PNG", exif=exif(orientation, kind, order))
    assert pixels(decode(file.getvalue())).tolist() == pixels(seven(28)).tolist()


@pytest.mark.parametrize("format", ["JPEG", "WEBP"])
@pytest.mark.parametrize("kind", [SHORT, LONG])
def test_exif_orientation_of_photo_is_applied(format: str, kind: int) -> None:
    file = io.BytesIO()
    ORIENTED[6](seven()).save(file, format, exif=b"Exif\0\0" + exif(6, kind, ">"), quality=95)
    assert np.abs(pixels(decode(file.getvalue())).astype(int) - pixels(seven())).mean() < 1


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    "content",
    [b"hello", exif(0), exif(9), exif(0x10006, LONG), exif(6, ASCII), exif(6)[:6], exif(6)[:12], exif(6)[:-6]],
    ids=["garbage", "0", "9", "LONG-0x10006", "ASCII-6", "cut-header", "cut-first-entry", "cut-second-entry"],
)
def test_invalid_exif_leaves_image_unchanged(format: str, content: bytes) -> None:
    file = io.BytesIO()
    seven().save(file, format, exif=b"Exif\0\0" + content)
    assert np.abs(pixels(decode(file.getvalue())).astype(int) - pixels(seven())).mean() < 1


@pytest.mark.parametrize("size", [(28, 28), (1, 1), (3, 300)])
def test_png_is_read_back_by_pillow(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, size, np.uint8)
    image = Image.open(io.BytesIO(png(picture)))
    assert image.mode == "L"
    assert np.asarray(image).tolist() == picture.tolist()


def test_data_url_contains_the_png() -> None:
    picture = np.arange(6, dtype=np.uint8).reshape(2, 3)
    head, encoded = as_data_url(picture).split(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(encoded) == png(picture)
