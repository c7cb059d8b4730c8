import numpy as np
import pytest

from export.parity import ParityError, check

NATIVE = np.full((100, 10), 0.05, np.float32) + np.eye(10, dtype=np.float32)[np.arange(100) % 10] / 2


def test_equal_answers_pass_with_their_figures() -> None:
    exported = NATIVE.copy()
    exported[3, 4] += np.float32(5e-6)
    found = check("mlp", NATIVE, exported)
    assert (found.images, found.different_answers) == (100, 0)
    assert found.max_difference == pytest.approx(5e-6, rel=0.1)


def test_one_different_answer_is_refused() -> None:
    exported = NATIVE.copy()
    exported[5] = exported[6]
    with pytest.raises(ParityError, match=r"tree: 1 of 100 answers differ.*Nothing was written"):
        check("tree", NATIVE, exported)


def test_a_different_answer_is_refused_however_close_it_was() -> None:
    native, exported = NATIVE.copy(), NATIVE.copy()
    native[0, :2], exported[0, :2] = (0.500001, 0.5), (0.5, 0.500001)
    with pytest.raises(ParityError, match="1 of 100 answers differ"):
        check("tree", native, exported)


def test_a_probability_that_is_off_is_refused() -> None:
    exported = NATIVE.copy()
    exported[3, 4] += np.float32(2e-5)
    with pytest.raises(ParityError, match=r"0 of 100 answers differ, probabilities by up to 2\.0e-05"):
        check("mlp", NATIVE, exported)


def test_numbers_that_are_not_finite_are_refused() -> None:
    exported = NATIVE.copy()
    exported[0, 0] = np.nan
    with pytest.raises(ParityError, match="not finite"):
        check("mlp", NATIVE, exported)
