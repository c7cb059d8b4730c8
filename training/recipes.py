"""Every recipe by its name: what is trained, on what, for how long, and why."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Distortion:
    """How far `training.augmentation` bends an image: each amount is drawn anew for each image, uniform in +- the figure."""

    rotation: float  # degrees
    scale: float  # share of the size
    shear: float  # columns a row
    shift: float  # pixels, each axis
    elastic: float  # pixels, standard deviation of a smooth random field
    thickness: float  # share of the way to the image eroded (thinner) or dilated (thicker) by one pixel


@dataclass(frozen=True)
class View:
    """What a model is shown of an image: the digit brought to one slant, size and place by `training.deskew`."""

    rows: int
    columns: int
    row_deviation: float  # pixels of the view from its middle to one standard deviation of the ink
    column_deviation: float
    blur: int = 1  # side of the square of the image's pixels that is averaged before; 1: sharp


@dataclass(frozen=True)
class Finish:
    """A network's last epochs, on images hardly bent: bent ones teach it much, but are not what it will read."""

    epochs: int
    learning_rate: float
    distortion: Distortion
    european: float


@dataclass(frozen=True)
class MlpRecipe:
    """A network of dense layers."""

    hidden: tuple[int, ...]  # units of each hidden layer, all ReLU
    dropout: tuple[float, ...]  # share dropped after each
    epochs: int  # at most; the original stops early
    batch: int  # images
    learning_rate: float  # Adam's, at its highest
    view: View | None = None  # None: the image as it is
    distortion: Distortion | None = None  # fresh in every epoch
    european: float = 0.0  # share of the ones, fours and sevens redrawn as in Europe, before they are distorted
    finish: Finish | None = None
    ema: float | None = None  # momentum of the averaged weights that are kept
    plateau: bool = False  # watch the validation loss: lower the rate, stop early
    calibrate: bool = False  # one temperature, fitted to the validation images
    seed: int = 42


@dataclass(frozen=True)
class TreeRecipe:
    """One axis-aligned decision tree over the pixels of the view."""

    criterion: str
    max_depth: int | None
    min_samples_leaf: int
    view: View | None = None  # None: the image as it is
    copies: int = 0  # distorted copies of the training set beside it
    distortion: Distortion | None = None
    european: float = 0.0  # share of the copies' ones, fours and sevens redrawn as in Europe
    calibrate: bool = False  # as many images added to each leaf as the validation images want
    seed: int = 42


# Two and a half standard deviations down, three across: all ink of nearly every digit.
SHARP = View(rows=28, columns=28, row_deviation=5.5, column_deviation=4.2)
# A tree asks for one pixel at a time: fewer, each the mean of its neighbourhood, tell it more.
SOFT = View(rows=18, columns=15, row_deviation=4.1, column_deviation=3.3, blur=3)

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
        view=SHARP,
        distortion=Distortion(rotation=12, scale=0.15, shear=0.15, shift=1.2, elastic=0.7, thickness=0.6),
        european=0.2,
        ema=0.995,
        calibrate=True,
    ),
    # As many weights as 6 MB of ONNX hold.
    "wide": MlpRecipe(
        hidden=(1024, 512),
        dropout=(0.1, 0.1),
        epochs=150,
        batch=256,
        learning_rate=1.5e-3,
        view=SHARP,
        distortion=Distortion(rotation=12, scale=0.15, shear=0.15, shift=1.2, elastic=0.9, thickness=0.7),
        european=0.2,
        finish=Finish(
            epochs=10,
            learning_rate=3e-4,
            distortion=Distortion(rotation=1.8, scale=0.02, shear=0.02, shift=0.2, elastic=0.14, thickness=0.1),
            european=0.05,
        ),
        ema=0.998,
        calibrate=True,
    ),
}

TREE = {
    # As the original application published it.
    "original": TreeRecipe(criterion="gini", max_depth=10, min_samples_leaf=1),
    # Many copies, distorted less than the network's but with strokes of every thickness; leaves as small as 2 MB of
    # ONNX allow.
    "upright": TreeRecipe(
        criterion="entropy",
        max_depth=None,
        min_samples_leaf=6,
        view=SOFT,
        copies=9,
        distortion=Distortion(rotation=8, scale=0.1, shear=0.1, shift=0.6, elastic=0.6, thickness=0.9),
        european=0.2,
        calibrate=True,
    ),
}

DEFAULT = {"mlp": "wide", "tree": "upright"}
