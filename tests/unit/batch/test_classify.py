"""Rows of the output: answers of the models, labels and errors."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from batch import classify, plan
from batch.classify import MAX_BYTES, UNREADABLE, Classifier, preprocess
from batch.plan import Options
from digits.errors import InternalError, NotAnImage, NothingDrawn, TooLarge
from tests.support.pictures import encode, seven
from training import dataset

SEVEN = encode(seven())
BLANK = encode(seven(ink=0))


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(("mlp", "tree"), Options())


def rows(classifier: Classifier, name: Path, options: Options = Options()) -> list[dict[str, object]]:  # noqa: B008
    """Classify an input, and return the rows of all its parts."""
    classifier._options = options
    parts = plan.make([str(name)], options).parts
    return [row for part in parts for row in classifier.classify(part).to_pylist()]


def test_folder_gives_a_row_a_picture(classifier: Classifier, tmp_path: Path) -> None:
    for folder, content in (("7", SEVEN), ("other", BLANK)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.png").write_bytes(content)
    first, second = rows(classifier, tmp_path, Options(base=f"{tmp_path}/"))
    assert (first["source"], first["label"], first["error"]) == ("7/a.png", 7, None)
    assert (first["mlp_digit"], first["tree_digit"], first["is_digit"], first["reason"]) == (7, 7, True, None)
    assert sum(float(str(first[f"mlp_{digit}"])) for digit in range(10)) == pytest.approx(1)
    assert (second["source"], second["label"], second["error"]) == ("other/a.png", None, NothingDrawn.type)
    assert [second[name] for name in ("mlp_digit", "mlp_0", "tree_digit", "digit_likeness", "is_digit")] == [None] * 5
    assert first["mlp_version"] == second["mlp_version"] == classifier.versions["mlp"]


def test_part_without_a_readable_picture_has_only_errors(classifier: Classifier, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"no picture")
    assert [row["error"] for row in rows(classifier, tmp_path)] == [NotAnImage.type] * 2


@pytest.mark.parametrize("struct", [False, True], ids=["bytes", "struct"])
def test_table_is_read_by_rows(classifier: Classifier, struct: bool, tmp_path: Path) -> None:
    images = [SEVEN, None, BLANK] * 50
    column = [image and {"bytes": image, "path": "a.png"} for image in images] if struct else images
    pq.write_table(pa.table({"image": column, "label": [7, 1, 12] * 50}), tmp_path / "a.parquet", row_group_size=70)
    answers = rows(classifier, tmp_path / "a.parquet", Options(base=f"{tmp_path}/"))
    assert [row["source"] for row in answers] == [f"a.parquet#{row}" for row in range(150)]
    assert [row["error"] for row in answers] == [None, NotAnImage.type, NothingDrawn.type] * 50
    assert [row["label"] for row in answers] == [7, 1, None] * 50
    assert [row["mlp_digit"] for row in answers] == [7, None, None] * 50


def test_array_is_the_models_own_input(classifier: Classifier, tmp_path: Path) -> None:
    test = dataset.load_test().first(300)
    np.savez(tmp_path / "a.npz", x=test.images, y=test.labels)
    answers = rows(classifier, tmp_path / "a.npz", Options(label="y"))
    assert [row["label"] for row in answers] == test.labels.tolist()
    expected = classifier._models["mlp"].probabilities(test.images)
    assert [[row[f"mlp_{digit}"] for digit in range(10)] for row in answers] == expected.tolist()


def test_network_tells_digits_whatever_the_model(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(SEVEN)
    both, tree = (rows(Classifier(models, Options()), tmp_path)[0] for models in (("mlp", "tree"), ("tree",)))
    assert tree["digit_likeness"] == both["digit_likeness"]
    assert tree.keys() == both.keys() - {name for name in both if name.startswith("mlp_")}


@pytest.mark.parametrize(
    ("encoded", "error"),
    [
        (b"", NotAnImage.type),
        (None, NotAnImage.type),
        (SEVEN[:200], NotAnImage.type),
        (BLANK, NothingDrawn.type),
        (bytes(MAX_BYTES + 1), TooLarge.type),
        (PermissionError(13, "Permission denied"), UNREADABLE),
    ],
    ids=["empty", "null", "cut off", "blank", "too large", "unreadable"],
)
def test_error_of_one_picture_is_its_problem_type(encoded: bytes | OSError | None, error: str) -> None:
    assert preprocess(encoded) == error


def test_unexpected_error_is_that_pictures_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(classify, "normalize", fail)
    assert preprocess(SEVEN) == InternalError.type


def test_schema_has_one_row_a_picture() -> None:
    names = classify.schema(("mlp",)).names
    assert names[:6] == ["source", "label", "error", "digit_likeness", "is_digit", "reason"]
    assert names[6:] == ["mlp_digit", *(f"mlp_{digit}" for digit in range(10)), "mlp_version"]
