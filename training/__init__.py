"""Training of the MLP (Keras) and the decision tree (scikit-learn) on MNIST, into `artifacts/`."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported: errors only
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # the same kernels on every processor, and no message about them
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is imported: its telemetry is on by default
