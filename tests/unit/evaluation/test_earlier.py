"""Results kept from the committed evaluation, as if it had been measured without the other recipes."""

import copy
import json

import pytest

from evaluation import schema
from evaluation.earlier import combine
from evaluation.schema import Evaluation, read_evaluation
from report.command import FOLDER

EARLIER = read_evaluation(FOLDER / schema.FILE)
SERVED = [recipe["name"] for recipe in EARLIER["recipes"] if recipe["served"]]
OTHERS = [recipe["name"] for recipe in EARLIER["recipes"] if not recipe["served"]]


@pytest.fixture
def served() -> Evaluation:
    """The committed evaluation, with the served models only."""
    evaluation = copy.deepcopy(EARLIER)
    evaluation["recipes"] = [recipe for recipe in evaluation["recipes"] if recipe["served"]]
    names = {recipe["recipe"] for recipe in evaluation["recipes"]}
    evaluation["training"] = {name: h for name, h in evaluation["training"].items() if name in names}
    for part in evaluation["robustness"].values():
        part["accuracy"] = {name: part["accuracy"][name] for name in SERVED}
    corruptions = evaluation["corruptions"]
    for accuracy in (*corruptions["accuracy"].values(), corruptions["mean"]):
        for name in OTHERS:
            accuracy.pop(name, None)
    evaluation["handwriting"] = []
    return evaluation


def test_evaluation_without_artifacts_equals_the_earlier_one(served: Evaluation) -> None:
    assert json.dumps(combine(served, EARLIER)) == json.dumps(EARLIER)  # in the same order


def test_handwriting_measured_again_keeps_other_recipes(served: Evaluation) -> None:
    served["handwriting"] = copy.deepcopy(EARLIER["handwriting"])
    for row in served["handwriting"]:
        row["recipes"] = {name: row["recipes"][name] for name in SERVED}
    assert combine(served, EARLIER)["handwriting"] == EARLIER["handwriting"]


def test_other_strokes_of_the_same_name_are_not_mixed(served: Evaluation) -> None:
    row = copy.deepcopy(EARLIER["handwriting"][0])
    row["accuracy"]["tree"], row["recipes"] = 0.5, {name: row["recipes"][name] for name in SERVED}
    served["handwriting"] = [row]
    assert combine(served, EARLIER)["handwriting"] == [row]


def test_recipe_measured_again_replaces_its_results(served: Evaluation) -> None:
    again = copy.deepcopy(next(recipe for recipe in EARLIER["recipes"] if recipe["name"] == OTHERS[0]))
    again["accuracy"] = 0.5
    served["recipes"].append(again)
    for part in served["robustness"].values():
        part["accuracy"][OTHERS[0]] = [0.5] * len(part["strengths"])
    combined = combine(served, EARLIER)
    assert combined["recipes"][2] == again
    assert all(part["accuracy"][OTHERS[0]][0] == 0.5 for part in combined["robustness"].values())
    assert [OTHERS[0] in row["recipes"] for row in combined["handwriting"]] == [False] * len(combined["handwriting"])
    assert all(OTHERS[1] in row["recipes"] for row in combined["handwriting"])


def test_other_corruptions_are_not_mixed(served: Evaluation) -> None:
    served["corruptions"]["samples"]["fog"] = "another"
    assert combine(served, EARLIER) is served


def test_handwriting_of_other_served_models_is_not_kept(served: Evaluation) -> None:
    served["models"]["tree"]["sha256"] = "0" * 64
    combined = combine(served, EARLIER)
    assert combined["handwriting"] == []
    assert [recipe["name"] for recipe in combined["recipes"]] == [*SERVED, *OTHERS]


def test_latency_on_another_machine_is_not_kept(served: Evaluation) -> None:
    served["machine"]["processor"] = "another"
    latencies = [recipe["microseconds"] for recipe in combine(served, EARLIER)["recipes"]]
    assert [latency is None for latency in latencies] == [name in OTHERS for name in [*SERVED, *OTHERS]]


def test_results_on_other_images_are_not_kept(served: Evaluation) -> None:
    served["images"] = 2_000
    assert combine(served, EARLIER) is served
