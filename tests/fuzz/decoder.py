"""Bytes come in, each chosen by the code that the ones before reached; what breaks the decoder of images goes out.

`python -m tests.fuzz.decoder [-runs=1000000] [folder]`: the options are libFuzzer's; what it finds goes to artifacts/.
"""

import struct
import warnings
import zlib

import atheris
import numpy as np

with atheris.instrument_imports(include=["digits", "PIL"]):
    from PIL import Image, JpegImagePlugin, WebPImagePlugin  # noqa: F401

    from digits import decode, jpeg, preprocess  # noqa: F401
    from digits.errors import DigitsError

from tests.fuzz.fuzzer import fuzz

# 16 megapixels would make a run take 100 ms instead of 0.1, and show no more: no line depends on how many they are.
decode.MAX_PIXELS = 1 << 14
Image.MAX_IMAGE_PIXELS = decode.MAX_PIXELS // 2
warnings.simplefilter("error")  # in Lambda each would be a line of log that anybody can write


def target(data: bytes) -> None:
    """Decode the bytes as they are, and as a PNG with right checksums: hardly a change would get past those."""
    normalized(data)
    if data.startswith(decode.PNG):
        normalized(mended(data))


def normalized(data: bytes) -> None:
    try:
        picture = preprocess.normalize(decode.decode(data))
    except DigitsError:
        return
    assert picture.shape == (preprocess.SIZE, preprocess.SIZE)
    assert picture.dtype == np.uint8
    assert picture.any()


def mended(png: bytes) -> bytes:
    """Make the checksum of each chunk right."""
    parts, place = [decode.PNG], len(decode.PNG)
    while place + 12 <= len(png):
        end = place + 8 + int.from_bytes(png[place : place + 4])
        chunk = png[place:end]
        parts += chunk, struct.pack(">I", zlib.crc32(chunk[4:]))
        place = end + 4
    return b"".join(parts)


if __name__ == "__main__":
    fuzz(target)
