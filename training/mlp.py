"""A recipe and images come in; a trained network of dense layers goes out."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from training.augment import augment
from training.dataset import CLASSES, Mnist, Split
from training.recipes import MlpRecipe

WARM_UP = 0.05  # share of the steps in which the learning rate rises: Adam's averages are still noise

type Progress = Callable[[dict[str, float]], None]


@dataclass(frozen=True)
class Trained:
    model: keras.Model  # (n, 28, 28), 0..255 -> probabilities (n, 10)
    history: dict[str, list[float]]  # one figure an epoch


def build(recipe: MlpRecipe) -> keras.Model:
    """Build the untrained network: pixels (n, 28, 28), 0..255 -> probabilities (n, 10)."""
    layers = [keras.Input((28, 28)), keras.layers.Rescaling(1 / 255), keras.layers.Flatten()]
    for units, dropout in zip(recipe.hidden, recipe.dropout, strict=True):
        layers.append(keras.layers.Dense(units, "relu", kernel_initializer="he_normal"))
        if dropout:
            layers.append(keras.layers.Dropout(dropout))
    layers.append(keras.layers.Dense(CLASSES, "softmax"))
    return keras.Sequential(layers, name="mlp")


def train(recipe: MlpRecipe, data: Mnist, on_epoch: Progress = lambda _: None) -> Trained:
    """Fit a network to the training images, watched on the validation images."""
    keras.utils.set_random_seed(recipe.seed)
    model = build(recipe)
    steps = recipe.epochs * math.ceil(len(data.train) / recipe.batch)
    model.compile(_optimizer(recipe, steps), "categorical_crossentropy", metrics=["accuracy"])
    log = model.fit(
        _Batches(data.train, recipe),
        epochs=recipe.epochs,
        validation_data=(data.validation.images.astype(np.float32), _one_hot(data.validation)),
        callbacks=[*_callbacks(recipe), keras.callbacks.LambdaCallback(on_epoch_end=lambda _, logs: on_epoch(logs))],
        verbose=0,
    )
    return Trained(model, {name: [float(v) for v in values] for name, values in log.history.items()})


def _optimizer(recipe: MlpRecipe, steps: int) -> keras.optimizers.Optimizer:
    rate: Any = recipe.learning_rate
    if not recipe.plateau:
        warm_up = round(WARM_UP * steps)
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, steps - warm_up, warmup_target=recipe.learning_rate, warmup_steps=warm_up
        )
    if recipe.ema is None:
        return keras.optimizers.Adam(rate)
    return keras.optimizers.Adam(rate, use_ema=True, ema_momentum=recipe.ema)


def _callbacks(recipe: MlpRecipe) -> Iterable[keras.callbacks.Callback]:
    if recipe.plateau:
        yield keras.callbacks.EarlyStopping("val_loss", patience=5)
        yield keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.1, patience=3, min_lr=1e-7)
    if recipe.ema is not None:
        yield keras.callbacks.SwapEMAWeights(swap_on_epoch=True)  # validate, and end, with the averaged weights


def _one_hot(split: Split) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.eye(CLASSES, dtype=np.float32)[split.labels]


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Shuffled batches, distorted in a background thread; the same for the same seed whatever the threads do."""

    def __init__(self, split: Split, recipe: MlpRecipe) -> None:
        super().__init__(workers=1, max_queue_size=16)
        self.split, self.recipe, self.labels = split, recipe, _one_hot(split)
        self.epoch = 0
        self.on_epoch_end()

    def on_epoch_end(self) -> None:
        self.epoch += 1
        self.order = np.random.default_rng((self.recipe.seed, self.epoch)).permutation(len(self.split))

    def __len__(self) -> int:
        return math.ceil(len(self.split) / self.recipe.batch)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        chosen = self.order[index * self.recipe.batch : (index + 1) * self.recipe.batch]
        images = self.split.images[chosen]
        if self.recipe.distortion is None:
            return images.astype(np.float32), self.labels[chosen]
        rng = np.random.default_rng((self.recipe.seed, self.epoch, index))
        return augment(images, self.recipe.distortion, rng), self.labels[chosen]
