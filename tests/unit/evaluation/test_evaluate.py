import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from digits.registry import BUNDLE
from evaluation import evaluate, onnx_model, predictions, rejection_scores, results, robustness, sprites
from evaluation.evaluate import Evaluation
from report import build
from tests.unit.evaluation.test_handwriting import ONE, SEVEN
from training import dataset
from training.dataset import Mnist
from training.metrics import metrics

WHOLE = dataset.load()
DATA = Mnist(WHOLE.train.first(2_000), WHOLE.validation.first(300), WHOLE.test.first(400))
ENTRIES = json.loads((Path(BUNDLE) / "manifest.json").read_text())["models"]
NAMES = {kind: f"{kind}-{entry['recipe']['name']}" for kind, entry in ENTRIES.items()}
HISTORY = {"loss": [1.0, 0.5], "accuracy": [0.8, 0.9], "val_loss": [0.9, 0.6], "val_accuracy": [0.85, 0.88]}


@pytest.fixture(scope="module")
def strokes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("strokes") / "hand.json"
    path.write_text(json.dumps([SEVEN, ONE, SEVEN | {"label": 2}]))
    return path


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the served network has its report, and stands under another name, too."""
    folder = tmp_path_factory.mktemp("artifacts")
    shutil.copy(Path(BUNDLE) / "mlp.onnx", folder / "mlp-another.onnx")
    written = {"history": HISTORY, "seconds": 12, "calibration": {"ece_before": 0.02, "ece_after": 0.01}}
    (folder / f"{NAMES['mlp']}.json").write_text(json.dumps(written))
    return folder


@pytest.fixture(scope="module")
def evaluation(artifacts: Path, strokes: Path) -> Evaluation:
    steps: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        quicken(patch)
        found = evaluate.evaluate(artifacts, DATA, [strokes], steps.append)
    assert len(steps) == evaluate.steps([strokes])
    return found


def quicken(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(onnx_model, "RUNS", 10)
    patch.setattr(rejection_scores.measure, "__defaults__", (40,))


def arguments(**changes: Any) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    return argparse.Namespace(**vars(parser.parse_args([])) | changes)


def test_served_figures_are_those_of_the_one_function(evaluation: Evaluation) -> None:
    for kind, entry in ENTRIES.items():
        model = evaluation["models"][kind]
        probabilities = onnx_model.served(Path(BUNDLE), Path("nowhere"))[list(ENTRIES).index(kind)].probabilities(
            DATA.test.images
        )
        assert model["sha256"] == entry["sha256"]
        assert model["metrics"] == metrics(DATA.test.labels, probabilities)


def test_two_models_share_out_all_images(evaluation: Evaluation) -> None:
    split = evaluation["mcnemar"]
    assert sum(split[name] for name in ("both", "first", "second", "neither")) == 400
    accuracy = {kind: model["metrics"]["accuracy"] for kind, model in evaluation["models"].items()}
    assert (split["both"] + split["first"]) / 400 == pytest.approx(accuracy["mlp"])
    assert (split["both"] + split["second"]) / 400 == pytest.approx(accuracy["tree"])


def test_every_recipe_is_compared(evaluation: Evaluation) -> None:
    recipes = {recipe["name"]: recipe for recipe in evaluation["recipes"]}
    assert set(recipes) == {*NAMES.values(), "mlp-another"}
    assert [recipe["name"] for recipe in evaluation["recipes"] if recipe["served"]] == list(NAMES.values())
    twin, served = recipes["mlp-another"], recipes[NAMES["mlp"]]
    assert twin["accuracy"] == served["accuracy"] == evaluation["models"]["mlp"]["metrics"]["accuracy"]
    assert served["interval"][0] < served["accuracy"] <= served["interval"][1]
    assert (served["seconds"], twin["seconds"]) == (12, None)
    assert served["bytes"] == ENTRIES["mlp"]["bytes"]


def test_what_the_training_wrote_is_kept(evaluation: Evaluation) -> None:
    assert evaluation["training"] == {ENTRIES["mlp"]["recipe"]["name"]: HISTORY}
    assert evaluation["models"]["mlp"]["calibration"] == {"ece_before": 0.02, "ece_after": 0.01}
    assert evaluation["models"]["tree"]["calibration"] is None


def test_every_image_has_both_answers(evaluation: Evaluation) -> None:
    recorded = evaluation["answers"]
    assert recorded["labels"] == "".join(map(str, DATA.test.labels.tolist()))
    for kind, model in evaluation["models"].items():
        assert recorded["models"][kind]["sha256"] == model["sha256"]
        assert predictions.confusion(recorded, kind) == model["metrics"]["confusion_matrix"]


def test_unchanged_images_give_the_accuracy_itself(evaluation: Evaluation) -> None:
    for name, change in evaluation["robustness"].items():
        assert set(change["accuracy"]) == {*NAMES.values(), "mlp-another"}
        still = change["strengths"].index(1 if name == "scale" else 0)
        for kind, model in evaluation["models"].items():
            assert change["accuracy"][NAMES[kind]][still] == pytest.approx(model["metrics"]["accuracy"]), name
        assert len(change["strengths"]) == len(robustness.CHANGES[name].strengths)
        worst = min(change["accuracy"][NAMES["tree"]])
        assert worst < evaluation["models"]["tree"]["metrics"]["accuracy"]


def test_classes_are_counted_and_shown(evaluation: Evaluation) -> None:
    assert {name: sum(counts) for name, counts in evaluation["classes"].items()} == {
        "train": 2_000,
        "validation": 300,
        "test": 400,
    }
    assert evaluation["classes"]["test"][3] == (DATA.test.labels == 3).sum()
    first_three = DATA.test.images[DATA.test.labels == 3][0]
    assert evaluation["samples"][3][0] == evaluate.png(first_three)


def test_drawn_strokes_are_read_through_the_api(evaluation: Evaluation) -> None:
    assert [(r["file"], r["digits"], r["placement"]) for r in evaluation["drawn"]] == [
        ("hand", 3, "typical"),
        ("hand", 3, "careless"),
    ]
    typical = evaluation["drawn"][0]
    assert typical["accuracy"] == {"mlp": 0.66667, "tree": 0.66667}
    assert typical["recipes"]["mlp-another"] == typical["recipes"][NAMES["mlp"]] == typical["accuracy"]["mlp"]


def test_command_writes_everything_and_keeps_what_was_drawn_with_the_same_models(
    evaluation: Evaluation, artifacts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quicken(monkeypatch)
    monkeypatch.setattr(dataset, "load", lambda _: DATA)
    monkeypatch.setattr(build, "THEMES", ())  # the figures have tests of their own
    out = tmp_path / "site" / "report"
    out.mkdir(parents=True)
    path = out / results.EVALUATION
    path.write_text(json.dumps(evaluation))
    evaluate.command(arguments(artifacts=artifacts, out=out))
    written = json.loads(path.read_text())
    assert written["drawn"] == evaluation["drawn"]
    assert written["models"] == evaluation["models"]
    assert "answers" not in written
    assert json.loads((out / predictions.ANSWERS).read_text()) == evaluation["answers"]
    assert path.stat().st_size < 300_000
    assert "<h1>" in (out.parent / "report.html").read_text()
    evaluation["models"]["tree"] |= {"sha256": (sha256 := evaluation["models"]["tree"]["sha256"])[::-1]}
    path.write_text(json.dumps(evaluation))
    evaluate.command(arguments(artifacts=artifacts, out=out))
    assert json.loads(path.read_text())["drawn"] == []  # measured with another tree: not these models' results
    evaluation["models"]["tree"]["sha256"] = sha256
    pictures = ["chosen.webp", *map(sprites.name, range(10))]
    assert sorted(file.name for file in out.iterdir()) == ["answers.json", *pictures, "evaluation.json"]


def test_command_keeps_nothing_of_a_damaged_evaluation_and_goes_on(
    evaluation: Evaluation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evaluate, "evaluate", lambda *_: evaluation | {"drawn": []})
    monkeypatch.setattr(dataset, "load", lambda _: DATA)
    monkeypatch.setattr(build, "THEMES", ())
    (tmp_path / results.EVALUATION).write_text('{"drawn": [')
    evaluate.command(arguments(out=tmp_path))
    assert "evaluation.json is no JSON" in capsys.readouterr().err
    assert results.read(tmp_path)["drawn"] == []


def test_missing_json_is_said_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"evaluation\.json"):
        evaluate.command(arguments(out=tmp_path, from_json=True))
