import random
from pathlib import Path
from typing import Any

import pytest

from tests.support.wandb_folder import ROOT
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


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("parameters: [", "is not YAML"),
        ("- a", "has no 'parameters:'"),
        ("parameters: {hidden: {value: 8}}", "'metric:' must have the name val_accuracy"),
        ("metric: {name: val_accuracy}\nparameters: {hiden: {value: 8}}", "'hiden' is not a setting"),
        ("metric: {name: val_accuracy}\nparameters: {ema: {min: 2, max: 1}}", "'ema' must have a value, values"),
        ("metric: {name: val_accuracy}\nparameters: {ema: 0.9}", "'ema' must have a value, values"),
    ],
    ids=["not YAML", "not a mapping", "no metric", "unknown setting", "empty range", "no range"],
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
