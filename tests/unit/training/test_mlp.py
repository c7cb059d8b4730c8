from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from training.dataset import Mnist
from training.recipes import MLP, Distortion, FineTuneStage

pytestmark = pytest.mark.slow

QUICK = replace(MLP["compact"], epochs=2, ema=0.9, fine_tune=None, all_images=False)


@pytest.fixture(scope="module", name="mlp")
def _mlp() -> Any:
    """The module training.mlp, whose import of Keras takes seconds."""
    from training import mlp

    return mlp


def test_original_recipe_has_published_size_and_layers(mlp: Any) -> None:
    model = mlp.build(MLP["original"])
    assert model.count_params() == 118_282
    assert [type(layer).__name__ for layer in model.layers][1:] == ["Dense", "Dropout", "Dense", "Dropout", "Dense"]


def test_original_recipe_trains_as_published(mlp: Any) -> None:
    recipe = MLP["original"]
    dense = [layer for layer in mlp.build(recipe).layers if layer.name.startswith("dense")]
    initializers = {type(layer.kernel_initializer).__name__ for layer in dense}
    assert initializers == {"GlorotUniform"}
    assert (recipe.epochs, recipe.batch, recipe.optimizer, recipe.learning_rate) == (2_000, 64, "adam", 1e-3)
    stop, plateau = mlp._callbacks(recipe)
    assert (stop.monitor, stop.patience, stop.restore_best_weights) == ("val_loss", 5, False)
    assert (plateau.monitor, plateau.factor, plateau.patience, plateau.min_lr) == ("val_loss", 0.1, 3, 1e-7)


def test_optimizer_is_that_of_the_recipe(mlp: Any) -> None:
    names = [type(mlp._optimizer(replace(MLP["original"], optimizer=name), 10)).__name__ for name in ("adam", "sgd")]
    assert names == ["Adam", "SGD"]


def test_compact_recipe_has_the_size_of_the_original(mlp: Any) -> None:
    assert mlp.build(MLP["compact"]).count_params() == 118_282


def test_training_learns_and_reports_each_epoch(mlp: Any, small_mnist: Mnist) -> None:
    reported: list[float] = []
    trained, history = mlp.train(QUICK, small_mnist, lambda logs: reported.append(logs["val_accuracy"]))
    assert history["val_accuracy"] == reported
    assert {name: len(figures) for name, figures in history.items()} == dict.fromkeys(
        ["accuracy", "loss", "val_accuracy", "val_loss", "learning_rate"], 2
    )
    assert reported[-1] > 0.6
    predictions = trained.probabilities(small_mnist.test.images).argmax(axis=1)
    assert (predictions == small_mnist.test.labels).mean() > 0.6


def test_trained_weights_are_the_validated_ones(mlp: Any, small_mnist: Mnist) -> None:
    trained, history = mlp.train(QUICK, small_mnist)
    predictions = trained.probabilities(small_mnist.validation.images).argmax(axis=1)
    accuracy = (predictions == small_mnist.validation.labels).mean()
    np.testing.assert_allclose(accuracy, history["val_accuracy"][-1], atol=1e-6)


def test_same_seed_trains_the_same_weights(mlp: Any, small_mnist: Mnist) -> None:
    first, second = (mlp.train(QUICK, small_mnist)[0].model.get_weights() for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_plateau_stops_early_and_lowers_the_rate(mlp: Any, small_mnist: Mnist) -> None:
    recipe = replace(MLP["original"], epochs=40)
    _, history = mlp.train(recipe, small_mnist.subset(600))
    assert len(history["loss"]) < 40
    assert min(history["learning_rate"]) < max(history["learning_rate"])


def test_fine_tune_stage_has_its_own_schedule_and_distortion(mlp: Any, small_mnist: Mnist) -> None:
    none = Distortion(rotation=0, scale=0, shear=0, shift=0, elastic=0, thickness=0)
    stage = FineTuneStage(epochs=1, learning_rate=1e-5, distortion=none, regional_variants=0.0, degraded=0.0)
    _, history = mlp.train(replace(QUICK, fine_tune=stage), small_mnist)
    assert len(history["loss"]) == 3
    assert max(history["learning_rate"][:2]) > 1e-4
    assert history["learning_rate"][2] <= 1e-5


def test_all_images_repeat_the_last_stage_with_the_calibration_of_the_first_run(
    mlp: Any, small_mnist: Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    fit = mlp.fit_augmented

    def fit_and_count(*given: Any) -> Any:
        sizes.append(len(given[2]))
        return fit(*given)

    monkeypatch.setattr(mlp, "fit_augmented", fit_and_count)
    held_out, history = mlp.train(QUICK, small_mnist)
    trained, repeated = mlp.train(replace(QUICK, all_images=True), small_mnist)
    train, validation = len(small_mnist.train), len(small_mnist.validation)
    assert sizes == [train, train, train + validation]
    assert len(repeated["loss"]) == len(history["loss"])
    assert trained.calibration.amount == pytest.approx(held_out.calibration.amount, rel=0.05)
    assert not np.allclose(trained.model.get_weights()[0], held_out.model.get_weights()[0], atol=1e-3)
