"""Input and output signature shared by every exported model: name, dtype and shape."""

from digits.manifest import Tensor

INPUT, OUTPUT = "images", "probabilities"
PIXELS = "pixels"  # between them: what the model itself sees
IMAGES: Tensor = {"name": INPUT, "dtype": "uint8", "shape": ["batch", 28, 28]}  # 0 paper .. 255 ink
PROBABILITIES: Tensor = {"name": OUTPUT, "dtype": "float32", "shape": ["batch", 10]}
