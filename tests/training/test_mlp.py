from dataclasses import replace

import numpy as np

from training import dataset, mlp
from training.recipes import MLP

QUICK = replace(MLP["compact"], epochs=2, ema=0.9)
DATA = dataset.load().subset(3_000)


def test_the_original_has_its_published_size_and_layers() -> None:
    model = mlp.build(MLP["original"])
    assert model.count_params() == 118_282
    assert [type(layer).__name__ for layer in model.layers][2:] == ["Dense", "Dropout", "Dense", "Dropout", "Dense"]


def test_compact_has_the_size_of_the_original() -> None:
    assert mlp.build(MLP["compact"]).count_params() == 118_282


def test_training_learns_and_reports_each_epoch() -> None:
    seen: list[float] = []
    trained = mlp.train(QUICK, DATA, lambda logs: seen.append(logs["val_accuracy"]))
    assert trained.history["val_accuracy"] == seen
    assert len(seen) == 2
    assert seen[-1] > 0.6
    answers = trained.model.predict(DATA.test.images, verbose=0).argmax(axis=1)
    assert (answers == DATA.test.labels).mean() > 0.6


def test_the_kept_weights_are_those_that_were_validated() -> None:
    trained = mlp.train(QUICK, DATA)
    answers = trained.model.predict(DATA.validation.images, verbose=0).argmax(axis=1)
    accuracy = (answers == DATA.validation.labels).mean()
    np.testing.assert_allclose(accuracy, trained.history["val_accuracy"][-1], atol=1e-6)


def test_the_same_seed_trains_the_same_network() -> None:
    first, second = (mlp.train(QUICK, DATA).model.get_weights() for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_the_original_stops_early_and_lowers_its_rate() -> None:
    recipe = replace(MLP["original"], epochs=40)
    trained = mlp.train(recipe, DATA.subset(600))
    assert len(trained.history["loss"]) < 40
    assert min(trained.history["learning_rate"]) < max(trained.history["learning_rate"])
