import numpy as np
import pytest

from evaluation.metrics import confidence_interval, mcnemar, roc

pytestmark = pytest.mark.slow  # scikit-learn and scipy.stats take seconds to import


def test_roc_of_perfect_and_constant_scores() -> None:
    labels = np.repeat(np.arange(10), 20)
    perfect = roc(labels, np.eye(10)[labels])
    assert perfect["macro"] == 1
    assert perfect["curves"]["micro"]["auc"] == 1
    constant = roc(labels, np.full((200, 10), 0.1))["curves"]["7"]
    assert constant == {"auc": 0.5, "fpr": [0, 1], "tpr": [0, 1]}


def test_thinned_roc_curve_keeps_ends_and_rises() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 2_000)
    curve = roc(labels, rng.random((2_000, 10)) + np.eye(10)[labels])["curves"]["micro"]
    assert len(curve["fpr"]) <= 60
    assert (curve["fpr"][0], curve["tpr"][-1]) == (0, 1)
    assert (np.diff(curve["fpr"]) >= 0).all()
    assert (np.diff(curve["tpr"]) >= 0).all()


def test_mcnemar_is_exact_and_two_sided() -> None:
    first, second = np.array([True] * 9 + [False] * 2), np.array([True] + [False] * 8 + [True, False])
    counts = mcnemar(first, second)
    p = counts.pop("p_value")  # type: ignore[misc]
    assert counts == {"both_right": 1, "only_first_right": 8, "only_second_right": 1, "both_wrong": 1}
    assert p == pytest.approx(2 * (1 + 9) / 2**9)
    assert mcnemar(second, first)["p_value"] == pytest.approx(p)
    assert mcnemar(first, first)["p_value"] == 1


def test_wilson_interval_matches_published_values() -> None:
    assert confidence_interval(0.5, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)  # Newcombe 1998
    assert confidence_interval(1.0, 10)[0] == pytest.approx(0.7225, abs=1e-4)
