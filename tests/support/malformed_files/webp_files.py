"""WebP files (RFC 9649) of the corpus, valid and malformed."""

import io
import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests.support.malformed_files.case import CORRUPT, EMPTY, NOT_AN_IMAGE, Case, colored, cut, read, rejected
from tests.support.malformed_files.case import WEBP as MEDIA
from tests.support.malformed_files.exif import INVALID, ORIENTED, exif
from tests.support.pictures import seven

ALPHA, EXIF, ANIMATION = 0x10, 0x08, 0x02  # flags


def webp(image: Image.Image | None = None, **settings: object) -> bytes:
    file = io.BytesIO()
    (image or colored()).save(file, "WEBP", **settings)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def riff(*chunks: bytes) -> bytes:
    return chunk(b"RIFF", b"WEBP" + b"".join(chunks))


def canvas(width: int, height: int, flags: int = 0) -> bytes:
    sides = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return chunk(b"VP8X", struct.pack("<I", flags) + sides)


def shapes() -> Iterator[Case]:
    for name, picture in {
        "colors": colored(),
        "light on dark": colored("black", "white"),
        "gray": seven(64),
        "opaque": colored().convert("RGBA"),
        "black ink on transparent paper": stencil((0, 0, 0)),
        "white ink on transparent paper": stencil((255, 255, 255)),
    }.items():
        for settings in ({"quality": 1}, {"quality": 80}, {"quality": 100}, {"lossless": True}):
            kind = "lossless" if "lossless" in settings else f"quality {settings['quality']}"
            yield read(f"WebP {name} {kind}", webp(picture, **settings), MEDIA)
    yield read("WebP of 16 megapixels", webp(seven(4000), method=0), MEDIA)
    for mode in ("RGB", "RGBA"):
        blank = webp(Image.new(mode, (4000, 4000)), lossless=True, method=0)
        yield rejected(f"WebP {mode} blank of 16 megapixels", blank, EMPTY, MEDIA)
    for size in ((1, 1), (1, 16383), (16383, 1)):
        yield rejected(f"WebP {size[0]} x {size[1]} blank", webp(Image.new("RGB", size)), EMPTY, MEDIA)


def stencil(color: tuple[int, int, int]) -> Image.Image:
    picture = Image.new("RGBA", (64, 64), color)
    picture.putalpha(seven(64))
    return picture


def animated() -> Iterator[Case]:
    """Animations: only the first frame is decoded."""
    other = Image.new("RGB", (64, 64), "white")
    for lossless in (False, True):
        content = webp(save_all=True, append_images=[other, other], lossless=lossless)
        yield read(f"WebP animated{' lossless' * lossless}", content, MEDIA)
    content = webp(stencil((0, 0, 0)), save_all=True, append_images=[other.convert("RGBA")])
    yield read("WebP animated with transparency", content, MEDIA)
    yield rejected(
        "WebP animated without a frame", riff(canvas(64, 64, ANIMATION), chunk(b"ANIM", bytes(6))), CORRUPT, MEDIA
    )


def oriented() -> Iterator[Case]:
    for orientation, turn in ORIENTED.items():
        stored = webp(turn(colored()), exif=b"Exif\0\0" + exif(orientation))
        yield read(f"WebP EXIF orientation {orientation}", stored, MEDIA)
    for name, content in INVALID.items():
        yield read(f"WebP EXIF {name}", webp(exif=content), MEDIA)


def headers() -> Iterator[Case]:
    """Wrong and too large headers."""
    still = webp()[12:]
    lossless = webp(lossless=True)[20:]
    for width, height in ((16383, 16383), (1 << 24, 255), (1 << 24, 1 << 24), (4000, 4001)):
        content = riff(canvas(width, height), still)
        yield rejected(f"WebP {width} x {height}", content, "16,000,000", MEDIA, 413)
    frame = webp()[20:]
    giant = riff(chunk(b"VP8 ", frame[:6] + struct.pack("<HH", 16383, 16383) + frame[10:]))
    yield rejected("WebP lossy 16383 x 16383", giant, "16,000,000", MEDIA, 413)
    giant = riff(chunk(b"VP8L", b"\x2f" + struct.pack("<I", 0x0FFFFFFF) + lossless[5:]))
    yield rejected("WebP lossless 16384 x 16384", giant, "16,000,000", MEDIA, 413)
    yield rejected("WebP of another size than its canvas", riff(canvas(100, 100), still), CORRUPT, MEDIA)
    yield rejected("WebP canvas alone", riff(canvas(64, 64)), CORRUPT, MEDIA)
    yield rejected("WebP of nothing", riff(), CORRUPT, MEDIA)
    yield rejected("WebP with an unknown chunk first", riff(chunk(b"ABCD", b"?"), still), CORRUPT, MEDIA)
    yield rejected("WebP with an unknown chunk and nothing else", riff(chunk(b"ABCD", b"?")), CORRUPT, MEDIA)
    yield read("WebP with an unknown chunk last", riff(canvas(64, 64), still, chunk(b"ABCD", b"?")), MEDIA)
    yield read("WebP with wrong flags", riff(canvas(64, 64, EXIF), still), MEDIA)
    yield read("WebP with bytes after its end", webp() + bytes(1000), MEDIA)
    yield read("WebP with EXIF of 500 KB", webp(exif=bytes(500_000)), MEDIA)
    yield rejected("RIFF with sound", b"RIFF\x24\0\0\0WAVEfmt ", NOT_AN_IMAGE, MEDIA)
    yield rejected("RIFF with a film", b"RIFF\x24\0\0\0AVI LIST", NOT_AN_IMAGE, MEDIA)


def damaged() -> Iterator[Case]:
    lossy, lossless = webp(), webp(lossless=True)
    yield from cut("WebP", lossy, MEDIA, 20, len(lossy) - 10)
    yield from cut("WebP lossless", lossless, MEDIA, 20, len(lossless) - 10)
    for size in (0, 1, 8, 2**31, 2**32 - 1):
        content = lossy[:4] + struct.pack("<I", size) + lossy[8:]
        yield rejected(f"WebP with {size} bytes declared", content, CORRUPT, MEDIA)
    for name, whole in (("lossy", lossy), ("lossless", lossless)):
        noise = np.random.default_rng(0).integers(0, 256, 200, np.uint8).tobytes()
        yield rejected(f"WebP {name} with noise for its header", whole[:20] + noise, CORRUPT, MEDIA)


FAMILIES = (shapes, animated, oriented, headers, damaged)
