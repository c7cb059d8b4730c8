"""Evaluation report: figures and report.html from evaluation.json, predictions.json and benchmark.json."""
