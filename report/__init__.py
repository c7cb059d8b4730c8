"""Evaluation report: figures and pages from evaluation.json, predictions.json and benchmark.json."""
