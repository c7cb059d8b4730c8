from dataclasses import replace

import numpy as np

from training import dataset, mlp
from training.recipes import MLP, Distortion, Finish

QUICK = replace(MLP["compact"], epochs=2, ema=0.9)
DATA = dataset.load().subset(3_000)


def test_the_original_has_its_published_size_and_layers() -> None:
    model = mlp.build(MLP["original"])
    assert model.count_params() == 118_282
    assert [type(layer).__name__ for layer in model.layers][1:] == ["Dense", "Dropout", "Dense", "Dropout", "Dense"]


def test_compact_has_the_size_of_the_original() -> None:
    assert mlp.build(MLP["compact"]).count_params() == 118_282


def test_training_learns_and_reports_each_epoch() -> None:
    seen: list[float] = []
    network, history = mlp.train(QUICK, DATA, lambda logs: seen.append(logs["val_accuracy"]))
    assert history["val_accuracy"] == seen
    assert {name: len(figures) for name, figures in history.items()} == dict.fromkeys(
        ["accuracy", "loss", "val_accuracy", "val_loss", "learning_rate"], 2
    )
    assert seen[-1] > 0.6
    answers = network.probabilities(DATA.test.images).argmax(axis=1)
    assert (answers == DATA.test.labels).mean() > 0.6


def test_the_kept_weights_are_those_that_were_validated() -> None:
    network, history = mlp.train(QUICK, DATA)
    answers = network.probabilities(DATA.validation.images).argmax(axis=1)
    accuracy = (answers == DATA.validation.labels).mean()
    np.testing.assert_allclose(accuracy, history["val_accuracy"][-1], atol=1e-6)


def test_the_same_seed_trains_the_same_network() -> None:
    first, second = (mlp.train(QUICK, DATA)[0].fitted.get_weights() for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_the_original_stops_early_and_lowers_its_rate() -> None:
    recipe = replace(MLP["original"], epochs=40)
    _, history = mlp.train(recipe, DATA.subset(600))
    assert len(history["loss"]) < 40
    assert min(history["learning_rate"]) < max(history["learning_rate"])


def test_a_finish_follows_with_its_own_schedule_and_distortion() -> None:
    still = Distortion(rotation=0, scale=0, shear=0, shift=0, elastic=0, thickness=0)
    finish = Finish(epochs=1, learning_rate=1e-5, distortion=still, european=0.0)
    _, history = mlp.train(replace(QUICK, finish=finish), DATA)
    assert len(history["loss"]) == 3
    assert max(history["learning_rate"][:2]) > 1e-4
    assert history["learning_rate"][2] <= 1e-5
