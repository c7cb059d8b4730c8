"""Files of other formats, random bytes, and files with another content type."""

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image

from digits.http.body import IMAGES, OTHER_IMAGES
from tests.support.malformed_files.case import JPEG, JSON, NOT_AN_IMAGE, PNG, WEBP, Case, colored, read, rejected
from tests.support.pictures import encode

WRITTEN = ("GIF", "BMP", "TIFF", "ICO", "PPM", "TGA", "PCX", "SGI", "JPEG2000", "AVIF", "DDS", "MSP", "ICNS", "QOI")
HEADS = {  # first bytes of other formats
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9"/></svg>',
    "SVG bomb": b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><svg>&b;</svg>',
    "HTML": b"<!DOCTYPE html><script>alert(1)</script>",
    "PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "AVIF header": b"\0\0\0\x1cftypavif\0\0\0\0avifmif1",
    "MP4": b"\0\0\0\x18ftypisom\0\0\2\0isomiso2",
    "JPEG XL": b"\xff\x0a\xfa\x1f",
    "JPEG XL container": b"\0\0\0\x0cJXL \r\n\x87\n",
    "PSD": b"8BPS\0\1\0\0\0\0\0\0",
    "MNG": b"\x8aMNG\r\n\x1a\n",
    "JNG": b"\x8bJNG\r\n\x1a\n",
    "zip": b"PK\3\4\x14\0\0\0",
    "gzip": b"\x1f\x8b\x08\0\0\0\0\0",
    "ELF": b"\x7fELF\2\1\1\0",
    "EXE": b"MZ\x90\0\3\0\0\0",
    "WebAssembly": b"\0asm\1\0\0\0",
    "script": b"#!/bin/sh\nrm -rf /\n",
    "SQLite": b"SQLite format 3\0",
    "pickle": b"\x80\x04cos\nsystem\n(S'true'\ntR.",
    "ONNX": b"\x08\x08\x12\x07pytorch",
    "MNIST": b"\0\0\x08\x03\0\0\x27\x10\0\0\0\x1c\0\0\0\x1c",
    "text": b"seven",
    "JSON": b'{"drawing_data": "data:image/png;base64,"}',
    "base64 of a PNG": b"iVBORw0KGgoAAAANSUhEUgAAABw=",
    "data URL": b"data:image/png;base64,iVBORw0KGgo=",
    "UTF-8 mark": b"\xef\xbb\xbf\x89PNG\r\n\x1a\n",
    "nothing": b"",
    "one zero": b"\0",
    "zeros": bytes(1 << 20),
    "line feeds": b"\n" * 1000,
    "half a PNG signature": b"\x89PNG",
    "PNG signature in lower case": b"\x89png\r\n\x1a\n",
    "RIFF alone": b"RIFF",
    "form": b"drawing_data=data%3Aimage%2Fpng%3Bbase64%2C",
}
OTHER_MEDIA = (
    *("image/gif", "image/bmp", "image/tiff", "image/svg+xml", "image/avif", "image/heic", "image/*"),
    *("application/pdf", "application/xml", "application/jsonp", "application/x-ndjson"),
    *(
        "text/html",
        "text/json",
        "multipart/form-data",
        "multipart/form-data; boundary=b",
        "png",
        "image",
        "/",
        ";",
        "*/*",
    ),
)


def other_formats() -> Iterator[Case]:
    for format in WRITTEN:
        picture = colored().convert("1") if format == "MSP" else colored()
        file = io.BytesIO()
        picture.save(file, format)
        yield rejected(f"{format} called PNG", file.getvalue(), NOT_AN_IMAGE)
    for name, head in HEADS.items():
        yield rejected(f"{name} called PNG", head, NOT_AN_IMAGE)


def random() -> Iterator[Case]:
    generator = np.random.default_rng(0)
    for size in (1, 2, 3, 7, 8, 100, 1000, 100_000):
        yield rejected(f"{size} random bytes", generator.integers(0, 256, size, np.uint8).tobytes(), NOT_AN_IMAGE)
    for media, start in ((PNG, b"\x89PNG\r\n\x1a\n"), (JPEG, b"\xff\xd8\xff"), (WEBP, b"RIFF\0\1\0\0WEBPVP8 ")):
        for size in (1, 10, 1000, 100_000):
            content = start + generator.integers(0, 256, size, np.uint8).tobytes()
            yield rejected(f"{media} start and {size} random bytes", content, "damaged or cut off", media)


def other_content_types() -> Iterator[Case]:
    """The content decides the format, if the content type is an accepted one, in any case and with any parameter."""
    for format in ("PNG", "JPEG", "WEBP"):
        for media in (*IMAGES, *OTHER_IMAGES, "IMAGE/PNG", "image/jpeg; charset=utf-8", " image/webp ;q=1"):
            yield read(f"{format} called {media}", encode(colored(), format), media)
    for media in ("", *OTHER_MEDIA):
        yield rejected(f"PNG called {media or 'nothing'}", encode(colored()), "Send application/json", media, 415)
    yield rejected("PNG called JSON", encode(colored()), "not JSON", JSON, 400)
    yield rejected("body over the limit", bytes((1 << 20) + 1), "larger than 1,048,576 bytes", PNG, 413)
    yield read("body of the limit", encode(colored()).ljust(1 << 20, b"\0"), PNG)


def polyglots() -> Iterator[Case]:
    """Files of two formats have the format of their first bytes."""
    png, gif = encode(colored()), encode(Image.new("L", (9, 9)), "GIF")
    yield rejected("GIF and PNG", gif + png, NOT_AN_IMAGE)
    yield read("PNG and GIF", png + gif)
    yield read("PNG and JPEG", png + encode(colored(), "JPEG"))
    yield rejected("GIF that is JavaScript", b"GIF89a=1/*" + png + b"*/;alert(1)", NOT_AN_IMAGE)
    yield rejected("zip that is PNG", b"PK\3\4" + png, NOT_AN_IMAGE)
    yield rejected("tar that holds PNG", b"seven.png".ljust(512, b"\0") + png, NOT_AN_IMAGE)


FAMILIES = (other_formats, random, other_content_types, polyglots)
