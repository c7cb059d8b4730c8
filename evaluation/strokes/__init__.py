"""Recorded pen strokes: files of digits that people drew, and their conversion from published data sets."""
