"""Input and output signature shared by every exported model: name, dtype and shape."""

from digits.manifest import Tensor
from digits.preprocess import SIZE

INPUT, OUTPUT = "images", "probabilities"
PIXELS = "pixels"  # the transformed input, between them
IMAGES: Tensor = {"name": INPUT, "dtype": "uint8", "shape": ["batch", SIZE, SIZE]}  # 0 paper .. 255 ink
LIKENESS = "digit_likeness"  # (batch,) float32, 0..1: a second output of an MLP with a detector
PROBABILITIES: Tensor = {"name": OUTPUT, "dtype": "float32", "shape": ["batch", 10]}
