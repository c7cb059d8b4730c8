"""Nothing comes in; the corpus's PNG files go out: each kind there is, each chunk, each way to be wrong."""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw

from tests.support.malformed_files.case import (
    DAMAGED,
    EMPTY,
    NOT_AN_IMAGE,
    Case,
    Shares,
    answered,
    coloured,
    cut,
    ink,
    read,
    refused,
)
from tests.support.malformed_files.exif import LYING, ORIENTED, exif
from tests.support.malformed_files.png_chunks import (
    CHANNELS,
    DEPTHS,
    GREY,
    GREY_ALPHA,
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

NAMES = {GREY: "grey", RGB: "RGB", PALETTE: "palette", GREY_ALPHA: "grey and alpha", RGB_ALPHA: "RGBA"}
END = chunk(b"IEND")
MEGABYTES = zlib.compress(bytes(64 << 20), 9)  # 64 of them, in 64 KB


def files() -> Iterator[Case]:
    for family in (shapes, transparent, skipped, animated, turned, out_of_order, damaged, lengths, sizes):
        yield from family()


def samples(shares: Shares, kind: int, depth: int) -> Samples:
    """Make ink of shares (height, width), 0 .. 1, into samples; what is no colour is opaque."""
    top = 2**depth - 1
    values = np.repeat(np.round(shares * top).astype(np.uint16)[..., None], CHANNELS[kind], axis=2)
    if kind in (GREY_ALPHA, RGB_ALPHA):
        values[..., -1] = top
    return values


def palette(kind: int, depth: int) -> bytes:
    """A palette from black to white, where the kind needs one."""
    ramp = np.linspace(0, 255, 2**depth).astype(np.uint8)
    return chunk(b"PLTE", np.repeat(ramp, 3).tobytes()) if kind == PALETTE else b""


def written(shares: Shares, kind: int = GREY, depth: int = 8, before: bytes = b"", after: bytes = b"") -> bytes:
    return png(samples(shares, kind, depth), depth, kind, before=palette(kind, depth) + before, after=after)


def shapes() -> Iterator[Case]:
    """Every colour type and depth, in both polarities, interlaced or not; then the page without a digit."""
    for kind, depth in kinds():
        name = f"PNG {NAMES[kind]} {depth} bit"
        for polarity, shares in (("white on black", ink()), ("black on white", 1 - ink())):
            for interlaced in (False, True):
                content = png(samples(shares, kind, depth), depth, kind, interlaced, before=palette(kind, depth))
                yield read(f"{name} {polarity}{' interlaced' * interlaced}", content)
        yield refused(f"{name} blank", written(np.ones((64, 64)), kind, depth), EMPTY)
        yield refused(f"{name} blank of 16 megapixels", large(kind, depth), EMPTY)
    for kind, depth in (
        (GREY, 3),
        (GREY, 0),
        (GREY, 32),
        (RGB, 4),
        (PALETTE, 16),
        (RGB_ALPHA, 1),
        (1, 8),
        (5, 8),
        (7, 8),
    ):
        content = SIGNATURE + header(64, 64, depth, kind) + chunk(b"IDAT", zlib.compress(bytes(9000))) + END
        yield refused(f"PNG colour type {kind} with {depth} bit", content, DAMAGED)


def large(kind: int, depth: int, side: int = 4000) -> bytes:
    """A black page of 16 megapixels in few bytes."""
    row = 1 + -(-side * CHANNELS[kind] * depth // 8)
    pixels = chunk(b"IDAT", zlib.compress(bytes(row * side), 1))
    return SIGNATURE + header(side, side, depth, kind) + palette(kind, depth) + pixels + END


def transparent() -> Iterator[Case]:
    """Ink by opacity, by a transparent colour, by a palette with opacities."""
    for kind, depth in ((GREY_ALPHA, 8), (GREY_ALPHA, 16), (RGB_ALPHA, 8), (RGB_ALPHA, 16)):
        for shade in (0, 0.5, 1):
            values = samples(np.full((64, 64), shade), kind, depth)
            values[..., -1] = np.round(ink() * (2**depth - 1))
            yield read(f"PNG {NAMES[kind]} {depth} bit ink {shade} on transparent paper", png(values, depth, kind))
        values[..., -1] = 0
        yield refused(f"PNG {NAMES[kind]} {depth} bit wholly transparent", png(values, depth, kind), EMPTY)
    hard = np.round(ink())
    for kind, depth in ((GREY, 1), (GREY, 2), (GREY, 4), (GREY, 8), (GREY, 16), (RGB, 8), (RGB, 16)):
        for key, name in ((0, "black"), (2**depth - 1, "white")):
            trns = chunk(b"tRNS", struct.pack(">H", key) * CHANNELS[kind])
            shares = hard if key == 0 else 1 - hard
            yield read(f"PNG {NAMES[kind]} {depth} bit {name} is transparent", written(shares, kind, depth, trns))
    for depth in DEPTHS[PALETTE]:
        opacities = np.linspace(0, 255, 2**depth).astype(np.uint8).tobytes()
        black = chunk(b"PLTE", bytes(3 * 2**depth)) + chunk(b"tRNS", opacities)
        content = png(samples(ink(), PALETTE, depth), depth, PALETTE, before=black)
        yield read(f"PNG palette {depth} bit of one colour and opacities", content)
        yield read(f"PNG palette {depth} bit with tRNS of one", written(ink(), PALETTE, depth, chunk(b"tRNS", b"\0")))
    yield refused("PNG tRNS longer than the palette", written(ink(), PALETTE, 8, chunk(b"tRNS", b"\1" * 300)), DAMAGED)
    yield refused("PNG grey tRNS too short", written(ink(), GREY, 8, chunk(b"tRNS", b"\0")), DAMAGED)


def skipped() -> Iterator[Case]:
    """What says nothing of the pixels, be it wrong, huge or a bomb."""
    chunks = {
        "gAMA": chunk(b"gAMA", struct.pack(">I", 45455)),
        "gAMA of zero": chunk(b"gAMA", bytes(4)),
        "gAMA too short": chunk(b"gAMA", b"\1"),
        "cHRM too short": chunk(b"cHRM", b"\1"),
        "sRGB": chunk(b"sRGB", b"\0"),
        "sRGB empty": chunk(b"sRGB"),
        "pHYs too short": chunk(b"pHYs", b"\1"),
        "iCCP": chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(bytes(3000))),
        "iCCP bomb": chunk(b"iCCP", b"sRGB\0\0" + MEGABYTES),
        "iCCP of an unknown compression": chunk(b"iCCP", b"sRGB\0\7abc"),
        "iCCP without data": chunk(b"iCCP", b"sRGB\0"),
        "iCCP not compressed": chunk(b"iCCP", b"sRGB\0\0abc"),
        "tEXt": chunk(b"tEXt", b"Title\0seven"),
        "tEXt of 900 KB": chunk(b"tEXt", b"Title\0" + b"a" * 900_000),
        "tEXt with HTML": chunk(b"tEXt", b"Comment\0<script>alert(1)</script>"),
        "tEXt without a keyword": chunk(b"tEXt", b"\0\0\0"),
        "zTXt bomb": chunk(b"zTXt", b"Title\0\0" + MEGABYTES),
        "zTXt bombs": 10 * chunk(b"zTXt", b"Title\0\0" + MEGABYTES),
        "zTXt of an unknown compression": chunk(b"zTXt", b"Title\0\7abc"),
        "zTXt damaged": chunk(b"zTXt", b"Title\0\0abc"),
        "iTXt bomb": chunk(b"iTXt", b"Title\0\1\0\0\0" + MEGABYTES),
        "iTXt not in UTF-8": chunk(b"iTXt", b"Title\0\0\0\0\0\xff\xfe"),
        "iTXt XMP that lies": chunk(b"iTXt", b'XML:com.adobe.xmp\0\0\0\0\0tiff:Orientation="6"'),
        "zTXt EXIF that lies": chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n 4\nzzzz")),
        "unknown chunk": chunk(b"abCd", b"?"),
        "unknown critical chunk": chunk(b"ABCD", b"?"),
        "chunk called _tEX": chunk(b"_tEX", b"?"),
        "10,000 empty chunks": 10_000 * chunk(b"teSt"),
        "bKGD, tIME, hIST, sPLT": b"".join(chunk(name, b"?") for name in (b"bKGD", b"tIME", b"hIST", b"sPLT")),
    }
    for name, added in chunks.items():
        yield read(f"PNG {name}", written(ink(), before=added))
        yield read(f"PNG {name} after the pixels", written(ink(), after=added))
    yield refused(
        "PNG chunk name of bytes that are no letters", written(ink(), before=chunk(b"\0\1\2\3", b"?")), DAMAGED
    )


def animated() -> Iterator[Case]:
    """The first frame is read, whatever is wrong with the others."""
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


def turned() -> Iterator[Case]:
    """Stored in each of the eight orientations; then with EXIF that lies."""
    for orientation, turn in ORIENTED.items():
        stored = np.asarray(turn(seven(64)), np.float64) / 255
        yield read(f"PNG EXIF orientation {orientation}", written(stored, before=chunk(b"eXIf", exif(orientation))))
    for name, content in LYING.items():
        yield read(f"PNG EXIF {name}", written(ink(), before=chunk(b"eXIf", content)))
    yield read("PNG EXIF empty", written(ink(), before=chunk(b"eXIf")))


def out_of_order() -> Iterator[Case]:
    """Chunks that are missing, twice there, or in each other's place."""
    start, pixels = header(64, 64), chunk(b"IDAT", zlib.compress(data(samples(ink(), GREY, 8), 8)))
    colours, indexed = palette(PALETTE, 8), header(64, 64, 8, PALETTE)
    trns = chunk(b"tRNS", bytes(range(256)))
    yield refused("PNG signature alone", SIGNATURE, DAMAGED)
    yield refused("PNG without IHDR", SIGNATURE + pixels + END, DAMAGED)
    yield refused("PNG without IDAT", SIGNATURE + start + END, DAMAGED)
    yield refused("PNG without PLTE", SIGNATURE + indexed + pixels + END, DAMAGED)
    yield refused("PNG with PLTE after IDAT", SIGNATURE + indexed + pixels + colours + END, DAMAGED)
    yield refused("PNG with an empty PLTE", SIGNATURE + indexed + chunk(b"PLTE") + pixels + END, EMPTY)
    yield refused("PNG with a long PLTE", SIGNATURE + indexed + chunk(b"PLTE", bytes(1536)) + pixels + END, DAMAGED)
    yield refused("PNG with IEND first", SIGNATURE + END + start + pixels, DAMAGED)
    yield refused("PNG with IDAT first", SIGNATURE + pixels + start + END, DAMAGED)
    yield refused("PNG without IEND", SIGNATURE + start + pixels, DAMAGED)
    yield read("PNG with tRNS before PLTE", SIGNATURE + indexed + trns + colours + pixels + END)
    yield read("PNG with a PLTE of grey", SIGNATURE + start + colours + pixels + END)
    yield refused("PNG with two IHDR", SIGNATURE + start + start + pixels + END, DAMAGED)
    turns = SIGNATURE + indexed + chunk(b"tRNS", b"\0") + colours + start + pixels + END
    yield refused("PNG with a palette that becomes grey", turns, DAMAGED)
    yield read("PNG with two IDAT of which the first suffices", SIGNATURE + start + pixels + pixels + END)
    yield read("PNG with bytes after its end", SIGNATURE + start + pixels + END + b"\0" * 1000)
    yield read("PNG with a zip after its end", SIGNATURE + start + pixels + END + b"PK\3\4" + b"\0" * 26)
    yield read("PNG with another PNG after its end", 2 * (SIGNATURE + start + pixels + END))
    yield refused("PNG behind a line feed", b"\n" + SIGNATURE + start + pixels + END, NOT_AN_IMAGE)
    text = (SIGNATURE + start + pixels + END).replace(b"\r\n", b"\n")
    yield refused("PNG sent as text", text, NOT_AN_IMAGE)
    yield refused("PNG inside PDF", b"%PDF-1.7\n" + SIGNATURE + start + pixels + END, NOT_AN_IMAGE)


def damaged() -> Iterator[Case]:
    """Wrong checksums, wrong data, bits flipped, cut off."""
    raw = data(samples(ink(), GREY, 8), 8)
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
        yield refused(f"PNG pixels {name}", SIGNATURE + start + chunk(b"IDAT", pixels) + END, DAMAGED)
    short = zlib.compress(raw[:-650])
    yield read("PNG pixels of which the last rows are missing", SIGNATURE + start + chunk(b"IDAT", short) + END)
    yield read("PNG pixels and more", SIGNATURE + start + chunk(b"IDAT", zlib.compress(raw + raw)) + END)
    single = b"".join(chunk(b"IDAT", packed[i : i + 1]) for i in range(len(packed)))
    yield read("PNG with IDAT of one byte each", SIGNATURE + start + single + END)
    yield read("PNG with empty IDAT between", SIGNATURE + start + chunk(b"IDAT") + single + chunk(b"IDAT") + END)
    whole = SIGNATURE + start + chunk(b"IDAT", packed)
    yield refused("PNG wrong checksum of IHDR", whole[:29] + b"\0\0\0\0" + whole[33:], DAMAGED)
    yield refused("PNG wrong checksum of pixels", SIGNATURE + start + chunk(b"IDAT", packed, crc=0) + END, DAMAGED)
    yield refused("PNG wrong checksum of IEND", whole + chunk(b"IEND", crc=0), DAMAGED)
    yield refused("PNG wrong checksum of tEXt", written(ink(), before=chunk(b"tEXt", b"a\0b", crc=0)), DAMAGED)
    for place in np.random.default_rng(0).choice(np.arange(24, len(whole)), 40, replace=False):
        flipped = whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :]
        yield refused(f"PNG with a bit flipped in byte {place}", flipped + END, DAMAGED)
    yield refused("PNG with a length of two gigabytes", SIGNATURE + b"\x7f\xff\xff\xffIHDR" + start[8:], DAMAGED)
    yield from cut("PNG", whole + END, "image/png", 24, len(whole + END) - 1)
    opaque = encode(coloured().convert("RGBA"))
    yield from cut("PNG RGBA", opaque, "image/png", 12, len(opaque) - 1)


