"""Results of an earlier evaluation that still hold for models that are not measured again.

Only evaluations of the same test images are combined. A recipe that is not among the artifacts keeps its row, its
robustness, its accuracy on corruptions, its training history and, if both served models are the same files, its
accuracy on handwriting.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.schema import KINDS, Corruptions, Evaluation, Handwriting, MlpRecipe, Robustness, TreeRecipe

NOT_OF_THE_FILE = {"served", "microseconds", "seconds"}  # fields of a recipe that may differ for the same model


def combine(evaluation: Evaluation, earlier: Evaluation | None) -> Evaluation:
    """Return an evaluation with the parts of an earlier one that it lacks and that belong to it."""
    if earlier is None or not same_images(evaluation, earlier):
        return evaluation
    kept = _kept_recipes(evaluation, earlier)
    recipes = sorted([*evaluation["recipes"], *kept], key=_order)
    histories = evaluation["training"] | {
        recipe["recipe"]: earlier["training"][recipe["recipe"]]
        for recipe in kept
        if recipe["kind"] == "mlp" and recipe["recipe"] in earlier["training"]
    }
    return {
        **evaluation,
        "recipes": recipes,
        "training": _ordered(histories, [recipe["recipe"] for recipe in recipes if recipe["kind"] == "mlp"]),
        "robustness": {
            name: _with_kept_accuracy(distortion, earlier["robustness"][name], recipes)
            for name, distortion in evaluation["robustness"].items()
        },
        "corruptions": _corruptions(evaluation["corruptions"], earlier["corruptions"], recipes),
        "handwriting": _handwriting(evaluation, earlier, recipes)
        if same_models(evaluation, earlier)
        else evaluation["handwriting"],
    }


def same_images(evaluation: Evaluation, earlier: Evaluation) -> bool:
    """Return whether two evaluations are of the same test images with the same distortions."""
    first, second = (
        (
            one["images"],
            one["classes"]["test"],
            one["samples"],
            {name: distortion["strengths"] for name, distortion in one["robustness"].items()},
            one["corruptions"]["samples"],
        )
        for one in (evaluation, earlier)
    )
    return first == second


def same_models(evaluation: Evaluation, earlier: Evaluation) -> bool:
    """Return whether two evaluations are of the same served files."""
    return all(earlier["models"][kind]["sha256"] == model["sha256"] for kind, model in evaluation["models"].items())


def _order(recipe: MlpRecipe | TreeRecipe) -> tuple[bool, int, str]:
    return not recipe["served"], KINDS.index(recipe["kind"]), recipe["name"]


def _kept_recipes(evaluation: Evaluation, earlier: Evaluation) -> list[MlpRecipe | TreeRecipe]:
    """Return the rows of recipes that were not measured now; latency only of the same machine."""
    measured = {recipe["name"] for recipe in evaluation["recipes"]}
    same_machine = evaluation["machine"] == earlier["machine"]
    kept: list[MlpRecipe | TreeRecipe] = []
    for recipe in earlier["recipes"]:
        if recipe["name"] not in measured:
            row = recipe.copy()
            row["served"] = False
            row["microseconds"] = recipe["microseconds"] if same_machine else None
            kept.append(row)
    return kept


def _with_kept_accuracy(
    distortion: Robustness, earlier: Robustness, recipes: Sequence[MlpRecipe | TreeRecipe]
) -> Robustness:
    accuracy = earlier["accuracy"] | distortion["accuracy"]
    return {**distortion, "accuracy": {recipe["name"]: accuracy[recipe["name"]] for recipe in recipes}}


def _corruptions(
    corruptions: Corruptions, earlier: Corruptions, recipes: Sequence[MlpRecipe | TreeRecipe]
) -> Corruptions:
    names = [recipe["name"] for recipe in recipes]
    accuracy = {name: _ordered(earlier["accuracy"][name] | row, names) for name, row in corruptions["accuracy"].items()}
    return {**corruptions, "accuracy": accuracy, "mean": _ordered(earlier["mean"] | corruptions["mean"], names)}


def _handwriting(
    evaluation: Evaluation, earlier: Evaluation, recipes: Sequence[MlpRecipe | TreeRecipe]
) -> list[Handwriting]:
    """Return the measured results with the earlier accuracy of kept recipes; the earlier results if there are none."""
    before = {recipe["name"]: _of_the_file(recipe) for recipe in earlier["recipes"]}
    same = [recipe["name"] for recipe in recipes if _of_the_file(recipe) == before.get(recipe["name"])]
    rows: list[Handwriting] = []
    for row in evaluation["handwriting"] or earlier["handwriting"]:
        accuracy = {name: value for name, value in _same_strokes(row, earlier).items() if name in same}
        if evaluation["handwriting"]:
            accuracy |= row["recipes"]
        rows.append({**row, "recipes": _ordered(accuracy, [recipe["name"] for recipe in recipes])})
    return rows


def _same_strokes(row: Handwriting, earlier: Evaluation) -> dict[str, float]:
    """Return each recipe's earlier accuracy on the same strokes: those on which the same models measured the same."""
    return next((one["recipes"] for one in earlier["handwriting"] if one | {"recipes": row["recipes"]} == row), {})


def _of_the_file(recipe: MlpRecipe | TreeRecipe) -> dict[str, Any]:
    return {field: value for field, value in recipe.items() if field not in NOT_OF_THE_FILE}


def _ordered[T](values: Mapping[str, T], names: Sequence[str]) -> dict[str, T]:
    return {name: values[name] for name in names if name in values}
