import numpy as np
import onnxruntime as ort
import pytest

from export.convert import convert
from training import dataset, decision_tree
from training.recipes import TREE

DATA = dataset.load().subset(600)


@pytest.mark.parametrize("recipe", TREE)
def test_a_tree_takes_images_whatever_its_view_of_the_pixels(recipe: str) -> None:
    trained = decision_tree.train(TREE[recipe], DATA)
    session = ort.InferenceSession(convert("tree", trained).SerializeToString(), providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(["probabilities"], {"images": DATA.train.images})
    np.testing.assert_allclose(probabilities, trained.probabilities(DATA.train.images), atol=1e-6)
