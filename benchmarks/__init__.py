"""Benchmarks: cold start, warm latency, HTTP, memory, size, cost and scale, compared with other servers."""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # set before onnxruntime is imported: it sends telemetry by default
