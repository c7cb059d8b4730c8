"""Memory and time of decoding and preprocessing the largest accepted images, and larger ones."""

import subprocess
import sys

import pytest

from tests.support.malformed_files.corpus import corpus

SECONDS = 2
MEASURE = """
import sys, time
from PIL import JpegImagePlugin, WebPImagePlugin
from digits.decode import decode
from digits.preprocess import normalize
from digits.errors import DigitsError

def peak():  # KB of used (VmHWM) or allocated (VmPeak) memory
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(sys.argv[1]))

data = sys.stdin.buffer.read()
before, started, outcome = peak(), time.process_time(), "digit"
try:
    normalize(decode(data))
except DigitsError as error:
    outcome = type(error).__name__
print((peak() - before) / 1024, time.process_time() - started, outcome)
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc/self/status"),
]


def measure(name: str, field: str) -> tuple[float, float, str]:
    """Decode and preprocess a file of the corpus. Return the peak memory in MB, CPU seconds and the error's name."""
    (case,) = (case for case in corpus() if case.name == name)
    command = [sys.executable, "-W", "error", "-c", MEASURE, field]
    output = subprocess.run(command, input=case.content, stdout=subprocess.PIPE, check=True).stdout
    megabytes, seconds, outcome = output.decode().split()
    return float(megabytes), float(seconds), outcome


@pytest.mark.parametrize(
    ("name", "megabytes"),
    [
        ("PNG RGBA 16 bit blank of 16 megapixels", 100),
        ("PNG gray 16 bit blank of 16 megapixels", 100),
        ("PNG palette 8 bit blank of 16 megapixels", 100),
        ("JPEG progressive CMYK of 16 megapixels", 140),
        ("WebP of 16 megapixels", 260),  # libwebp holds two canvases
    ],
)
def test_largest_images_use_little_memory_and_time(name: str, megabytes: int) -> None:
    peak, seconds, outcome = measure(name, "VmHWM")
    assert peak < megabytes
    assert seconds < SECONDS
    assert outcome in ("digit", "NothingDrawn")


@pytest.mark.parametrize("name", ["WebP 16383 x 16383", "WebP lossy 16383 x 16383", "WebP lossless 16384 x 16384"])
def test_oversized_webp_is_rejected_without_allocating_memory(name: str) -> None:
    peak, _, outcome = measure(name, "VmPeak")
    assert outcome == "TooLarge"
    assert peak < 1
