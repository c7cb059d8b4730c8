"""Classification of handwritten digits over HTTP, by a neural network and a decision tree."""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is imported: it sends usage data by default
