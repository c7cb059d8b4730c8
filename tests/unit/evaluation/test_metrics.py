import numpy as np
import pytest

from evaluation.metrics import McNemar, interval, mcnemar, roc


def test_roc_auc_is_1_for_perfect_and_half_for_constant_scores() -> None:
    labels = np.repeat(np.arange(10), 20)
    perfect = roc(labels, np.eye(10)[labels])
    assert perfect["macro"] == 1
    assert perfect["curves"]["micro"]["auc"] == 1
    constant = roc(labels, np.full((200, 10), 0.1))
    assert constant["curves"]["7"]["auc"] == 0.5
    assert (constant["curves"]["7"]["false"], constant["curves"]["7"]["true"]) == ([0, 1], [0, 1])


def test_thinned_roc_curve_keeps_its_ends_and_is_monotonic() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 2_000)
    curve = roc(labels, rng.random((2_000, 10)) + np.eye(10)[labels])["curves"]["micro"]
    assert len(curve["false"]) <= 60
    assert (curve["false"][0], curve["true"][-1]) == (0, 1)
    assert (np.diff(curve["false"]) >= 0).all()
    assert (np.diff(curve["true"]) >= 0).all()


def test_mcnemar_equals_hand_calculation_and_is_symmetric() -> None:
    first, second = np.array([True] * 9 + [False] * 2), np.array([True] + [False] * 8 + [True, False])
    found = mcnemar(first, second)
    assert found == McNemar(both=1, first=8, second=1, neither=1, p=2 * (1 + 9) / 2**9)
    assert mcnemar(first, first).p == 1
    assert mcnemar(second, first).p == found.p


def test_interval_equals_published_wilson_interval() -> None:
    assert interval(0.5, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)  # Newcombe 1998, Wilson's without correction
    assert interval(1.0, 10)[0] == pytest.approx(0.7225, abs=1e-4)
