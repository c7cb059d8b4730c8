"""A recipe and images come in; one trained decision tree goes out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from training.augmentation import augment
from training.calibration import Calibration, smooth
from training.dataset import Images, Mnist
from training.deskew import pixels
from training.recipes import TreeRecipe, View
from training.regional_variants import european


@dataclass(frozen=True)
class Tree:
    """A fitted tree and the view of the images that it was fitted to."""

    fitted: DecisionTreeClassifier
    view: View | None
    calibration: Calibration | None = None

    def probabilities(self, images: Images) -> NDArray[np.float64]:
        """Classify images (n, 28, 28) uint8, 0..255 -> (n, 10)."""
        return self.fitted.predict_proba(pixels(images, self.view))  # type: ignore[no-any-return]


def train(recipe: TreeRecipe, data: Mnist, on_step: Callable[[], None] = lambda: None) -> Tree:
    """Fit a tree to the training images and their distorted copies. `on_step` is called copies + 1 times."""
    rng = np.random.default_rng(recipe.seed)
    views = [pixels(data.train.images, recipe.view)]
    for _ in range(recipe.copies):
        assert recipe.distortion is not None
        views.append(pixels(augment(european(data.train, recipe.european, rng), recipe.distortion, rng), recipe.view))
        on_step()
    fitted = DecisionTreeClassifier(
        criterion=recipe.criterion,
        max_depth=recipe.max_depth,
        min_samples_leaf=recipe.min_samples_leaf,
        random_state=recipe.seed,
    ).fit(np.concatenate(views), np.tile(data.train.labels, len(views)))
    on_step()
    if not recipe.calibrate:
        return Tree(fitted, recipe.view)
    validation = pixels(data.validation.images, recipe.view)
    return Tree(fitted, recipe.view, smooth(fitted, validation, data.validation.labels))
