"""Training: MNIST to a network (Keras) and a decision tree (scikit-learn), written to `artifacts/`."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported: errors, not its start-up notes
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is imported: it reports to its maker by default
