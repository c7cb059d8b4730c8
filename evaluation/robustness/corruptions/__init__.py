"""The 15 corruptions of MNIST-C, written from the paper's descriptions, at its severities.

N. Mu, J. Gilmer, "MNIST-C: A robustness benchmark for computer vision", arXiv:1906.02337, 2019. The parameters are the
published ones; random draws differ, so that accuracy agrees with the published images within a few percentage points.
"""

from collections.abc import Callable

import numpy as np

from evaluation.robustness.corruptions.edges import canny_edges
from evaluation.robustness.corruptions.geometry import rotate, scale, shear, translate
from evaluation.robustness.corruptions.light import brightness, fog, spatter, stripe
from evaluation.robustness.corruptions.lines import dotted_line, zigzag
from evaluation.robustness.corruptions.noise import glass_blur, impulse_noise, motion_blur, shot_noise
from training.dataset import Images

SEED = 0

type Corruption = Callable[[Images, np.random.Generator], Images]

CORRUPTIONS: dict[str, Corruption] = {
    "shot_noise": shot_noise,
    "impulse_noise": impulse_noise,
    "glass_blur": glass_blur,
    "motion_blur": motion_blur,
    "shear": shear,
    "scale": scale,
    "rotate": rotate,
    "brightness": brightness,
    "translate": translate,
    "stripe": stripe,
    "fog": fog,
    "spatter": spatter,
    "dotted_line": dotted_line,
    "zigzag": zigzag,
    "canny_edges": canny_edges,
}


def corrupt(name: str, images: Images, seed: int = SEED) -> Images:
    """Corrupt images (n, 28, 28) uint8, the same for the same seed. Raises KeyError for an unknown name."""
    corruption = CORRUPTIONS[name]
    return corruption(images, np.random.default_rng((seed, list(CORRUPTIONS).index(name))))
