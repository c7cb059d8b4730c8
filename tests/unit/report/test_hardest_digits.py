import re

from evaluation import predictions, results, sprites
from evaluation.evaluate import FOLDER
from report import hardest_digits

RECORDED = results.read(FOLDER)["answers"]
HTML = hardest_digits.section(RECORDED).html()
SHOWN = [int(index) for index in re.findall(r"no\. (\d+)", HTML)]


def test_hardest_come_first_then_the_surest_mistakes_of_each_model() -> None:
    surest = [predictions.surest_mistakes(RECORDED, kind).tolist() for kind in ("mlp", "tree")]
    assert predictions.hardest(RECORDED).tolist() + surest[0] + surest[1] == SHOWN
    assert len(SHOWN) == 30 + 24 + 24


def test_each_card_points_at_its_own_image() -> None:
    images = sprites.read(FOLDER / sprites.CHOSEN)
    width, height = (int(side) for side in re.findall(r'width="(\d+)" height="(\d+)"', HTML)[0])
    assert (height // 28) * (width // 28) == len(images)
    places = re.findall(r'viewBox="(\d+) (\d+) 28 28"', HTML)
    labels = predictions.labels(RECORDED)
    for index, (left, top) in list(zip(SHOWN, places, strict=True))[::9]:
        own = sprites.read(FOLDER / sprites.name(labels[index]))[sprites.rank(labels, index)]
        assert (images[int(top) // 28 * sprites.COLUMNS + int(left) // 28] == own).all()


def test_wrong_answers_are_crossed_and_tell_what_the_truth_got() -> None:
    made_up = {
        "labels": "47",
        "models": {
            "mlp": {"answers": "97", "sure": [9876, 10000], "truth": {"0": 3}},
            "tree": {"answers": "47", "sure": [5000, 9994], "truth": {}},
        },
    }
    html = hardest_digits.section(made_up).html()
    cross = '<span role="img" aria-label="wrong">✗</span>'
    network = f'<dt>Network</dt><dd class="wrong">9 {cross} 98.8%<small>4: &lt;0.1%</small></dd>'
    assert f"<p><b>4</b> no. 0</p><dl>{network}<dt>Tree</dt><dd>4 50.0%</dd></dl>" in html
    assert "<dt>Network</dt><dd>7 &gt;99.9%</dd><dt>Tree</dt><dd>7 99.9%</dd>" in html
    assert "both models are wrong about 0 of them" in html
