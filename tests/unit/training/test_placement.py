import numpy as np
from PIL import Image

from digits.preprocess import normalize
from training.dataset import Images, load_test
from training.placement import place

DIGITS = load_test().images[:200]
IMAGES = DIGITS[np.abs(np.stack([normalize(Image.fromarray(d)) for d in DIGITS]).astype(int) - DIGITS).max((1, 2)) == 0]


def placed(images: Images, noise: float = 0.0) -> Images:
    return place(images.astype(np.float32), noise).round().astype(np.uint8)


def test_normalized_digits_are_unchanged() -> None:
    np.testing.assert_allclose(placed(IMAGES).astype(int), IMAGES, atol=3)


def test_digit_with_a_line_beyond_it_is_placed_as_normalize_does() -> None:
    wider = IMAGES.copy()
    wider[:, 14:16, 1:27] = 200
    expected = np.stack([normalize(Image.fromarray(image)) for image in wider]).astype(float)
    assert np.abs(placed(wider) - expected).mean() < 0.3 * np.abs(wider - expected).mean()


def test_dark_digit_on_gray_paper_is_inverted_and_stretched() -> None:
    np.testing.assert_allclose(placed(180 - IMAGES // 2).astype(int), IMAGES, atol=4)


def test_noise_up_to_the_level_does_not_enlarge_the_box() -> None:
    specked = IMAGES.copy()
    specked[:, 0, 0] = 40
    cleaned = np.abs(placed(specked, 63)[:, 2:, 2:].astype(int) - IMAGES[:, 2:, 2:]).mean()
    assert cleaned < 0.1 * np.abs(placed(specked)[:, 2:, 2:].astype(int) - IMAGES[:, 2:, 2:]).mean()


def test_empty_images_stay_empty() -> None:
    assert not placed(np.zeros((2, 28, 28), np.uint8)).any()
