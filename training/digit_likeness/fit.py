"""Training of the detector by outlier exposure, and its calibration on the validation digits."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.augmentation import augment
from training.dataset import Images, Mnist, Split
from training.deskew import transform_images
from training.digit_likeness import digit_variants, non_digits
from training.digit_likeness.detector import Detector, Settings
from training.recipes import Distortion, InputTransform

CALIBRATION_NON_DIGITS = 0.1  # of the number of training pictures; one half fits the calibration, the other tests it
DISTORTION = Distortion(rotation=10, scale=0.12, shear=0.12, shift=1.0, elastic=0.7, thickness=0.7)
STEPS = 4  # of making the pictures, for the progress

type OnStep = Callable[[], None]


def steps(settings: Settings) -> int:
    """Return the number of calls of `on_step` by `fit`."""
    return STEPS + settings.epochs


def fit(settings: Settings, transform: InputTransform, data: Mnist, on_step: OnStep = lambda: None) -> Detector:
    """Fit a detector to the training digits and synthetic non-digits, and calibrate it on the validation digits."""
    rng = np.random.default_rng(settings.seed)
    images, labels = _training_images(settings, data.train, rng, on_step)
    detector = _fit_weights(settings, transform, images, labels, on_step)
    digits = np.concatenate([data.validation.images, digit_variants.make(len(data.validation), data.validation, rng)])
    others = non_digits.make(int(settings.non_digits * CALIBRATION_NON_DIGITS), data.validation, rng)
    return _calibrate(detector, digits, others)


def _training_images(
    settings: Settings, split: Split, rng: np.random.Generator, on_step: OnStep
) -> tuple[Images, NDArray[np.float32]]:
    """Make pictures (n, 28, 28) uint8, 0..255, and labels (n,): 1 digit, 0 none."""
    parts = list[Images]()
    for count, make in ((settings.digits, digit_variants.make), (settings.non_digits, non_digits.make)):
        for _ in range(STEPS // 2):
            parts.append(make(count // (STEPS // 2), split, rng))
            on_step()
    labels = np.repeat(np.array([1, 1, 0, 0], np.float32), [len(part) for part in parts])
    return np.concatenate(parts), labels


def _fit_weights(
    settings: Settings, transform: InputTransform, images: Images, labels: NDArray[np.float32], on_step: OnStep
) -> Detector:
    """Fit the weights to the pictures, digits and others distorted anew in each epoch."""
    import keras  # takes seconds

    keras.utils.set_random_seed(settings.seed)
    layers = [
        keras.Input((transform.rows * transform.columns,)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Dense(settings.units, "relu", kernel_initializer="he_normal"),
        keras.layers.Dense(1),
    ]
    model = keras.Sequential(layers)
    steps_in_all = settings.epochs * -(-len(images) // settings.batch)
    rate = keras.optimizers.schedules.CosineDecay(settings.learning_rate, steps_in_all)
    model.compile(keras.optimizers.Adam(rate), keras.losses.BinaryCrossentropy(from_logits=True))
    rng = np.random.default_rng(settings.seed)
    for _ in range(settings.epochs):
        order = rng.permutation(len(images))
        pixels, targets = transform_images(augment(images[order], DISTORTION, rng), transform), labels[order]
        for start in range(0, len(images), settings.batch):
            batch = slice(start, start + settings.batch)
            model.train_on_batch(pixels[batch], targets[batch])
        on_step()
    hidden, hidden_bias, output, output_bias = model.get_weights()
    return Detector(hidden / np.float32(255), hidden_bias, output, output_bias, transform, 0.5, settings, {})


def _calibrate(detector: Detector, digits: Images, others: Images) -> Detector:
    """Fit Platt's sigmoid to half of the pictures, choose the threshold there, and measure both on the other half.

    Digits and others count the same, so that 0.5 means either is as likely.
    J. Platt, "Probabilistic outputs for support vector machines", Advances in Large Margin Classifiers, 1999.
    """
    from sklearn.linear_model import LogisticRegression  # takes seconds

    fitted_digits, fitted_others = digits[::2], others[: len(others) // 2]
    logits = detector.logits(np.concatenate([fitted_digits, fitted_others]))
    is_digit = np.repeat([1, 0], [len(fitted_digits), len(fitted_others)])
    platt = LogisticRegression(C=1e6, class_weight="balanced").fit(logits[:, None], is_digit)
    slope, shift = np.float32(platt.coef_[0, 0]), np.float32(platt.intercept_[0])
    scaled = replace(detector, output=detector.output * slope, output_bias=detector.output_bias * slope + shift)
    threshold = float(np.quantile(scaled.likeness(fitted_digits), detector.settings.flagged_digits))
    calibrated = replace(scaled, threshold=threshold)
    return replace(calibrated, metrics=measure(calibrated, digits[1::2], others[len(others) // 2 :]))


def measure(detector: Detector, digits: Images, others: Images) -> dict[str, Any]:
    """Measure how well the score separates digits (n, 28, 28) uint8 from other pictures."""
    from sklearn.metrics import roc_auc_score

    of_digits, of_others = detector.likeness(digits), detector.likeness(others)
    is_digit = np.repeat([1, 0], [len(of_digits), len(of_others)])
    return {
        "digits": len(digits),
        "non_digits": len(others),
        "auroc": float(roc_auc_score(is_digit, np.concatenate([of_digits, of_others]))),
        "flagged_digits": float((of_digits < detector.threshold).mean()),
        "flagged_non_digits": float((of_others < detector.threshold).mean()),
    }
