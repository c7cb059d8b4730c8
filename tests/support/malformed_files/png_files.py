"""PNG files of the corpus: every kind and chunk, valid and malformed."""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw

from tests.support.malformed_files.case import (
    CORRUPT,
    EMPTY,
    NOT_AN_IMAGE,
    Case,
    Coverage,
    accepted,
    colored,
    cut,
    ink,
    read,
    rejected,
)
from tests.support.malformed_files.exif import INVALID, ORIENTED, exif
from tests.support.malformed_files.png_chunks import (
    CHANNELS,
    DEPTHS,
    GRAY,
    GRAY_ALPHA,
    PALETTE,
    RGB,
    RGB_ALPHA,
    SIGNATURE,
    Samples,
    chunk,
    data,
    header,
    kinds,
    png,
)
from tests.support.pictures import SEVEN, encode, seven

NAMES = {GRAY: "gray", RGB: "RGB", PALETTE: "palette", GRAY_ALPHA: "gray and alpha", RGB_ALPHA: "RGBA"}
END = chunk(b"IEND")


def samples(coverage: Coverage, kind: int, depth: int) -> Samples:
    """Convert ink coverage (height, width), 0..1, to samples; alpha is opaque."""
    top = 2**depth - 1
    values = np.repeat(np.round(coverage * top).astype(np.uint16)[..., None], CHANNELS[kind], axis=2)
    if kind in (GRAY_ALPHA, RGB_ALPHA):
        values[..., -1] = top
    return values


def palette(kind: int, depth: int) -> bytes:
    """Return a palette from black to white where the color type needs one."""
    ramp = np.linspace(0, 255, 2**depth).astype(np.uint8)
    return chunk(b"PLTE", np.repeat(ramp, 3).tobytes()) if kind == PALETTE else b""


def written(coverage: Coverage, kind: int = GRAY, depth: int = 8, before: bytes = b"", after: bytes = b"") -> bytes:
    return png(samples(coverage, kind, depth), depth, kind, before=palette(kind, depth) + before, after=after)


def shapes() -> Iterator[Case]:
    """Every color type and depth, in both polarities, interlaced or not, and blank."""
    for kind, depth in kinds():
        name = f"PNG {NAMES[kind]} {depth} bit"
        for polarity, coverage in (("white on black", ink()), ("black on white", 1 - ink())):
            for interlaced in (False, True):
                content = png(samples(coverage, kind, depth), depth, kind, interlaced, before=palette(kind, depth))
                yield read(f"{name} {polarity}{' interlaced' * interlaced}", content)
        yield rejected(f"{name} blank", written(np.ones((64, 64)), kind, depth), EMPTY)
        yield rejected(f"{name} blank of 16 megapixels", large(kind, depth), EMPTY)
    for kind, depth in (
        (GRAY, 3),
        (GRAY, 0),
        (GRAY, 32),
        (RGB, 4),
        (PALETTE, 16),
        (RGB_ALPHA, 1),
        (1, 8),
        (5, 8),
        (7, 8),
    ):
        content = SIGNATURE + header(64, 64, depth, kind) + chunk(b"IDAT", zlib.compress(bytes(9000))) + END
        yield rejected(f"PNG color type {kind} with {depth} bit", content, CORRUPT)


