"""Accuracy on changed test images: distortions of growing strength."""
