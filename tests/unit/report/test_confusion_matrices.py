import copy
import re

from evaluation import results
from evaluation.evaluate import FOLDER, Evaluation
from report import confusion_matrices

EVALUATED: Evaluation = results.read(FOLDER)
NETWORK, TREE, DIFFERENCE = confusion_matrices.tables(EVALUATED)


def cells(table: str) -> list[str]:
    return re.findall(r"<td[^>]*>([^<]+)</td>", table)


def test_every_count_is_written_in_its_place() -> None:
    for kind, table in (("mlp", NETWORK), ("tree", TREE)):
        counts = EVALUATED["models"][kind]["metrics"]["confusion_matrix"]
        assert [int(text) for text in cells(table)] == [count for row in counts for count in row]


def test_difference_is_network_minus_tree_with_its_sign() -> None:
    both = zip(cells(NETWORK), cells(TREE), strict=True)
    expected = [f"{int(n) - int(t):+d}".replace("-", "\N{MINUS SIGN}").replace("+0", "0") for n, t in both]
    assert cells(DIFFERENCE) == expected


def test_caption_tells_how_many_are_wrong() -> None:
    counts = EVALUATED["models"]["tree"]["metrics"]["confusion_matrix"]
    wrong = sum(map(sum, counts)) - sum(counts[k][k] for k in range(10))
    assert f"<caption>Decision tree: {wrong:,} mistakes</caption>" in TREE


def test_rows_and_columns_have_their_heads() -> None:
    assert re.findall(r'<th scope="row">(\d)</th>', TREE) == [str(digit) for digit in range(10)]
    assert re.findall(r'<th scope="col">(\w+)</th>', TREE) == ["true", *map(str, range(10))]


def test_heat_grows_with_mistakes_and_leaves_right_answers_cold() -> None:
    assert [confusion_matrices.level(count, 25) for count in (0, 1, 2, 5, 25)] == [0, 2, 2, 3, 5]
    assert sorted(set(re.findall(r'class="right([^"]*)"', TREE))) == [""]
    hottest = re.findall(r'<td class="tree h5">(\d+)</td>', TREE)
    cold = re.findall(r"<td>(\d+)</td>", TREE)
    assert min(map(int, hottest)) > 12
    assert set(cold) == {"0"}


def test_difference_has_the_colour_of_whoever_has_more() -> None:
    assert set(re.findall(r'class="right (mlp|tree) h\d">\+', DIFFERENCE)) == {"mlp"}
    assert set(re.findall(r'(mlp|tree) h\d">\N{MINUS SIGN}', DIFFERENCE)) == {"tree"}


def test_models_without_mistakes_and_without_difference_are_drawn_cold() -> None:
    perfect = copy.deepcopy(EVALUATED)
    for model in perfect["models"].values():
        model["metrics"]["confusion_matrix"] = [[5 * (row == column) for column in range(10)] for row in range(10)]
    assert not re.search(r"h[1-5]", "".join(confusion_matrices.tables(perfect)))
