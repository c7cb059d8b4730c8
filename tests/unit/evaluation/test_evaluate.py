"""Measurement of the committed bundle on 400 test images."""

import json
import shutil
from pathlib import Path

import pytest
from rich.progress import Progress

from digits.registry import BUNDLE
from evaluation import command as command
from evaluation import evaluate, onnx_model, predictions, schema
from evaluation.pictures.kinds import KINDS as KINDS_OF_PICTURES
from evaluation.predictions import Predictions
from evaluation.robustness.corruptions import CORRUPTIONS
from evaluation.robustness.distortions import DISTORTIONS
from evaluation.robustness.measure import png
from evaluation.schema import KINDS, Evaluation
from tests.unit.evaluation.strokes.test_handwriting import ONE, SEVEN
from training import dataset
from training.dataset import Mnist
from training.metrics import metrics

pytestmark = pytest.mark.slow

ENTRIES = json.loads((Path(BUNDLE) / "manifest.json").read_text())["models"]
NAMES = {kind: f"{kind}-{ENTRIES[kind]['recipe']['name']}" for kind in KINDS}
FEW_KINDS = {name: KINDS_OF_PICTURES[name] for name in ("canvas", "red-on-green", "scribble")}
HISTORY = {"loss": [1.0, 0.5], "accuracy": [0.8, 0.9], "val_loss": [0.9, 0.6], "val_accuracy": [0.85, 0.88]}


@pytest.fixture(scope="module")
def data() -> Mnist:
    mnist = dataset.load()
    return Mnist(mnist.train.first(2_000), mnist.validation.first(300), mnist.test.first(400))


