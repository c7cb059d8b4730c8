from dataclasses import replace

import numpy as np

from training import dataset, decision_tree
from training.recipes import TREE

DATA = dataset.load().subset(3_000)
QUICK = replace(TREE["upright"], copies=1)


def test_the_original_is_as_published() -> None:
    fitted = decision_tree.train(TREE["original"], DATA).fitted
    assert fitted.get_params()["criterion"] == "gini"
    assert fitted.get_depth() == 10


def test_view_and_copies_pay() -> None:
    steps: list[None] = []
    recipe = TREE["upright"]
    models = {
        "plain": replace(recipe, view=None, copies=0),
        "upright": replace(recipe, copies=0),
        "with copies": replace(recipe, copies=3),
    }
    trained = {name: decision_tree.train(each, DATA, lambda: steps.append(None)) for name, each in models.items()}
    right = {
        n: (t.probabilities(DATA.test.images).argmax(axis=1) == DATA.test.labels).mean() for n, t in trained.items()
    }
    assert right["plain"] < right["upright"] < right["with copies"]
    assert len(steps) == 1 + 1 + 3 + 1


def test_thresholds_are_exact_in_float32() -> None:
    fitted = decision_tree.train(QUICK, DATA).fitted.tree_
    thresholds = fitted.threshold[fitted.children_left != -1]
    np.testing.assert_array_equal(thresholds, thresholds.astype(np.float32))


def test_the_same_seed_trains_the_same_tree() -> None:
    first, second = (decision_tree.train(QUICK, DATA.subset(600)).fitted.tree_ for _ in range(2))
    np.testing.assert_array_equal(first.feature, second.feature)
    np.testing.assert_array_equal(first.threshold, second.threshold)
