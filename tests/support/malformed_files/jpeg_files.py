"""JPEG files of the corpus: every kind and orientation, valid and malformed."""

import io
import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageOps

from tests.support.malformed_files.case import CORRUPT, EMPTY, Case, accepted, colored, cut, read, rejected
from tests.support.malformed_files.case import JPEG as MEDIA
from tests.support.malformed_files.exif import INVALID, ORIENTED, exif
from tests.support.pictures import seven

START, END, SCAN, FRAME, TABLE = b"\xff\xd8", b"\xff\xd9", b"\xff\xda", b"\xff\xc0", b"\xff\xc4"


def jpeg(image: Image.Image | None = None, **settings: object) -> bytes:
    file = io.BytesIO()
    (image or colored()).save(file, "JPEG", **settings)
    return file.getvalue()


def behind_start(content: bytes, *segments: bytes) -> bytes:
    return START + b"".join(segments) + content[2:]


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def shapes() -> Iterator[Case]:
    """Color modes, qualities, subsampling, progressive or not, blank and large."""
    for mode in ("L", "RGB", "CMYK", "YCbCr"):
        for name, picture in (("dark on light", colored()), ("light on dark", colored("black", "white"))):
            for progressive in (False, True):
                content = jpeg(picture.convert(mode), progressive=progressive)
                yield read(f"JPEG {mode} {name}{' progressive' * progressive}", content, MEDIA)
        blank = jpeg(Image.new(mode, (4000, 4000)), progressive=True)
        yield rejected(f"JPEG {mode} blank of 16 megapixels", blank, EMPTY, MEDIA)
    for quality in (5, 25, 50, 100):
        yield read(f"JPEG quality {quality}", jpeg(quality=quality), MEDIA)
    for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
        yield read(f"JPEG {subsampling}", jpeg(subsampling=subsampling), MEDIA)
    yield read("JPEG optimized", jpeg(optimize=True), MEDIA)
    yield read("JPEG with restart markers", jpeg(restart_marker_blocks=1), MEDIA)
    yield read("JPEG kept as RGB", jpeg(keep_rgb=True), MEDIA)
    yield read("JPEG YCCK", adobe(jpeg(colored().convert("CMYK")), transform=2), MEDIA)
    yield read("JPEG RGB called YCbCr by Adobe", adobe(jpeg(keep_rgb=True), transform=1), MEDIA)
    yield read("JPEG of 16 megapixels", jpeg(seven(4000)), MEDIA)
    yield read("JPEG progressive CMYK of 16 megapixels", jpeg(seven(4000).convert("CMYK"), progressive=True), MEDIA)
    for size in ((1, 1), (1, 65500), (65500, 1), (65500, 244)):
        yield rejected(f"JPEG {size[0]} x {size[1]} blank", jpeg(Image.new("L", size, 200)), EMPTY, MEDIA)


def adobe(content: bytes, transform: int) -> bytes:
    """Change the color transform in the Adobe segment."""
    marked = content if b"Adobe" in content else behind_start(content, segment(0xEE, b"Adobe\0\x64" + bytes(5)))
    place = marked.index(b"Adobe") + 11
    return marked[:place] + bytes([transform]) + marked[place + 1 :]


def oriented() -> Iterator[Case]:
    for orientation, turn in ORIENTED.items():
        stored = jpeg(turn(colored()), exif=b"Exif\0\0" + exif(orientation))
        yield read(f"JPEG EXIF orientation {orientation}", stored, MEDIA)
    large = jpeg(ORIENTED[6](ImageOps.invert(seven(3000))), exif=b"Exif\0\0" + exif(6))
    yield read("JPEG of a camera held upright", large, MEDIA)
    for name, content in INVALID.items():
        yield read(f"JPEG EXIF {name}", behind_start(jpeg(), segment(0xE1, b"Exif\0\0" + content)), MEDIA)
    big = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) + bytes(4)
    yield read("JPEG EXIF of the other byte order", jpeg(ORIENTED[6](colored()), exif=big), MEDIA)


def segments() -> Iterator[Case]:
    """Segments without pixels."""
    for name, added in {
        "two EXIF": 2 * segment(0xE1, b"Exif\0\0" + exif(1)),
        "wrong XMP": segment(0xE1, b'http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation="6"/>'),
        "a comment of HTML": segment(0xFE, b"<script>alert(1)</script>"),
        "a comment of 64 KB": segment(0xFE, b"a" * 65533),
        "ICC in pieces that are missing": segment(0xE2, b"ICC_PROFILE\0\1\7abc"),
        "Photoshop resources that end early": segment(0xED, b"Photoshop 3.0\x008BIM\x03\xed\0\0\0\0\0\1"),
        "a thumbnail's start": segment(0xE0, b"JFXX\0\x10\xff\xd8\xff\xda"),
        "JFIF too short": segment(0xE0, b"JFIF\0\1\1\0"),
        "more pictures": segment(0xE2, b"MPF\0II*\0\x08\0\0\0\xff\xff"),
        "10,000 empty segments": 10_000 * segment(0xE5, b""),
    }.items():
        yield read(f"JPEG with {name}", behind_start(jpeg(), added), MEDIA)
    yield read("JPEG with bytes after its end", jpeg() + bytes(1000), MEDIA)
    yield read("JPEG with HTML after its end", jpeg() + b"<html><script>alert(1)</script>", MEDIA)
    yield read("JPEG with another JPEG after its end", 2 * jpeg(), MEDIA)