@pytest.fixture(scope="module")
def strokes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("strokes") / "hand.json"
    path.write_text(json.dumps([SEVEN, ONE, SEVEN | {"label": 2}]))
    return path


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the training record of the served MLP, and with the served MLP as another recipe."""
    folder = tmp_path_factory.mktemp("artifacts")
    shutil.copy(Path(BUNDLE) / "mlp.onnx", folder / "mlp-another.onnx")
    record = {"history": HISTORY, "seconds": 12, "calibration": {"ece_before": 0.02, "ece_after": 0.01}, "quick": False}
    (folder / f"{NAMES['mlp']}.json").write_text(json.dumps(record))
    return folder


@pytest.fixture(scope="module")
def measured(artifacts: Path, strokes: Path, data: Mnist) -> tuple[Evaluation, Predictions]:
    steps: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onnx_model, "RUNS", 10)
        patch.setattr(evaluate, "KINDS", FEW_KINDS)
        result = evaluate.evaluate(artifacts, data, [strokes], steps.append, pictures=10)
        assert len(steps) == evaluate.step_count([strokes])
    return result


@pytest.fixture(scope="module")
def evaluation(measured: tuple[Evaluation, Predictions]) -> Evaluation:
    return measured[0]


def test_metrics_are_those_of_the_served_models(evaluation: Evaluation, data: Mnist) -> None:
    for model in onnx_model.served(Path(BUNDLE), Path("nowhere")):
        assert evaluation["models"][model.kind]["sha256"] == ENTRIES[model.kind]["sha256"]
        expected = metrics(data.test.labels, model.probabilities(data.test.images))
        assert evaluation["models"][model.kind]["metrics"] == expected


def test_mcnemar_counts_add_up_to_accuracy(evaluation: Evaluation) -> None:
    counts = evaluation["mcnemar"]
    mlp, tree = (evaluation["models"][kind]["metrics"]["accuracy"] for kind in KINDS)
    both = counts["both_right"]
    assert (both + counts["only_first_right"]) / 400 == pytest.approx(mlp)
    assert (both + counts["only_second_right"]) / 400 == pytest.approx(tree)
    assert both + counts["only_first_right"] + counts["only_second_right"] + counts["both_wrong"] == 400


def test_every_recipe_is_compared(evaluation: Evaluation) -> None:
    recipes = {recipe["name"]: recipe for recipe in evaluation["recipes"]}
    assert set(recipes) == {*NAMES.values(), "mlp-another"}
    assert [recipe["name"] for recipe in evaluation["recipes"] if recipe["served"]] == list(NAMES.values())
    another, served = recipes["mlp-another"], recipes[NAMES["mlp"]]
    assert another["accuracy"] == served["accuracy"] == evaluation["models"]["mlp"]["metrics"]["accuracy"]
    low, high = served["confidence_interval"]
    assert low < served["accuracy"] <= high
    assert (served["seconds"], another["seconds"]) == (12, None)
    assert served["bytes"] == ENTRIES["mlp"]["bytes"]


def test_training_records_are_published(evaluation: Evaluation) -> None:
    assert evaluation["training"] == {ENTRIES["mlp"]["recipe"]["name"]: HISTORY}
    assert evaluation["models"]["mlp"]["calibration"] == {"ece_before": 0.02, "ece_after": 0.01}
    assert evaluation["models"]["tree"]["calibration"] is None


def test_predictions_match_confusion_matrix(measured: tuple[Evaluation, Predictions], data: Mnist) -> None:
    evaluation, predicted = measured
    assert predicted["labels"] == "".join(map(str, data.test.labels.tolist()))
    for kind, model in evaluation["models"].items():
        assert predicted["models"][kind]["sha256"] == model["sha256"]
        assert predictions.confusion_matrix(predicted, kind) == model["metrics"]["confusion_matrix"]


def test_robustness_at_unchanged_strength_is_accuracy(evaluation: Evaluation) -> None:
    for name, distortion in evaluation["robustness"].items():
        unchanged = distortion["strengths"].index(schema.UNCHANGED.get(name, 0.0))
        for kind, model in evaluation["models"].items():
            assert distortion["accuracy"][NAMES[kind]][unchanged] == pytest.approx(model["metrics"]["accuracy"]), name
        assert len(distortion["strengths"]) == len(DISTORTIONS[name].strengths)
        assert min(distortion["accuracy"][NAMES["tree"]]) < evaluation["models"]["tree"]["metrics"]["accuracy"]


def test_corruptions_lower_the_accuracy_of_every_recipe(evaluation: Evaluation) -> None:
    corruptions = evaluation["corruptions"]
    assert set(corruptions["accuracy"]) == set(CORRUPTIONS)
    assert corruptions["images"] == 400
    for name in ("mlp-another", *NAMES.values()):
        accuracy = [row[name] for row in corruptions["accuracy"].values()]
        assert corruptions["mean"][name] == pytest.approx(sum(accuracy) / 15, abs=1e-4)
    assert corruptions["mean"][NAMES["tree"]] < evaluation["models"]["tree"]["metrics"]["accuracy"]


def test_pictures_are_measured_through_the_api(evaluation: Evaluation) -> None:
    pictures = evaluation["pictures"]
    assert list(pictures) == list(FEW_KINDS)
    assert {kind["pictures"] for kind in pictures.values()} == {10}
    assert pictures["canvas"]["right"]["mlp"] >= 0.8
    assert pictures["scribble"]["right"] == {"mlp": 0, "tree": 0}


def test_likeness_is_measured_if_the_model_has_the_output(evaluation: Evaluation) -> None:
    assert ("digit_likeness" in evaluation) == ("digit_likeness" in ENTRIES["mlp"])


def test_classes_are_counted_and_sampled(evaluation: Evaluation, data: Mnist) -> None:
    totals = {name: sum(counts) for name, counts in evaluation["classes"].items()}
    assert totals == {"train": 2_000, "validation": 300, "test": 400}
    assert evaluation["classes"]["test"][3] == (data.test.labels == 3).sum()
    assert evaluation["samples"][3][0] == png(data.test.images[data.test.labels == 3][0])


def test_handwriting_is_measured_through_the_api(evaluation: Evaluation) -> None:
    results = evaluation["handwriting"]
    assert [(result["file"], result["digits"], result["placement"]) for result in results] == [
        ("hand", 3, "typical"),
        ("hand", 3, "careless"),
    ]
    assert results[0]["accuracy"] == {"mlp": 0.66667, "tree": 0.66667}
    assert results[0]["recipes"]["mlp-another"] == results[0]["recipes"][NAMES["mlp"]] == 0.66667


def test_command_keeps_results_of_same_models(
    measured: tuple[Evaluation, Predictions], data: Mnist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation, predicted = measured
    monkeypatch.setattr(onnx_model, "RUNS", 10)
    monkeypatch.setattr(dataset, "load", lambda _: data)
    monkeypatch.setattr("evaluation.strokes.files.default_files", list)
    monkeypatch.setattr(evaluate, "default_digits", lambda: [SEVEN | {"label": label} for label in range(10)])
    monkeypatch.setattr(evaluate, "KINDS", FEW_KINDS)
    path = tmp_path / schema.FILE
    path.write_text(json.dumps(evaluation))
    arguments = command.parse(["--artifacts", "nowhere", "--out", str(tmp_path)])
    command.measure(arguments, Progress(disable=True))
    written = schema.read_evaluation(path)
    assert written["handwriting"] == evaluation["handwriting"]
    assert written["models"] == evaluation["models"]  # with the calibration of the earlier training record
    assert written["training"] == evaluation["training"]
    assert [recipe["name"] for recipe in written["recipes"]] == [recipe["name"] for recipe in evaluation["recipes"]]
    assert [recipe["seconds"] for recipe in written["recipes"]] == [12, None, None]
    assert written["recipes"][-1] == evaluation["recipes"][-1]  # not measured again
    assert written["robustness"] == evaluation["robustness"]
    assert written["corruptions"] == evaluation["corruptions"]
    assert json.loads((tmp_path / predictions.FILE).read_text()) == predicted
    assert path.stat().st_size < 300_000
    images = [predictions.HARDEST_SPRITE, *map(predictions.sprite_name, range(10))]
    assert {file.name for file in tmp_path.iterdir()} == {schema.FILE, predictions.FILE, *images}


def test_damaged_earlier_evaluation_is_ignored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / schema.FILE
    path.write_text('{"handwriting": [')
    assert command.read_earlier(path, Progress().console) is None
    assert "None of its results is kept" in capsys.readouterr().out
