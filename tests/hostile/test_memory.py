"""The largest accepted images fit into a small function, and are read in a moment."""

import subprocess
import sys

import pytest

from tests.hostile.corpus import corpus

SECONDS = 2
MEASURE = """
import sys, time
from PIL import JpegImagePlugin, WebPImagePlugin
from digits.decode import decode
from digits.preprocess import normalize
from digits.errors import NothingDrawn

def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))

data = sys.stdin.buffer.read()
before, started = peak(), time.process_time()
try:
    normalize(decode(data))
except NothingDrawn:
    pass
print((peak() - before) / 1024, time.process_time() - started)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much memory a process had at most")
@pytest.mark.parametrize(
    ("name", "megabytes"),
    [
        ("PNG RGBA 16 bit blank of 16 megapixels", 100),
        ("PNG grey 16 bit blank of 16 megapixels", 100),
        ("PNG palette 8 bit blank of 16 megapixels", 100),
        ("JPEG progressive CMYK of 16 megapixels", 140),
        ("WebP of 16 megapixels", 260),  # libwebp keeps two canvases
    ],
)
def test_the_largest_images_take_little_memory_and_time(name: str, megabytes: int) -> None:
    (case,) = (case for case in corpus() if case.name == name)
    done = subprocess.run([sys.executable, "-c", MEASURE], input=case.content, capture_output=True, check=True)
    peak, seconds = map(float, done.stdout.split())
    assert peak < megabytes
    assert seconds < SECONDS
