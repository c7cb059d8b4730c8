"""Evaluation of the exported models: metrics, calibration, robustness, handwriting, explanations."""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is imported: it reports to its maker by default