def large(kind: int, depth: int, side: int = 4000) -> bytes:
    """Return a black image of 16 megapixels in few bytes."""
    row = 1 + -(-side * CHANNELS[kind] * depth // 8)
    pixels = chunk(b"IDAT", zlib.compress(bytes(row * side), 1))
    return SIGNATURE + header(side, side, depth, kind) + palette(kind, depth) + pixels + END


def transparent() -> Iterator[Case]:
    """Transparency by alpha, by a transparent color and by a palette."""
    for kind, depth in ((GRAY_ALPHA, 8), (GRAY_ALPHA, 16), (RGB_ALPHA, 8), (RGB_ALPHA, 16)):
        for shade in (0, 0.5, 1):
            values = samples(np.full((64, 64), shade), kind, depth)
            values[..., -1] = np.round(ink() * (2**depth - 1))
            yield read(f"PNG {NAMES[kind]} {depth} bit ink {shade} on transparent paper", png(values, depth, kind))
        values[..., -1] = 0
        yield rejected(f"PNG {NAMES[kind]} {depth} bit wholly transparent", png(values, depth, kind), EMPTY)
    hard = np.round(ink())
    for kind, depth in ((GRAY, 1), (GRAY, 2), (GRAY, 4), (GRAY, 8), (GRAY, 16), (RGB, 8), (RGB, 16)):
        for key, name in ((0, "black"), (2**depth - 1, "white")):
            trns = chunk(b"tRNS", struct.pack(">H", key) * CHANNELS[kind])
            coverage = hard if key == 0 else 1 - hard
            yield read(f"PNG {NAMES[kind]} {depth} bit {name} is transparent", written(coverage, kind, depth, trns))
    for depth in DEPTHS[PALETTE]:
        opacities = np.linspace(0, 255, 2**depth).astype(np.uint8).tobytes()
        black = chunk(b"PLTE", bytes(3 * 2**depth)) + chunk(b"tRNS", opacities)
        content = png(samples(ink(), PALETTE, depth), depth, PALETTE, before=black)
        yield read(f"PNG palette {depth} bit of one color and opacities", content)
        yield read(f"PNG palette {depth} bit with tRNS of one", written(ink(), PALETTE, depth, chunk(b"tRNS", b"\0")))
    yield rejected("PNG tRNS longer than the palette", written(ink(), PALETTE, 8, chunk(b"tRNS", b"\1" * 300)), CORRUPT)
    yield rejected("PNG gray tRNS too short", written(ink(), GRAY, 8, chunk(b"tRNS", b"\0")), CORRUPT)


def ancillary() -> Iterator[Case]:
    """Ancillary chunks: valid, malformed, huge and decompression bombs."""
    bomb = zlib.compress(bytes(64 << 20), 9)  # 64 MB, in 64 KB
    chunks = {
        "gAMA": chunk(b"gAMA", struct.pack(">I", 45455)),
        "gAMA of zero": chunk(b"gAMA", bytes(4)),
        "gAMA too short": chunk(b"gAMA", b"\1"),
        "cHRM too short": chunk(b"cHRM", b"\1"),
        "sRGB": chunk(b"sRGB", b"\0"),
        "sRGB empty": chunk(b"sRGB"),
        "pHYs too short": chunk(b"pHYs", b"\1"),
        "iCCP": chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(bytes(3000))),
        "iCCP bomb": chunk(b"iCCP", b"sRGB\0\0" + bomb),
        "iCCP of an unknown compression": chunk(b"iCCP", b"sRGB\0\7abc"),
        "iCCP without data": chunk(b"iCCP", b"sRGB\0"),
        "iCCP not compressed": chunk(b"iCCP", b"sRGB\0\0abc"),
        "tEXt": chunk(b"tEXt", b"Title\0seven"),
        "tEXt of 900 KB": chunk(b"tEXt", b"Title\0" + b"a" * 900_000),
        "tEXt with HTML": chunk(b"tEXt", b"Comment\0<script>alert(1)</script>"),
        "tEXt without a keyword": chunk(b"tEXt", b"\0\0\0"),
        "zTXt bomb": chunk(b"zTXt", b"Title\0\0" + bomb),
        "zTXt bombs": 10 * chunk(b"zTXt", b"Title\0\0" + bomb),
        "zTXt of an unknown compression": chunk(b"zTXt", b"Title\0\7abc"),
        "zTXt damaged": chunk(b"zTXt", b"Title\0\0abc"),
        "iTXt bomb": chunk(b"iTXt", b"Title\0\1\0\0\0" + bomb),
        "iTXt not in UTF-8": chunk(b"iTXt", b"Title\0\0\0\0\0\xff\xfe"),
        "iTXt wrong XMP": chunk(b"iTXt", b'XML:com.adobe.xmp\0\0\0\0\0tiff:Orientation="6"'),
        "zTXt wrong EXIF": chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n 4\nzzzz")),
        "unknown chunk": chunk(b"abCd", b"?"),
        "unknown critical chunk": chunk(b"ABCD", b"?"),
        "chunk called _tEX": chunk(b"_tEX", b"?"),
        "10,000 empty chunks": 10_000 * chunk(b"teSt"),
        "bKGD, tIME, hIST, sPLT": b"".join(chunk(name, b"?") for name in (b"bKGD", b"tIME", b"hIST", b"sPLT")),
    }
    for name, added in chunks.items():
        yield read(f"PNG {name}", written(ink(), before=added))
        yield read(f"PNG {name} after the pixels", written(ink(), after=added))
    yield rejected(
        "PNG chunk name of bytes that are no letters", written(ink(), before=chunk(b"\0\1\2\3", b"?")), CORRUPT
    )


