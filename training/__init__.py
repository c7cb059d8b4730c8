"""Training of the MLP (Keras) and the decision tree (scikit-learn) on MNIST, into `artifacts/`."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported: errors only
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is imported: its telemetry is on by default
