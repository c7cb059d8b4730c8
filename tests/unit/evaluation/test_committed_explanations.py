"""Explanations of the committed bundle on test images: removing the attributed ink changes the prediction."""

import pytest

from digits.registry import Bundle
from evaluation.explanations import IMAGES, measure
from training.dataset import load_test


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_removing_attributed_ink_lowers_probability_faster_than_random_ink(kind: str) -> None:
    deletion = measure(Bundle()[kind], load_test().images[:IMAGES])
    assert deletion.attribution < deletion.random / 2
    assert deletion.completeness_error <= 0.01
