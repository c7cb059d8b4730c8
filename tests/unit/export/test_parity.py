import numpy as np
import pytest

from export.parity import ParityError, check

ORIGINAL = np.full((100, 10), 0.05, np.float32) + np.eye(10, dtype=np.float32)[np.arange(100) % 10] / 2


def test_equal_predictions_pass() -> None:
    converted = ORIGINAL.copy()
    converted[3, 4] += np.float32(5e-6)
    parity = check("mlp", ORIGINAL, converted)
    assert (parity.images, parity.different_answers) == (100, 0)
    assert parity.max_difference == pytest.approx(5e-6, rel=0.1)


def test_one_different_prediction_raises_parity_error() -> None:
    converted = ORIGINAL.copy()
    converted[5] = converted[6]
    with pytest.raises(ParityError, match=r"tree: 1 of 100 predictions differ.*Nothing was written"):
        check("tree", ORIGINAL, converted)


def test_different_prediction_within_tolerance_raises_parity_error() -> None:
    original, converted = ORIGINAL.copy(), ORIGINAL.copy()
    original[0, :2], converted[0, :2] = (0.500001, 0.5), (0.5, 0.500001)
    with pytest.raises(ParityError, match="1 of 100 predictions differ"):
        check("tree", original, converted)


def test_different_probability_raises_parity_error() -> None:
    converted = ORIGINAL.copy()
    converted[3, 4] += np.float32(2e-5)
    with pytest.raises(ParityError, match=r"0 of 100 predictions differ, probabilities by up to 2\.0e-05"):
        check("mlp", ORIGINAL, converted)


def test_infinite_probabilities_raise_parity_error() -> None:
    converted = ORIGINAL.copy()
    converted[0, 0] = np.nan
    with pytest.raises(ParityError, match="not finite"):
        check("mlp", ORIGINAL, converted)
