"""Coverage-guided fuzz test (atheris, libFuzzer) of image decoding and preprocessing."""

import struct
import warnings
import zlib

import atheris
import numpy as np

with atheris.instrument_imports(include=["digits", "PIL"]):
    from PIL import JpegImagePlugin, WebPImagePlugin  # noqa: F401

    from digits import decode, jpeg, preprocess  # noqa: F401
    from digits.errors import DigitsError


decode.MAX_PIXELS = 1 << 14  # 0.1 ms an input instead of 100
warnings.simplefilter("error")  # in Lambda each would be a log line that any client can cause


def target(data: bytes) -> None:
    """Decode the bytes, and a PNG also with corrected checksums: few mutations would pass them."""
    check(data)
    if data.startswith(decode.PNG_SIGNATURE):
        check(with_checksums(data))


def check(data: bytes) -> None:
    try:
        picture = preprocess.normalize(decode.decode(data))
    except DigitsError:
        return
    assert picture.shape == (preprocess.SIZE, preprocess.SIZE)
    assert picture.dtype == np.uint8
    assert picture.any()


def with_checksums(png: bytes) -> bytes:
    """Correct the checksum of each chunk."""
    parts, position = [decode.PNG_SIGNATURE], len(decode.PNG_SIGNATURE)
    while position + 12 <= len(png):
        end = position + 8 + int.from_bytes(png[position : position + 4])
        chunk = png[position:end]
        parts += chunk, struct.pack(">I", zlib.crc32(chunk[4:]))
        position = end + 4
    return b"".join(parts)
