"""A recipe and images come in; a trained network of dense layers goes out."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from training.augmentation import augment
from training.calibration import TINY, Calibration, temperature
from training.dataset import CLASSES, Images, Mnist, Split
from training.deskew import SIDE, pixels
from training.recipes import MlpRecipe, View
from training.regional_variants import european

WARM_UP = 0.05  # share of the steps in which the learning rate rises: Adam's averages are still noise

type Batch = tuple[NDArray[np.float32], NDArray[np.float32]]
type History = dict[str, list[float]]  # one figure an epoch
type Progress = Callable[[dict[str, float]], None]


@dataclass(frozen=True)
class Network:
    """A fitted network and the view of the images that it was fitted to."""

    fitted: keras.Model
    view: View | None
    calibration: Calibration | None = None

    def probabilities(self, images: Images) -> NDArray[np.float32]:
        """Classify images (n, 28, 28) uint8, 0..255 -> (n, 10)."""
        return self.fitted.predict(pixels(images, self.view), batch_size=1_000, verbose=0)  # type: ignore[no-any-return]


def build(recipe: MlpRecipe) -> keras.Model:
    """Build the untrained network: pixels of the view (n, rows * columns), 0..255 -> probabilities (n, 10)."""
    size = recipe.view.rows * recipe.view.columns if recipe.view else SIDE * SIDE
    layers = [keras.Input((size,)), keras.layers.Rescaling(1 / 255)]
    for units, dropout in zip(recipe.hidden, recipe.dropout, strict=True):
        layers.append(keras.layers.Dense(units, "relu", kernel_initializer="he_normal"))
        if dropout:
            layers.append(keras.layers.Dropout(dropout))
    layers.append(keras.layers.Dense(CLASSES, "softmax"))
    return keras.Sequential(layers, name="mlp")


def train(recipe: MlpRecipe, data: Mnist, on_epoch: Progress = lambda _: None) -> tuple[Network, History]:
    """Fit a network to the training images, watched on the validation images."""
    keras.utils.set_random_seed(recipe.seed)
    model = build(recipe)
    validation = pixels(data.validation.images, recipe.view), _one_hot(data.validation)
    history: History = defaultdict(list)
    for part in _parts(recipe):
        steps = part.epochs * math.ceil(len(data.train) / part.batch)
        model.compile(_optimizer(part, steps), "categorical_crossentropy", metrics=["accuracy"])
        fit = _fit_as_they_are if part.distortion is None else _fit_distorted
        for name, figures in fit(model, part, data.train, validation, on_epoch).items():
            history[name] += figures
    cooled = _cool(model, validation[0], data.validation) if recipe.calibrate else None
    return Network(model, recipe.view, cooled), dict(history)


def _parts(recipe: MlpRecipe) -> list[MlpRecipe]:
    """The training as a whole or, if it has a finish, what goes before and the finish: each with its own schedule."""
    if recipe.finish is None:
        return [recipe]
    return [recipe, replace(recipe, **vars(recipe.finish), seed=recipe.seed + 1)]


def _fit_as_they_are(
    model: keras.Model, recipe: MlpRecipe, split: Split, validation: Batch, on_epoch: Progress
) -> History:
    log = model.fit(
        pixels(split.images, recipe.view),
        _one_hot(split),
        recipe.batch,
        recipe.epochs,
        validation_data=validation,
        callbacks=[*_callbacks(recipe), keras.callbacks.LambdaCallback(on_epoch_end=lambda _, logs: on_epoch(logs))],
        verbose=0,
    )
    return {name: [float(value) for value in values] for name, values in log.history.items()}


def _fit_distorted(
    model: keras.Model, recipe: MlpRecipe, split: Split, validation: Batch, on_epoch: Progress
) -> History:
    """Fit to images that are distorted anew in each epoch, the next epoch's in a thread beside the training.

    Batch by batch: `fit` would take a generator through tf.data, at five times the seconds.
    """
    averaged = [keras.callbacks.SwapEMAWeights()] if recipe.ema is not None else []
    history: History = defaultdict(list)
    for images, labels in _epochs(split, recipe):
        batches = [slice(start, start + recipe.batch) for start in range(0, len(images), recipe.batch)]
        seen = [model.train_on_batch(images[batch], labels[batch], return_dict=True) for batch in batches]
        sizes = [len(images[batch]) for batch in batches]
        logs = {name: float(np.average([each[name] for each in seen], weights=sizes)) for name in seen[0]}
        logs["learning_rate"] = float(model.optimizer.learning_rate)
        tested = model.evaluate(*validation, batch_size=1_000, callbacks=averaged, verbose=0, return_dict=True)
        logs |= {f"val_{name}": value for name, value in tested.items()}
        for name, value in logs.items():
            history[name].append(value)
        on_epoch(logs)
    model.optimizer.finalize_variable_values(model.trainable_variables)  # keep the averaged weights
    return dict(history)


def _epochs(split: Split, recipe: MlpRecipe) -> Iterator[Batch]:
    """Shuffle and distort the images for one epoch after another: pixels (n, rows * columns), and (n, 10)."""
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(_epoch, split, recipe, 0)
        for epoch in range(1, recipe.epochs + 1):
            ready = coming.result()
            if epoch < recipe.epochs:
                coming = ahead.submit(_epoch, split, recipe, epoch)
            yield ready


def _epoch(split: Split, recipe: MlpRecipe, epoch: int) -> Batch:
    assert recipe.distortion is not None
    rng = np.random.default_rng((recipe.seed, epoch))
    order = rng.permutation(len(split))
    shuffled = Split(split.images[order], split.labels[order])
    distorted = augment(european(shuffled, recipe.european, rng), recipe.distortion, rng)
    return pixels(distorted, recipe.view), _one_hot(shuffled)


def _cool(model: keras.Model, seen: NDArray[np.float32], split: Split) -> Calibration:
    """Divide the last layer's weights by the temperature that the validation images want."""
    probabilities = model.predict(seen, batch_size=1_000, verbose=0).astype(np.float64)
    found = temperature(np.log(np.maximum(probabilities, TINY)), split.labels)
    last = model.layers[-1]
    last.set_weights([weights / found.amount for weights in last.get_weights()])
    return found


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


def _one_hot(split: Split) -> NDArray[np.float32]:
    return np.eye(CLASSES, dtype=np.float32)[split.labels]
