"""A small MNIST for quick tests, cut from the test images: the training images take a second to read."""

import pytest

from training.dataset import Mnist, Split, load_test


@pytest.fixture(scope="session")
def small_mnist() -> Mnist:
    """3,000 training, 500 validation and 500 test images."""
    test = load_test()
    splits = (
        Split(test.images[part], test.labels[part]) for part in (slice(3_000), slice(-1_000, -500), slice(-500, None))
    )
    return Mnist(*splits)
