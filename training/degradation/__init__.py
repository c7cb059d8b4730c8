"""Degradation of training images by what pens, paper, cameras and scanners do to a picture.

Each kind is a function of images (n, 28, 28) float32, 0 paper .. 255 ink, and a random generator; its parameters are
sampled per image. Several kinds belong to the same families as corruptions of MNIST-C (noise, blur, lines, spatter,
fog, stripes, edges), by which the evaluation measures robustness; neither code nor parameters are shared with it.
"""

import numpy as np

from training.augmentation import Floats
from training.dataset import Images
from training.degradation import camera, pen
from training.degradation.sampling import uniform
from training.placement import place

KINDS = (
    *[pen.thicken] * 3,  # the hardest kind that people send: a pen of a quarter of the canvas
    pen.thin,
    pen.interrupt,
    pen.cross_out,
    pen.spatter,
    pen.outline,
    camera.add_noise,
    camera.add_salt_and_pepper,
    camera.blur,
    camera.scatter,
    camera.add_background,
    camera.invert_part,
    camera.saturate,
)
SECOND = 0.2  # fraction of the degraded images that are degraded by a second kind
PLACED = 0.75  # fraction of the degraded images that are scaled and centered again
MAX_NOISE = 63  # of 255; the level up to which a pixel is not ink there is 0, as in a 28x28 picture, or up to this
CHUNK = 512  # images degraded at once, to fit the processor's cache


def degrade(images: Images, fraction: float, rng: np.random.Generator) -> Images:
    """Degrade a fraction of the images by random kinds: (n, 28, 28) uint8 -> the same, 0 paper .. 255 ink.

    Most are then scaled and centered as serving would: a line beyond the digit makes the digit smaller.
    """
    degraded = images.copy()
    chosen = np.flatnonzero(rng.random(len(images)) < fraction)
    again = chosen[rng.random(len(chosen)) < SECOND]
    for indices in (chosen, again):
        kinds = rng.integers(len(KINDS), size=len(indices))
        for kind, function in enumerate(KINDS):
            members = indices[kinds == kind]
            for start in range(0, len(members), CHUNK):
                part = members[start : start + CHUNK]
                degraded[part] = _round(function(degraded[part].astype(np.float32), rng))
    placed = chosen[rng.random(len(chosen)) < PLACED]
    for start in range(0, len(placed), CHUNK):
        part = placed[start : start + CHUNK]
        noise = uniform(rng, -MAX_NOISE, MAX_NOISE, len(part)).clip(0)
        degraded[part] = _round(place(degraded[part].astype(np.float32), noise))
    return degraded


def _round(images: Floats) -> Images:
    return images.round().clip(0, 255).astype(np.uint8)
