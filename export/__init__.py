"""Trained models come in; the ONNX bundle that is served goes out, proven equal to them."""

import training as training  # its environment variables, before TensorFlow and onnxruntime are imported