def animated() -> Iterator[Case]:
    """Animations, valid and damaged: only the first frame is read."""
    other = Image.new("L", (64, 64), 255)
    for default in (False, True):
        file = io.BytesIO()
        seven(64).save(file, "PNG", save_all=True, append_images=[other, other], default_image=default)
        yield read(f"PNG animated{' with a default image' * default}", file.getvalue())
    control = chunk(b"acTL", struct.pack(">II", 2, 0))
    frame = struct.pack(">IIIIIHHBB", 0, 64, 64, 0, 0, 1, 10, 0, 0)
    wrong = {
        "acTL twice": 2 * control,
        "acTL of no frame": chunk(b"acTL", bytes(8)),
        "acTL of four billion frames": chunk(b"acTL", b"\xff" * 8),
        "acTL too short": chunk(b"acTL", b"\0"),
        "fcTL outside": chunk(b"acTL", struct.pack(">II", 2, 0))
        + chunk(b"fcTL", frame[:12] + b"\0\0\1\0" + frame[16:]),
        "fcTL of no width": control + chunk(b"fcTL", frame[:4] + bytes(4) + frame[8:]),
        "fcTL out of sequence": control + 2 * chunk(b"fcTL", b"\0\0\0\7" + frame[4:]),
        "fdAT first": control + chunk(b"fdAT", b"\0\0\0\0?"),
    }
    for name, added in wrong.items():
        yield read(f"PNG animated, {name}", written(ink(), before=added))


def oriented() -> Iterator[Case]:
    """Each of the eight orientations, and invalid EXIF."""
    for orientation, turn in ORIENTED.items():
        stored = np.asarray(turn(seven(64)), np.float64) / 255
        yield read(f"PNG EXIF orientation {orientation}", written(stored, before=chunk(b"eXIf", exif(orientation))))
    for name, content in INVALID.items():
        yield read(f"PNG EXIF {name}", written(ink(), before=chunk(b"eXIf", content)))
    yield read("PNG EXIF empty", written(ink(), before=chunk(b"eXIf")))


