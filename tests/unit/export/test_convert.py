import numpy as np
import onnxruntime as ort
import pytest

from training import dataset
from training.dataset import Mnist
from training.recipes import TREE


@pytest.mark.slow
@pytest.mark.parametrize("recipe", TREE)
def test_converted_tree_has_equal_probabilities(recipe: str) -> None:
    from export.convert import convert
    from training import decision_tree

    test = dataset.load_test().first(600)
    trained = decision_tree.train(TREE[recipe], Mnist(test, test.first(100), test))
    session = ort.InferenceSession(convert("tree", trained).SerializeToString(), providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(["probabilities"], {"images": test.images})
    np.testing.assert_allclose(probabilities, trained.probabilities(test.images), atol=1e-6)
