from dataclasses import replace

import numpy as np
import pytest

from training.dataset import Mnist
from training.recipes import TREE

QUICK = replace(TREE["upright"], copies=1)


@pytest.mark.slow
def test_original_recipe_uses_gini_and_depth_10(small_mnist: Mnist) -> None:
    from training import decision_tree

    model = decision_tree.train(TREE["original"], small_mnist).model
    assert model.get_params()["criterion"] == "gini"
    assert model.get_depth() == 10


@pytest.mark.slow
def test_transform_and_copies_raise_accuracy(small_mnist: Mnist) -> None:
    from training import decision_tree

    steps: list[None] = []
    recipe = replace(TREE["upright"], all_images=False)
    variants = [replace(recipe, transform=None, copies=0), replace(recipe, copies=0), replace(recipe, copies=3)]
    test = small_mnist.test
    trees = [decision_tree.train(variant, small_mnist, lambda: steps.append(None)) for variant in variants]
    plain, upright, with_copies = (
        (tree.probabilities(test.images).argmax(axis=1) == test.labels).mean() for tree in trees
    )
    assert plain < upright < with_copies
    assert len(steps) == 1 + 1 + 3 + 1


@pytest.mark.slow
def test_thresholds_are_exact_in_float32(small_mnist: Mnist) -> None:
    from training import decision_tree

    tree = decision_tree.train(QUICK, small_mnist.subset(600)).model.tree_
    thresholds = tree.threshold[tree.children_left != -1]
    np.testing.assert_array_equal(thresholds, thresholds.astype(np.float32))


@pytest.mark.slow
def test_same_seed_trains_the_same_tree(small_mnist: Mnist) -> None:
    from training import decision_tree

    first, second = (decision_tree.train(QUICK, small_mnist.subset(600)).model.tree_ for _ in range(2))
    np.testing.assert_array_equal(first.feature, second.feature)
    np.testing.assert_array_equal(first.threshold, second.threshold)


@pytest.mark.slow
def test_tree_of_all_images_is_fitted_to_the_validation_images(small_mnist: Mnist) -> None:
    from training import decision_tree

    counts = [
        decision_tree.train(TREE[name], small_mnist).model.tree_.n_node_samples[0]
        for name in ("original", "original-60000")
    ]
    assert counts == [3_000, 3_500]


@pytest.mark.slow
def test_importances_have_the_shape_of_the_input(small_mnist: Mnist) -> None:
    from training import decision_tree

    raw = decision_tree.train(TREE["original"], small_mnist).importances()
    deskewed = decision_tree.train(replace(TREE["upright"], copies=0), small_mnist).importances()
    assert (raw.shape, deskewed.shape) == ((28, 28), (18, 15))
    assert (raw.sum(), deskewed.sum()) == pytest.approx((1, 1))
    assert raw[0].sum() == 0  # the border of MNIST's images is empty


@pytest.mark.slow
def test_tree_of_all_images_has_the_smoothing_of_one_without_validation_images(small_mnist: Mnist) -> None:
    from training import decision_tree

    recipe = replace(TREE["upright"], copies=1, all_images=False)
    held_out = decision_tree.train(recipe, small_mnist)
    trained = decision_tree.train(replace(recipe, all_images=True), small_mnist)
    assert trained.calibration == held_out.calibration
    assert trained.model.tree_.n_node_samples[0] > held_out.model.tree_.n_node_samples[0]
