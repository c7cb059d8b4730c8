"""Bytes come in, millions of them, each chosen by the code that the ones before reached; what breaks decoding goes out.

`python -m tests.fuzz.decoder [folder of a corpus] [-runs=1000000]`: options are libFuzzer's.
"""

import sys

import atheris

with atheris.instrument_imports(include=["digits", "PIL"]):
    from PIL import Image, JpegImagePlugin, WebPImagePlugin  # noqa: F401

    from digits import drawing, photograph  # noqa: F401
    from digits.errors import DigitsError

# A header of 16 megapixels would make each run take 100 ms; nothing in the code depends on how many they are.
drawing.MAX_PIXELS = 1 << 14
Image.MAX_IMAGE_PIXELS = drawing.MAX_PIXELS // 2
