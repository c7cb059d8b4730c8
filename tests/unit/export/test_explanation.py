from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import onnx.numpy_helper
import pytest

from digits.explain import path, run_explainer
from digits.registry import BUNDLE, Bundle, open_session
from export.bundle import describe
from export.convert import convert
from export.explanation import extension, prove
from export.parity import ParityError
from training import dataset, decision_tree
from training.deskew import pixels
from training.recipes import TREE

DATA = dataset.load().subset(600)
IMAGES = dataset.load_test().images[:50]
MODELS = Bundle()


@pytest.mark.parametrize("recipe", TREE)
def test_the_tables_of_a_tree_follow_its_own_paths_whatever_its_view_of_the_pixels(recipe: str) -> None:
    trained = decision_tree.train(TREE[recipe], DATA)
    content = describe("tree", convert("tree", trained), {"recipe": recipe, "settings": {}})
    session = open_session(content + extension("tree", content, trained))
    assert prove("tree", session, IMAGES, trained.probabilities(IMAGES)).max_difference < 1e-6
    names = [output.name for output in session.get_outputs()]
    found = dict(zip(names, session.run(names, {"images": IMAGES}), strict=True))
    shown = pixels(IMAGES, trained.view)
    expected = trained.fitted.decision_path(shown)
    for number, each in enumerate(shown):
        assert path(found, each) == sorted(expected[number].indices.tolist())


def test_the_networks_contributions_are_those_of_the_rescale_rule() -> None:
    graph = onnx.load(f"{BUNDLE}/mlp.onnx").graph
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor).astype(float) for tensor in graph.initializer}
    layers = [constants[name] for name in constants if "dense" in name][::-1]  # from the last, each after its bias
    pairs = list(zip(layers[1::2], layers[::2], strict=True))
    for image in IMAGES[:10]:
        found = run_explainer(MODELS["mlp"], image)
        given, blank = found["pixels"][0].astype(float) / 255, np.zeros(784)
        shares, values = [], given
        for weights, bias in pairs:
            sums, sums_of_blank = values @ weights + bias, blank @ weights + bias
            values, blank = sums.clip(0), sums_of_blank.clip(0)
            shares.append((values - blank) / (sums - sums_of_blank))
        digit, runner_up = found["classes"][0]
        slope = pairs[-1][0][:, digit] - pairs[-1][0][:, runner_up]
        for (weights, _), share in zip(pairs[-2::-1], shares[-2::-1], strict=True):
            slope = weights @ (slope * share)
        np.testing.assert_allclose(found["contributions"][0], slope * given, atol=1e-4)


def test_explanations_of_other_answers_are_refused() -> None:
    answers = MODELS["tree"].probabilities(IMAGES)
    with pytest.raises(ParityError, match=r"tree, explained: \d+ of 50 answers differ"):
        prove("tree", MODELS["tree"].explainer, IMAGES, answers[::-1])


def test_contributions_that_miss_their_sum_are_refused() -> None:
    session = MODELS["mlp"].explainer
    names = [output.name for output in session.get_outputs()]

    def run(_: Any, inputs: Any) -> list[Any]:
        found = dict(zip(names, session.run(names, inputs), strict=True))
        return list({**found, "contributions": found["contributions"] * np.float32(0.98)}.values())

    lossy: Any = SimpleNamespace(get_outputs=session.get_outputs, run=run)
    with pytest.raises(ParityError, match=r"contributions miss their sum by 2\.0%"):
        prove("mlp", lossy, IMAGES, MODELS["mlp"].probabilities(IMAGES))
