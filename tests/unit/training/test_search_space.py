import random
from pathlib import Path
from typing import Any

import pytest

from tests.support.wandb_folder import ROOT
from training import trainer
from training.dataset import Mnist
from training.recipes import MLP
from training.tracking import search_space, sweep
from training.tracking.search_space import SweepError


def test_settings_override_the_named_recipe() -> None:
    recipe = search_space.recipe(
        {"recipe": "compact", "hidden": [64, 32, 16], "dropout": 0.1, "ema": 0.99, "distortion": {"rotation": 3.0}}
    )
    base = MLP["compact"]
    assert (recipe.hidden, recipe.dropout, recipe.ema) == ((64, 32, 16), (0.1, 0.1, 0.1), 0.99)
    assert recipe.distortion is not None
    assert base.distortion is not None
    assert (recipe.distortion.rotation, recipe.distortion.shift) == (3.0, base.distortion.shift)
    assert (recipe.epochs, recipe.learning_rate) == (base.epochs, base.learning_rate)


def test_without_settings_the_recipe_is_unchanged() -> None:
    for name, recipe in MLP.items():
        assert search_space.recipe({"recipe": name}) == recipe


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"learning_rte": 1}, r"'learning_rte' is not a setting of an MLP\. Choose from: recipe, hidden, dropout, "),
        ({"distortion": {"spin": 1}}, r"'distortion\.spin' is not a setting .* Choose from: rotation, "),
        ({"recipe": "upright"}, "no MLP recipe 'upright'. Choose from: original, "),
        ({"hidden": [8, 8], "dropout": [0.1]}, "'dropout' has 1 rates for 2 hidden layers"),
    ],
    ids=["unknown", "unknown nested", "unknown recipe", "too few rates"],
)
def test_invalid_setting_error_names_it(parameters: dict[str, Any], reason: str) -> None:
    with pytest.raises(SweepError, match=reason):
        search_space.recipe(parameters)


def test_committed_search_space_gives_valid_recipes() -> None:
    config = search_space.load(ROOT / "sweep.yaml")
    samples = [search_space.sample(config["parameters"], random.Random(seed)) for seed in range(50)]
    recipes = {search_space.recipe(parameters) for parameters in samples}
    assert len(recipes) == 50
    rates = [recipe.learning_rate for recipe in recipes]
    low, high = (config["parameters"]["learning_rate"][end] for end in ("min", "max"))
    assert low <= min(rates) < max(rates) <= high
    assert config["metric"] == {"name": "val_accuracy", "goal": "maximize"}


HEAD = "method: random\nmetric: {name: val_loss, goal: minimize}\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("parameters: [", "is not YAML"),
        ("- a", "has no 'parameters:'"),
        ("parameters: {}", "has no 'parameters:'"),
        ("method: guess\nparameters: {hidden: {value: 8}}", "'method:' is 'guess'. Choose from: random, grid, bayes"),
        ("method: random\nparameters: {hidden: {value: 8}}", "'metric:' must be {name: val_accuracy, goal: maximize}"),
        (f"{HEAD}parameters: {{hiden: {{value: 8}}}}", "'hiden' is not a setting"),
        (f"{HEAD}parameters: {{ema: {{min: 2, max: 1}}}}", "'ema' must have a value, values"),
        (f"{HEAD}parameters: {{ema: 0.9}}", "'ema' must have a value, values"),
        (f"{HEAD}parameters: {{batch: {{values: [64, many]}}}}", "'batch' is 'many': input should be a valid integer"),
        (f"{HEAD}parameters: {{learning_rate: {{min: 0.0, max: 1.0}}}}", "'learning_rate' is 0.0: .* greater than 0"),
        (f"{HEAD}parameters: {{dropout: {{values: [0.1, 1.0]}}}}", r"'dropout.0' is 1.0: .* less than 1"),
        (
            f"{HEAD}parameters: {{optimizer: {{values: [Adam, AdaGrad]}}}}",
            "'optimizer' is 'adagrad': .*'adam'",
        ),
        (f"{HEAD.replace('random', 'grid')}parameters: {{ema: {{min: 0.1, max: 0.9}}}}", "a grid has no ranges"),
    ],
    ids=[
        "not YAML",
        "not a mapping",
        "no parameters",
        "unknown method",
        "no metric",
        "unknown setting",
        "empty range",
        "no range",
        "wrong type",
        "rate of zero",
        "dropout of everything",
        "unknown optimizer",
        "grid with a range",
    ],
)
def test_invalid_configuration_error_names_the_file(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "sweep.yaml"
    file.write_text(text)
    with pytest.raises(SweepError, match=reason) as raised:
        search_space.load(file)
    assert str(file) in str(raised.value)


@pytest.mark.parametrize("quick", [False, True])
def test_search_has_no_test_images(small_mnist: Mnist, quick: bool) -> None:
    assert len(sweep.without_test_images(small_mnist, quick).test) == 0


def test_original_search_space_varies_the_original_settings() -> None:
    config = search_space.load(ROOT / "sweep-original.yaml")
    assert config["metric"] == {"name": "val_loss", "goal": "minimize"}
    assert config["early_terminate"]["type"] == "hyperband"
    assert {"batch", "learning_rate", "optimizer", "dropout"} <= config["parameters"].keys()
    recipes = [search_space.recipe(settings) for settings in search_space.grid(config["parameters"])]
    assert len(set(recipes)) == len(recipes)
    assert {recipe.optimizer for recipe in recipes} == {"adam", "sgd"}
    assert MLP["original"] in recipes


def test_grid_yields_each_combination_once() -> None:
    parameters = {
        "batch": {"values": [32, 64]},
        "epochs": {"value": 3},
        "distortion": {"parameters": {"shift": {"values": [0.5, 1.0]}}},
    }
    assert [*search_space.trials("grid", parameters, seed=0)] == [
        {"batch": batch, "epochs": 3, "distortion": {"shift": shift}} for batch in (32, 64) for shift in (0.5, 1.0)
    ]


def test_random_search_repeats_with_its_seed() -> None:
    parameters = {"ema": {"min": 0.1, "max": 0.9}}
    first, second, other = (
        [next(settings)["ema"] for _ in range(3)]
        for settings in (search_space.trials("random", parameters, seed) for seed in (1, 1, 2))
    )
    assert first == second != other


def test_quick_search_space_has_the_epochs_that_are_trained() -> None:
    parameters = sweep.quick_parameters({"recipe": {"value": "wide"}, "epochs": {"values": [30, 60]}})
    recipes = {search_space.recipe(settings) for settings in search_space.grid(parameters)}
    assert {(recipe.epochs, recipe.fine_tune) for recipe in recipes} == {(trainer.QUICK_EPOCHS, None)}
    assert sweep.quick_parameters({"epochs": {"value": 2}})["epochs"] == {"value": 2}
