"""Conversion of the trained models to ONNX, verified against the originals, and publication of the bundle."""

import training as training  # its environment variables, before TensorFlow and onnxruntime are imported
