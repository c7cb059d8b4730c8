from dataclasses import replace

import numpy as np

from training import dataset, tree
from training.recipes import TREE

DATA = dataset.load().subset(3_000)


def test_the_original_is_as_published() -> None:
    fitted = tree.train(TREE["original"], DATA).fitted
    assert fitted.get_params()["criterion"] == "gini"
    assert fitted.get_depth() == 10


def test_deskewing_and_copies_pay() -> None:
    steps: list[None] = []
    recipe = TREE["deskewed"]
    models = {
        "plain": replace(recipe, deskew=False, copies=0),
        "deskewed": replace(recipe, copies=0),
        "with copies": recipe,
    }
    trained = {name: tree.train(each, DATA, lambda: steps.append(None)) for name, each in models.items()}
    right = {
        n: (t.probabilities(DATA.test.images).argmax(axis=1) == DATA.test.labels).mean() for n, t in trained.items()
    }
    assert right["plain"] < right["deskewed"] < right["with copies"]
    assert len(steps) == 1 + 1 + recipe.copies + 1


def test_thresholds_are_exact_in_float32() -> None:
    fitted = tree.train(TREE["deskewed"], DATA).fitted.tree_
    thresholds = fitted.threshold[fitted.children_left != -1]
    np.testing.assert_array_equal(thresholds, thresholds.astype(np.float32))


def test_the_same_seed_trains_the_same_tree() -> None:
    first, second = (tree.train(TREE["deskewed"], DATA.subset(600)).fitted.tree_ for _ in range(2))
    np.testing.assert_array_equal(first.feature, second.feature)
    np.testing.assert_array_equal(first.threshold, second.threshold)
