"""Training of one decision tree (scikit-learn)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from digits.preprocess import SIZE
from training.augmentation import augment
from training.calibration import Calibration, add_to_leaves, smooth_leaves
from training.dataset import Images, Mnist, Split
from training.deskew import transform_images
from training.recipes import InputTransform, TreeRecipe
from training.regional_variants import draw_regional_variants


@dataclass(frozen=True)
class TrainedTree:
    """A decision tree and the transform of its input."""

    model: DecisionTreeClassifier
    transform: InputTransform | None
    calibration: Calibration | None = None

    def probabilities(self, images: Images) -> NDArray[np.float64]:
        """Classify images (n, 28, 28) uint8, 0..255 -> (n, 10)."""
        return self.model.predict_proba(transform_images(images, self.transform))  # type: ignore[no-any-return]

    def importances(self) -> NDArray[np.float64]:
        """Return the importance of each pixel, in sum 1: (28, 28), or (rows, columns) of the deskewed input."""
        shape = (self.transform.rows, self.transform.columns) if self.transform else (SIZE, SIZE)
        return self.model.feature_importances_.reshape(shape)  # type: ignore[no-any-return]


def train(recipe: TreeRecipe, data: Mnist, on_step: Callable[[], None] = lambda: None) -> TrainedTree:
    """Fit a tree to the training images and their distorted copies. Calls `on_step` copies + 1 times a fit.

    Where the recipe calibrates and uses all images, the smoothing is that of a first tree, to which the validation
    images were unknown.
    """
    split = data.train + data.validation if recipe.all_images else data.train
    if not recipe.calibrate:
        return TrainedTree(_fit(recipe, split, on_step), recipe.transform)
    model = _fit(recipe, data.train, on_step)
    validation = transform_images(data.validation.images, recipe.transform)
    calibration = smooth_leaves(model, validation, data.validation.labels)
    if recipe.all_images:
        model = _fit(recipe, split, on_step)
        add_to_leaves(model, calibration.amount)
    return TrainedTree(model, recipe.transform, calibration)


def _fit(recipe: TreeRecipe, split: Split, on_step: Callable[[], None]) -> DecisionTreeClassifier:
    rng = np.random.default_rng(recipe.seed)
    inputs = [transform_images(split.images, recipe.transform)]
    for _ in range(recipe.copies):
        assert recipe.distortion is not None
        varied = draw_regional_variants(split, recipe.regional_variants, rng)
        inputs.append(transform_images(augment(varied, recipe.distortion, rng), recipe.transform))
        on_step()
    model = DecisionTreeClassifier(
        criterion=recipe.criterion,
        max_depth=recipe.max_depth,
        min_samples_leaf=recipe.min_samples_leaf,
        random_state=recipe.seed,
    ).fit(np.concatenate(inputs), np.tile(split.labels, len(inputs)))
    on_step()
    return model
