from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import onnx.numpy_helper
import pytest

from digits.explain import path, run_explainer
from digits.registry import BUNDLE, Bundle, open_session
from export.bundle import serialize
from export.explanation import build_extension, verify
from export.parity import ParityError
from training import dataset
from training.dataset import Mnist
from training.deskew import transform_images
from training.recipes import TREE

TEST = dataset.load_test().first(600)
IMAGES = TEST.images[:50]
MODELS = Bundle()


@pytest.mark.slow
@pytest.mark.parametrize("recipe", TREE)
def test_explained_paths_equal_those_of_scikit_learn(recipe: str) -> None:
    from export.convert import convert
    from training import decision_tree

    trained = decision_tree.train(TREE[recipe], Mnist(TEST, TEST.first(100), TEST))
    content = serialize("tree", convert("tree", trained), {"recipe": recipe, "settings": {}})
    session = open_session(content + build_extension("tree", content, trained))
    assert verify("tree", session, IMAGES, trained.probabilities(IMAGES)).max_difference < 1e-6
    names = [output.name for output in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, {"images": IMAGES}), strict=True))
    inputs = transform_images(IMAGES, trained.transform)
    expected = trained.model.decision_path(inputs)
    for number, pixels in enumerate(inputs):
        assert path(outputs, pixels) == sorted(expected[number].indices.tolist())


def test_contributions_of_the_mlp_equal_the_rescale_rule() -> None:
    graph = onnx.load(f"{BUNDLE}/mlp.onnx").graph
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor).astype(float) for tensor in graph.initializer}
    layers = [constants[name] for name in constants if "dense" in name][
        ::-1
    ]  # the last first, each weight after its bias
    pairs = list(zip(layers[1::2], layers[::2], strict=True))
    for image in IMAGES[:10]:
        outputs = run_explainer(MODELS["mlp"], image)
        pixels, blank = outputs["pixels"][0].astype(float) / 255, np.zeros(784)
        fractions, values = [], pixels
        for weights, bias in pairs:
            sums, sums_of_blank = values @ weights + bias, blank @ weights + bias
            values, blank = sums.clip(0), sums_of_blank.clip(0)
            fractions.append((values - blank) / (sums - sums_of_blank))
        digit, runner_up = outputs["classes"][0]
        slope = pairs[-1][0][:, digit] - pairs[-1][0][:, runner_up]
        for (weights, _), fraction in zip(pairs[-2::-1], fractions[-2::-1], strict=True):
            slope = weights @ (slope * fraction)
        np.testing.assert_allclose(outputs["contributions"][0], slope * pixels, atol=1e-4)


def test_explanations_of_other_predictions_raise_parity_error() -> None:
    probabilities = MODELS["tree"].probabilities(IMAGES)
    with pytest.raises(ParityError, match=r"tree, explained: \d+ of 50 predictions differ"):
        verify("tree", MODELS["tree"].explainer, IMAGES, probabilities[::-1])


def test_contributions_with_wrong_sum_raise_parity_error() -> None:
    session = MODELS["mlp"].explainer
    names = [output.name for output in session.get_outputs()]

    def run(_: Any, inputs: Any) -> list[Any]:
        outputs = dict(zip(names, session.run(names, inputs), strict=True))
        return list({**outputs, "contributions": outputs["contributions"] * np.float32(0.98)}.values())

    lossy: Any = SimpleNamespace(get_outputs=session.get_outputs, run=run)
    with pytest.raises(ParityError, match=r"sum of the pixels' contributions is off by 2\.0%"):
        verify("mlp", lossy, IMAGES, MODELS["mlp"].probabilities(IMAGES))
