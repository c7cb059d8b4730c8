"""Report: evaluation.json and benchmark.json to figures and report.html."""
