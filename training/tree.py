"""A recipe and images come in; one trained decision tree goes out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from training.augment import augment
from training.dataset import Images, Mnist, Split
from training.deskew import deskew
from training.recipes import TreeRecipe

CHUNK = 512  # images distorted at once: what fits the processor's cache


@dataclass(frozen=True)
class Tree:
    """A fitted tree and the view of the pixels that it was fitted to."""

    fitted: DecisionTreeClassifier
    deskew: bool

    def probabilities(self, images: Images) -> NDArray[np.float64]:
        """Classify images (n, 28, 28) uint8, 0..255 -> (n, 10)."""
        return self.fitted.predict_proba(pixels(images, self.deskew))  # type: ignore[no-any-return]


def pixels(images: Images, upright: bool) -> NDArray[np.float32]:
    """The tree's features: (n, 28, 28) uint8 -> (n, 784) float32, whole numbers 0..255."""
    return deskew(images) if upright else images.reshape(len(images), -1).astype(np.float32)


def train(recipe: TreeRecipe, data: Mnist, on_step: Callable[[], None] = lambda: None) -> Tree:
    """Fit a tree to the training images and their distorted copies. `on_step` is called copies + 1 times."""
    rng = np.random.default_rng(recipe.seed)
    views = [pixels(data.train.images, recipe.deskew)]
    for _ in range(recipe.copies):
        views.append(pixels(_distorted(data.train, recipe, rng), recipe.deskew))
        on_step()
    fitted = DecisionTreeClassifier(
        criterion=recipe.criterion,
        max_depth=recipe.max_depth,
        min_samples_leaf=recipe.min_samples_leaf,
        random_state=recipe.seed,
    ).fit(np.concatenate(views), np.tile(data.train.labels, len(views)))
    on_step()
    return Tree(fitted, recipe.deskew)


def _distorted(split: Split, recipe: TreeRecipe, rng: np.random.Generator) -> Images:
    assert recipe.distortion is not None
    chunks = [split.images[start : start + CHUNK] for start in range(0, len(split), CHUNK)]
    return np.concatenate([augment(chunk, recipe.distortion, rng).round().astype(np.uint8) for chunk in chunks])
