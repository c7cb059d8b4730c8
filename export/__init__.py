"""Trained models come in; the ONNX bundle that is served goes out, proven equal to them."""

import training as training  # quietens TensorFlow before anything imports it
