"""Detector of pictures that are not one digit: its training images, fit and calibration."""