def lengths() -> Iterator[Case]:
    """Widths and heights that lie, or that are too much; all of it is told by the header."""
    pixels = chunk(b"IDAT", zlib.compress(bytes(9000)))
    for width, height in ((0, 64), (64, 0), (0, 0)):
        yield refused(f"PNG {width} x {height}", SIGNATURE + header(width, height) + pixels + END, DAMAGED)
    most = 2**31 - 1
    for width, height in ((most, most), (2**32 - 1, 2**32 - 1), (most, 1), (1, most), (65535, 65535), (20000, 20000)):
        content = SIGNATURE + header(width, height) + pixels + END
        yield refused(f"PNG {width} x {height}", content, f"{width} x {height}", status=413)
    for width, height in ((4000, 4001), (4001, 4000), (65_536, 1), (1, 16_000_000)):
        content = SIGNATURE + header(width, height, 1) + chunk(b"IDAT", zlib.compress(bytes(3_000_000))) + END
        yield refused(f"PNG {width} x {height}", content, f"{width} x {height}", status=413)
    for width, height in ((4000, 4000), (640, 64), (64, 640)):
        yield refused(
            f"PNG {width} x {height} of 9000 bytes", SIGNATURE + header(width, height) + pixels + END, DAMAGED
        )


def sizes() -> Iterator[Case]:
    """From the smallest seven to 16 megapixels; lines and dots; thin pens."""
    for side in (14, 16, 20, 28, 29, 56, 100, 280, 999, 1001, 2000, 4000):
        yield read(f"PNG {side} x {side}", encode(seven(side)))
    for width, height in ((1, 1), (1, 2), (2, 1), (1, 1000), (1000, 1), (3, 3), (65_535, 1), (1, 65_535)):
        yield refused(f"PNG {width} x {height} blank", encode(Image.new("1", (width, height))), EMPTY)
    for width, height in ((3, 3), (1, 5), (1, 1000), (1000, 1), (50_000, 2), (2, 50_000)):
        picture = Image.new("L", (width, height))
        picture.paste(255, (width // 2, height // 2, width, height * 3 // 4 + 1))
        yield answered(f"PNG {width} x {height} with ink", encode(picture))
    for pen in (1, 2, 4):
        thin = Image.new("L", (1000, 1000))
        ImageDraw.Draw(thin).line([(1000 * x, 1000 * y) for x, y in SEVEN], 255, pen)
        yield read(f"PNG drawn with a pen of {pen} in 1000 pixels", encode(thin))
    specks = Image.new("1", (4000, 4000))
    specks.putpixel((0, 0), 1)
    specks.putpixel((3999, 3999), 1)
    yield refused("PNG of two specks far apart", encode(specks), "thicker pen")