def out_of_order() -> Iterator[Case]:
    """Missing, repeated and misplaced chunks."""
    start, pixels = header(64, 64), chunk(b"IDAT", zlib.compress(data(samples(ink(), GRAY, 8), 8)))
    colors, indexed = palette(PALETTE, 8), header(64, 64, 8, PALETTE)
    trns = chunk(b"tRNS", bytes(range(256)))
    yield rejected("PNG signature alone", SIGNATURE, CORRUPT)
    yield rejected("PNG without IHDR", SIGNATURE + pixels + END, CORRUPT)
    yield rejected("PNG without IDAT", SIGNATURE + start + END, CORRUPT)
    yield rejected("PNG without PLTE", SIGNATURE + indexed + pixels + END, CORRUPT)
    yield rejected("PNG with PLTE after IDAT", SIGNATURE + indexed + pixels + colors + END, CORRUPT)
    yield rejected("PNG with an empty PLTE", SIGNATURE + indexed + chunk(b"PLTE") + pixels + END, EMPTY)
    yield rejected("PNG with a long PLTE", SIGNATURE + indexed + chunk(b"PLTE", bytes(1536)) + pixels + END, CORRUPT)
    yield rejected("PNG with IEND first", SIGNATURE + END + start + pixels, CORRUPT)
    yield rejected("PNG with IDAT first", SIGNATURE + pixels + start + END, CORRUPT)
    yield rejected("PNG without IEND", SIGNATURE + start + pixels, CORRUPT)
    yield read("PNG with tRNS before PLTE", SIGNATURE + indexed + trns + colors + pixels + END)
    yield read("PNG with a PLTE of gray", SIGNATURE + start + colors + pixels + END)
    yield rejected("PNG with two IHDR", SIGNATURE + start + start + pixels + END, CORRUPT)
    turns = SIGNATURE + indexed + chunk(b"tRNS", b"\0") + colors + start + pixels + END
    yield rejected("PNG with a palette that becomes gray", turns, CORRUPT)
    yield read("PNG with two IDAT of which the first suffices", SIGNATURE + start + pixels + pixels + END)
    yield read("PNG with bytes after its end", SIGNATURE + start + pixels + END + b"\0" * 1000)
    yield read("PNG with a zip after its end", SIGNATURE + start + pixels + END + b"PK\3\4" + b"\0" * 26)
    yield read("PNG with another PNG after its end", 2 * (SIGNATURE + start + pixels + END))
    yield rejected("PNG behind a line feed", b"\n" + SIGNATURE + start + pixels + END, NOT_AN_IMAGE)
    text = (SIGNATURE + start + pixels + END).replace(b"\r\n", b"\n")
    yield rejected("PNG sent as text", text, NOT_AN_IMAGE)
    yield rejected("PNG inside PDF", b"%PDF-1.7\n" + SIGNATURE + start + pixels + END, NOT_AN_IMAGE)


def damaged() -> Iterator[Case]:
    """Wrong checksums and data, flipped bits, truncation."""
    raw = data(samples(ink(), GRAY, 8), 8)
    packed, start = zlib.compress(raw), header(64, 64)
    dictionary = zlib.compressobj(zdict=b"seven")
    for name, pixels in {
        "that are not compressed": raw,
        "of nothing": b"",
        "compressed as gzip": zlib.compress(raw, wbits=31),
        "compressed without a header": zlib.compress(raw, wbits=-15),
        "compressed with a dictionary": dictionary.compress(raw) + dictionary.flush(),
        "with a filter that there is not": zlib.compress(b"\5" + raw[1:]),
        "with a wrong sum at the end": packed[:-4] + b"\0\0\0\0",
    }.items():
        yield rejected(f"PNG pixels {name}", SIGNATURE + start + chunk(b"IDAT", pixels) + END, CORRUPT)
    short = zlib.compress(raw[:-650])
    yield read("PNG pixels of which the last rows are missing", SIGNATURE + start + chunk(b"IDAT", short) + END)
    yield read("PNG pixels and more", SIGNATURE + start + chunk(b"IDAT", zlib.compress(raw + raw)) + END)
    single = b"".join(chunk(b"IDAT", packed[i : i + 1]) for i in range(len(packed)))
    yield read("PNG with IDAT of one byte each", SIGNATURE + start + single + END)
    yield read("PNG with empty IDAT between", SIGNATURE + start + chunk(b"IDAT") + single + chunk(b"IDAT") + END)
    whole = SIGNATURE + start + chunk(b"IDAT", packed)
    yield rejected("PNG wrong checksum of IHDR", whole[:29] + b"\0\0\0\0" + whole[33:], CORRUPT)
    yield rejected("PNG wrong checksum of pixels", SIGNATURE + start + chunk(b"IDAT", packed, crc=0) + END, CORRUPT)
    yield rejected("PNG wrong checksum of IEND", whole + chunk(b"IEND", crc=0), CORRUPT)
    yield rejected("PNG wrong checksum of tEXt", written(ink(), before=chunk(b"tEXt", b"a\0b", crc=0)), CORRUPT)
    for place in np.random.default_rng(0).choice(np.arange(24, len(whole)), 40, replace=False):
        flipped = whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :]
        yield rejected(f"PNG with a bit flipped in byte {place}", flipped + END, CORRUPT)
    yield rejected("PNG with a length of two gigabytes", SIGNATURE + b"\x7f\xff\xff\xffIHDR" + start[8:], CORRUPT)
    yield from cut("PNG", whole + END, "image/png", 24, len(whole + END) - 1)
    opaque = encode(colored().convert("RGBA"))
    yield from cut("PNG RGBA", opaque, "image/png", 12, len(opaque) - 1)


