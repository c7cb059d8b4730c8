"""A picture of a drawn digit goes in; ten probabilities come out, from a neural network or a decision tree."""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is imported: it reports to its maker by default
