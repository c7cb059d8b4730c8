"""Separation of a digit's ink from uneven light, lines, frames and other ink, for pictures that are not plain drawings.

All of it is numpy and Pillow, because an imaging library would double the deployment package. It is imported at the
first picture that needs it.
"""