def frames() -> Iterator[Case]:
    """Wrong and too large headers."""
    whole = jpeg()
    place = whole.index(FRAME)

    def with_frame(change: bytes, at: int) -> bytes:
        return whole[: place + at] + change + whole[place + at + len(change) :]

    for width, height in ((65535, 65535), (65535, 245), (245, 65535), (4000, 4001)):
        content = with_frame(struct.pack(">HH", height, width), 5)
        yield rejected(f"JPEG {width} x {height}", content, f"{width} x {height}", MEDIA, 413)
    for width, height in ((0, 64), (64, 0), (0, 0)):
        content = with_frame(struct.pack(">HH", height, width), 5)
        yield rejected(f"JPEG {width} x {height}", content, CORRUPT, MEDIA)
    for bits in (0, 7, 12, 16):
        yield rejected(f"JPEG of {bits} bits", with_frame(bytes([bits]), 4), CORRUPT, MEDIA)
    for layers in (0, 2, 5, 255):
        yield rejected(f"JPEG of {layers} colors", with_frame(bytes([layers]), 9), CORRUPT, MEDIA)
    for marker, name in ((0xC3, "lossless"), (0xC5, "differential"), (0xC7, "differential lossless")):
        yield rejected(f"JPEG called {name}", with_frame(bytes([marker]), 1), CORRUPT, MEDIA)
    yield accepted("JPEG called arithmetic", with_frame(b"\xc9", 1), MEDIA)
    yield rejected("JPEG with sampling of 0", with_frame(b"\0", 11), CORRUPT, MEDIA)
    yield rejected("JPEG without a table that it names", with_frame(b"\3", 12), CORRUPT, MEDIA)
    scan = jpeg(seven(), progressive=True)[:-2]
    last = scan[scan.rindex(SCAN) :]
    bomb = scan + last * ((1 << 20) // len(last) - 500) + END
    yield rejected("JPEG of as many scans as fit", bomb, "scans", MEDIA, 413)


def damaged() -> Iterator[Case]:
    """Missing parts, broken tables, truncation."""
    whole = jpeg()
    table, scan = whole.index(TABLE), whole.index(SCAN)
    yield rejected("JPEG start alone", b"\xff\xd8\xff", CORRUPT, MEDIA)
    yield rejected("JPEG start and end", START + END, CORRUPT, MEDIA)
    yield rejected("JPEG without pixels", whole[:scan] + END, CORRUPT, MEDIA)
    yield rejected("JPEG without a frame", whole.replace(FRAME, b"\xff\xe9"), CORRUPT, MEDIA)
    yield read("JPEG without Huffman codes, as films have it", whole[:table] + bytes(2) + whole[table + 2 :], MEDIA)
    full = whole[: table + 5] + b"\xff" * 16 + whole[table + 21 :]
    yield rejected("JPEG with more Huffman codes than there can be", full, CORRUPT, MEDIA)
    yield rejected("JPEG with nothing but markers", START + b"\xff" * 100_000, CORRUPT, MEDIA)
    yield rejected("JPEG with junk instead of markers", b"\xff\xd8\xff\xe0\0\2" + bytes(1_000_000), CORRUPT, MEDIA)
    yield rejected("JPEG with a segment longer than the file", START + b"\xff\xe0\xff\xff", CORRUPT, MEDIA)
    yield read("JPEG with a segment of no length", START + b"\xff\xe0\0\0" + whole[2:], MEDIA)
    yield rejected("JPEG with noise for pixels, cut off", whole[: scan + 14] + noise(300), CORRUPT, MEDIA)
    yield from cut("JPEG", whole, MEDIA, 24, len(whole) - 20)
    progressive = jpeg(progressive=True)
    yield from cut("JPEG progressive", progressive, MEDIA, 12, len(progressive) - 20)


def noise(size: int) -> bytes:
    """Return random bytes without a marker."""
    return np.random.default_rng(0).integers(0, 255, size, np.uint8).tobytes()


FAMILIES = (shapes, oriented, segments, frames, damaged)