def dimensions() -> Iterator[Case]:
    """Headers with wrong or too large dimensions."""
    pixels = chunk(b"IDAT", zlib.compress(bytes(9000)))
    for width, height in ((0, 64), (64, 0), (0, 0)):
        yield rejected(f"PNG {width} x {height}", SIGNATURE + header(width, height) + pixels + END, CORRUPT)
    most = 2**31 - 1
    for width, height in ((most, most), (2**32 - 1, 2**32 - 1), (most, 1), (1, most), (65535, 65535), (20000, 20000)):
        content = SIGNATURE + header(width, height) + pixels + END
        yield rejected(f"PNG {width} x {height}", content, f"{width} x {height}", status=413)
    for width, height in ((4000, 4001), (4001, 4000), (65_536, 1), (1, 16_000_000)):
        content = SIGNATURE + header(width, height, 1) + chunk(b"IDAT", zlib.compress(bytes(3_000_000))) + END
        yield rejected(f"PNG {width} x {height}", content, f"{width} x {height}", status=413)
    for width, height in ((4000, 4000), (640, 64), (64, 640)):
        yield rejected(
            f"PNG {width} x {height} of 9000 bytes", SIGNATURE + header(width, height) + pixels + END, CORRUPT
        )


def sizes() -> Iterator[Case]:
    """Sizes up to 16 megapixels, lines, dots and thin pens."""
    for side in (14, 16, 20, 28, 29, 56, 100, 280, 999, 1001, 2000, 4000):
        yield read(f"PNG {side} x {side}", encode(seven(side)))
    for width, height in ((1, 1), (1, 2), (2, 1), (1, 1000), (1000, 1), (3, 3), (65_535, 1), (1, 65_535)):
        yield rejected(f"PNG {width} x {height} blank", encode(Image.new("1", (width, height))), EMPTY)
    for width, height in ((3, 3), (1, 5), (1, 1000), (1000, 1), (50_000, 2), (2, 50_000)):
        picture = Image.new("L", (width, height))
        picture.paste(255, (width // 2, height // 2, width, height * 3 // 4 + 1))
        yield accepted(f"PNG {width} x {height} with ink", encode(picture))
    for pen in (1, 2, 4):
        thin = Image.new("L", (1000, 1000))
        ImageDraw.Draw(thin).line([(1000 * x, 1000 * y) for x, y in SEVEN], 255, pen)
        yield read(f"PNG drawn with a pen of {pen} in 1000 pixels", encode(thin))
    specks = Image.new("1", (4000, 4000))
    specks.putpixel((0, 0), 1)
    specks.putpixel((3999, 3999), 1)
    yield rejected("PNG of two specks far apart", encode(specks), "thicker pen")


FAMILIES = (shapes, transparent, ancillary, animated, oriented, out_of_order, damaged, dimensions, sizes)
