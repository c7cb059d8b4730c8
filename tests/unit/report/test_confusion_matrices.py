import copy

import pytest

from evaluation.schema import KINDS
from report import confusion_matrices, results
from report.command import FOLDER

EVALUATION = results.read(FOLDER).evaluation
MLP, TREE, DIFFERENCE = confusion_matrices.confusion_matrices(EVALUATION)


def texts(matrix: confusion_matrices.ConfusionMatrix) -> list[str]:
    return [cell.text for row in matrix.rows for cell in row]


def classes(matrix: confusion_matrices.ConfusionMatrix) -> set[str]:
    return {cell.classes for row in matrix.rows for cell in row}


def test_cells_contain_every_count() -> None:
    for kind, matrix in zip(KINDS, (MLP, TREE), strict=True):
        counts = EVALUATION["models"][kind]["metrics"]["confusion_matrix"]
        assert [int(text) for text in texts(matrix)] == [count for row in counts for count in row]


def test_difference_is_signed() -> None:
    pairs = zip(texts(MLP), texts(TREE), strict=True)
    expected = [f"{int(mlp) - int(tree):+d}".replace("-", "\N{MINUS SIGN}").replace("+0", "0") for mlp, tree in pairs]
    assert texts(DIFFERENCE) == expected


def test_caption_counts_mistakes() -> None:
    counts = EVALUATION["models"]["tree"]["metrics"]["confusion_matrix"]
    mistakes = sum(map(sum, counts)) - sum(counts[k][k] for k in range(10))
    assert TREE.caption == f"Decision tree: {mistakes:,} mistakes"


@pytest.mark.parametrize(("count", "level"), [(0, 0), (1, 2), (2, 2), (5, 3), (25, 5)])
def test_level_is_logarithmic(count: int, level: int) -> None:
    assert confusion_matrices.level(count, 25) == level


def test_mistakes_are_colored_and_diagonal_is_plain() -> None:
    cells = [cell for row in TREE.rows for cell in row]
    assert {TREE.rows[k][k].classes for k in range(10)} == {"correct"}
    mistakes = [int(cell.text) for cell in cells if cell.classes != "correct"]
    assert min(int(cell.text) for cell in cells if cell.classes == "tree level-5") > max(mistakes) / 2
    assert {cell.text for cell in cells if not cell.classes} == {"0"}


def test_difference_has_color_of_larger_count() -> None:
    for row in DIFFERENCE.rows:
        for cell in row:
            assert ("mlp" in cell.classes) == cell.text.startswith("+")
            assert ("tree" in cell.classes) == cell.text.startswith("\N{MINUS SIGN}")


def test_models_without_mistakes_have_no_color() -> None:
    perfect = copy.deepcopy(EVALUATION)
    for model in perfect["models"].values():
        model["metrics"]["confusion_matrix"] = [[5 * (row == column) for column in range(10)] for row in range(10)]
    for matrix in confusion_matrices.confusion_matrices(perfect):
        assert classes(matrix) <= {"", "correct"}
