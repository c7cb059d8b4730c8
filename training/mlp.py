"""Training of an MLP (Keras)."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from digits.preprocess import SIZE
from training.augmentation import augment
from training.calibration import MIN_PROBABILITY, Calibration, fit_temperature
from training.dataset import CLASSES, Images, Mnist, Split
from training.degradation import degrade
from training.deskew import transform_images
from training.recipes import InputTransform, MlpRecipe
from training.regional_variants import draw_regional_variants

WARM_UP = 0.05  # fraction of the steps in which the learning rate rises: Adam's averages are still noise
PREDICT_BATCH = 1_000  # images
OPTIMIZERS = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}

type Batch = tuple[NDArray[np.float32], NDArray[np.float32]]
type History = dict[str, list[float]]  # one figure an epoch
type OnEpoch = Callable[[dict[str, float]], None]


@dataclass(frozen=True)
class TrainedMlp:
    """An MLP and the transform of its input."""

    model: keras.Model
    transform: InputTransform | None
    calibration: Calibration | None = None

    def probabilities(self, images: Images) -> NDArray[np.float32]:
        """Classify images (n, 28, 28) uint8, 0..255 -> (n, 10)."""
        pixels = transform_images(images, self.transform)
        return self.model.predict(pixels, batch_size=PREDICT_BATCH, verbose=0)  # type: ignore[no-any-return]


def build(recipe: MlpRecipe) -> keras.Model:
    """Build the untrained model: transformed pixels (n, rows * columns), 0..255 -> probabilities (n, 10)."""
    size = recipe.transform.rows * recipe.transform.columns if recipe.transform else SIZE * SIZE
    layers = [keras.Input((size,)), keras.layers.Rescaling(1 / 255)]
    for units, dropout in zip(recipe.hidden, recipe.dropout, strict=True):
        layers.append(keras.layers.Dense(units, "relu", kernel_initializer=recipe.initializer))
        if dropout:
            layers.append(keras.layers.Dropout(dropout))
    layers.append(keras.layers.Dense(CLASSES, "softmax"))
    return keras.Sequential(layers, name="mlp")


def train(recipe: MlpRecipe, data: Mnist, on_epoch: OnEpoch = lambda _: None) -> tuple[TrainedMlp, History]:
    """Fit an MLP to the training images; evaluate it on the validation images after every epoch.

    Where the recipe uses all images, the last stage is then repeated from the same weights with the validation images
    added. Its temperature and the history are those of the first run, to which the validation images were unknown.
    """
    keras.utils.set_random_seed(recipe.seed)
    model = build(recipe)
    validation = transform_images(data.validation.images, recipe.transform), _one_hot(data.validation)
    history: History = defaultdict(list)
    for stage in _stages(recipe):
        weights = model.get_weights()
        for name, figures in _fit_stage(model, stage, data.train, validation, on_epoch).items():
            history[name] += figures
    calibration = apply_temperature(model, validation[0], data.validation) if recipe.calibrate else None
    if recipe.all_images:
        model.set_weights(weights)  # as they were before the last stage
        _fit_stage(model, stage, data.train + data.validation, validation, on_epoch)
        scale_logits(model, calibration.amount if calibration else 1.0)
    return TrainedMlp(model, recipe.transform, calibration), dict(history)


def _stages(recipe: MlpRecipe) -> list[MlpRecipe]:
    """Return the main stage and, where the recipe has one, the fine-tuning stage, each with its own schedule."""
    if recipe.fine_tune is None:
        return [recipe]
    return [recipe, replace(recipe, **vars(recipe.fine_tune), seed=recipe.seed + 1)]


def _fit_stage(model: keras.Model, stage: MlpRecipe, split: Split, validation: Batch, on_epoch: OnEpoch) -> History:
    model.compile(
        _optimizer(stage, stage.epochs * math.ceil(len(split) / stage.batch)),
        "categorical_crossentropy",
        metrics=["accuracy"],
    )
    fit = fit_unaugmented if stage.distortion is None else fit_augmented
    return fit(model, stage, split, validation, on_epoch)


def fit_unaugmented(
    model: keras.Model, recipe: MlpRecipe, split: Split, validation: Batch, on_epoch: OnEpoch
) -> History:
    """Fit to the images without distortion."""
    log = model.fit(
        transform_images(split.images, recipe.transform),
        _one_hot(split),
        recipe.batch,
        recipe.epochs,
        validation_data=validation,
        callbacks=[*_callbacks(recipe), keras.callbacks.LambdaCallback(on_epoch_end=lambda _, logs: on_epoch(logs))],
        verbose=0,
    )
    return {name: [float(value) for value in values] for name, values in log.history.items()}


def fit_augmented(model: keras.Model, recipe: MlpRecipe, split: Split, validation: Batch, on_epoch: OnEpoch) -> History:
    """Fit to images with new distortions in each epoch; a thread prepares the next epoch's meanwhile.

    Batch by batch: `fit` would read a generator through tf.data, in five times the seconds.
    """
    averaged = [keras.callbacks.SwapEMAWeights()] if recipe.ema is not None else []
    history: History = defaultdict(list)
    for images, labels in _epochs(split, recipe):
        batches = [slice(start, start + recipe.batch) for start in range(0, len(images), recipe.batch)]
        steps = [model.train_on_batch(images[batch], labels[batch], return_dict=True) for batch in batches]
        sizes = [len(images[batch]) for batch in batches]
        logs = {name: float(np.average([step[name] for step in steps], weights=sizes)) for name in steps[0]}
        logs["learning_rate"] = float(model.optimizer.learning_rate)
        tested = model.evaluate(*validation, batch_size=PREDICT_BATCH, callbacks=averaged, verbose=0, return_dict=True)
        logs |= {f"val_{name}": value for name, value in tested.items()}
        for name, value in logs.items():
            history[name].append(value)
        on_epoch(logs)
    model.optimizer.finalize_variable_values(model.trainable_variables)  # keep the averaged weights
    return dict(history)


def _epochs(split: Split, recipe: MlpRecipe) -> Iterator[Batch]:
    """Yield the inputs (n, rows * columns) and one-hot labels (n, 10) of each epoch, shuffled and distorted."""
    with ThreadPoolExecutor(1) as executor:
        upcoming = executor.submit(_epoch, split, recipe, 0)
        for epoch in range(1, recipe.epochs + 1):
            ready = upcoming.result()
            if epoch < recipe.epochs:
                upcoming = executor.submit(_epoch, split, recipe, epoch)
            yield ready


def _epoch(split: Split, recipe: MlpRecipe, epoch: int) -> Batch:
    assert recipe.distortion is not None
    rng = np.random.default_rng((recipe.seed, epoch))
    order = rng.permutation(len(split))
    shuffled = Split(split.images[order], split.labels[order])
    varied = draw_regional_variants(shuffled, recipe.regional_variants, rng)
    degraded = degrade(augment(varied, recipe.distortion, rng), recipe.degraded, rng)
    return transform_images(degraded, recipe.transform), _one_hot(shuffled)


def apply_temperature(model: keras.Model, inputs: NDArray[np.float32], split: Split) -> Calibration:
    """Divide the last layer's weights by the temperature fitted to the validation images."""
    probabilities = model.predict(inputs, batch_size=PREDICT_BATCH, verbose=0).astype(np.float64)
    calibration = fit_temperature(np.log(np.maximum(probabilities, MIN_PROBABILITY)), split.labels)
    scale_logits(model, calibration.amount)
    return calibration


def scale_logits(model: keras.Model, temperature: float) -> None:
    """Divide the last layer's weights by the temperature."""
    last = model.layers[-1]
    last.set_weights([weights / temperature for weights in last.get_weights()])


def _optimizer(recipe: MlpRecipe, steps: int) -> keras.optimizers.Optimizer:
    rate: Any = recipe.learning_rate
    if not recipe.plateau:
        warm_up = round(WARM_UP * steps)
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, steps - warm_up, warmup_target=recipe.learning_rate, warmup_steps=warm_up
        )
    optimizer = OPTIMIZERS[recipe.optimizer]
    if recipe.ema is None:
        return optimizer(rate)
    return optimizer(rate, use_ema=True, ema_momentum=recipe.ema)


def _callbacks(recipe: MlpRecipe) -> Iterable[keras.callbacks.Callback]:
    if recipe.plateau:
        yield keras.callbacks.EarlyStopping("val_loss", patience=5)
        yield keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.1, patience=3, min_lr=1e-7)


def _one_hot(split: Split) -> NDArray[np.float32]:
    return np.eye(CLASSES, dtype=np.float32)[split.labels]
