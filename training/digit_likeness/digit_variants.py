"""Digits as people draw, scan and photograph them: the positive examples of the detector."""

import numpy as np
from PIL import Image

from digits.errors import NothingDrawn
from digits.preprocess import SIZE, normalize
from training.augmentation import augment
from training.dataset import Images, Split
from training.digit_likeness import non_digits
from training.recipes import Distortion
from training.regional_variants import draw_regional_variants
from training.strokes import synthetic

DISTORTION = Distortion(rotation=12, scale=0.15, shear=0.15, shift=1.2, elastic=0.9, thickness=1.0)
REGIONAL_VARIANTS = 0.2  # fraction of ones, fours and sevens
LINE, NOISE, GAPS, DRAWN = 0.06, 0.06, 0.06, 0.2  # fractions of the digits

PEN = (0.03, 0.25)  # diameter, as a fraction of the canvas


def make(count: int, digits: Split, rng: np.random.Generator) -> Images:
    """Distort `count` digits: (count, 28, 28) uint8, 0 paper .. 255 ink."""
    chosen = rng.integers(len(digits), size=count)
    split = Split(digits.images[chosen], digits.labels[chosen])
    images = draw_regional_variants(split, REGIONAL_VARIANTS, rng)
    distorted = rng.random(count) < 0.8
    images[distorted] = augment(images[distorted], DISTORTION, rng)
    kinds = rng.random(count)
    limits = np.cumsum([LINE, NOISE, GAPS])
    slashed = (split.labels == 0) & (rng.random(count) < 0.5)
    for index in np.flatnonzero((kinds < LINE) | slashed):
        images[index] = with_line(images[index], split.labels[index], rng)
    noisy = (kinds >= limits[0]) & (kinds < limits[1])
    images[noisy] = with_noise(images[noisy], rng)
    for index in np.flatnonzero((kinds >= limits[1]) & (kinds < limits[2])):
        images[index] = with_gap(images[index], rng)
    replaced = np.flatnonzero(kinds > 1 - DRAWN)
    for index, digit in zip(replaced, synthetic.digits(len(replaced), int(rng.integers(1 << 31))), strict=True):
        images[index] = drawn(digit.strokes, rng)
    return images


def with_line(image: Images, label: int, rng: np.random.Generator) -> Images:
    """Draw one line across a digit: the slash of a zero, a rule of the paper."""
    paper = Image.fromarray(image).resize((non_digits.CANVAS,) * 2)
    angle = rng.uniform(0.6, 1.3) if label == 0 else rng.normal(0, 0.1)
    reach = rng.uniform(0.3, 0.5) * np.array([np.cos(angle), -np.sin(angle)])
    middle = 0.5 + (0 if label == 0 else rng.uniform(-0.25, 0.25)) * np.array([0, 1])
    non_digits.draw(paper, [np.stack([middle - reach, middle + reach])], rng.uniform(0.02, 0.09))
    return normalize(paper)


def with_noise(images: Images, rng: np.random.Generator) -> Images:
    """Add Gaussian noise of a random strength to each image."""
    noise = rng.normal(0, 1, images.shape) * rng.uniform(5, 45, (len(images), 1, 1))
    return (images + noise).clip(0, 255).astype(np.uint8)


def with_gap(image: Images, rng: np.random.Generator) -> Images:
    """Erase a line of one or two pixels."""
    y, x = np.mgrid[:SIZE, :SIZE] - rng.uniform(9, 19, (2, 1, 1))
    angle = rng.uniform(0, np.pi)
    distance = np.abs(y * np.cos(angle) - x * np.sin(angle))
    erased: Images = (image * (distance - rng.uniform(0.2, 0.8)).clip(0, 1)).astype(np.uint8)
    return erased


def drawn(strokes: synthetic.Strokes, rng: np.random.Generator) -> Images:
    """Draw a digit with a pen of any width."""
    paper = Image.new("L", (non_digits.CANVAS,) * 2)
    non_digits.draw(paper, strokes, rng.uniform(*PEN))
    try:
        return normalize(paper)
    except NothingDrawn:
        return np.zeros((SIZE, SIZE), np.uint8)
