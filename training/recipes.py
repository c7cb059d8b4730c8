"""Every recipe by its name: what is trained, on what, for how long, and why."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Distortion:
    """How far `training.augment` bends an image: each amount is drawn anew for each image, uniform in +- the figure."""

    rotation: float  # degrees
    scale: float  # share of the size
    shear: float  # columns a row
    shift: float  # pixels, each axis
    elastic: float  # pixels, standard deviation of a smooth random field
    thickness: float  # share of the way to the image eroded (thinner) or dilated (thicker) by one pixel


@dataclass(frozen=True)
class MlpRecipe:
    """A network of dense layers."""

    hidden: tuple[int, ...]  # units of each hidden layer, all ReLU
    dropout: tuple[float, ...]  # share dropped after each
    epochs: int  # at most; the original stops early
    batch: int  # images
    learning_rate: float  # Adam's, at its highest
    distortion: Distortion | None = None  # fresh in every epoch
    ema: float | None = None  # momentum of the averaged weights that are kept
    plateau: bool = False  # watch the validation loss: lower the rate, stop early
    seed: int = 42


@dataclass(frozen=True)
class TreeRecipe:
    """One axis-aligned decision tree over the 784 pixels."""

    criterion: str
    max_depth: int | None
    min_samples_leaf: int
    deskew: bool = False  # upright first, inside the exported graph
    copies: int = 0  # distorted copies of the training set beside it
    distortion: Distortion | None = None
    seed: int = 42


MLP = {
    # As the original application published it, 118,282 parameters.
    "original": MlpRecipe(
        hidden=(128, 128),
        dropout=(0.15, 0.1),
        epochs=100,
        batch=64,
        learning_rate=1e-3,
        plateau=True,
    ),
    # The same parameters; distortions that never repeat take the place of dropout, and averaged weights
    # under a cosine schedule that of early stopping.
    "compact": MlpRecipe(
        hidden=(128, 128),
        dropout=(0.0, 0.0),
        epochs=90,
        batch=256,
        learning_rate=2.5e-3,
        distortion=Distortion(rotation=10, scale=0.12, shear=0.12, shift=1.2, elastic=0.6, thickness=0.3),
        ema=0.995,
    ),
}

TREE = {
    # As the original application published it.
    "original": TreeRecipe(criterion="gini", max_depth=10, min_samples_leaf=1),
    # A split can only ask for one pixel, so slant costs a tree far more than it costs a network. Many copies, moved
    # less than the network's and with strokes of every thickness; leaves as small as 2 MB of ONNX allow.
    "deskewed": TreeRecipe(
        criterion="entropy",
        max_depth=None,
        min_samples_leaf=8,
        deskew=True,
        copies=9,
        distortion=Distortion(rotation=6, scale=0.08, shear=0.08, shift=0.4, elastic=0.5, thickness=0.9),
    ),
}

DEFAULT = {"mlp": "compact", "tree": "deskewed"}
