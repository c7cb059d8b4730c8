"""Search space of a sweep: `sweep.yaml`, its validation, and sampling of recipes from it."""

import math
import random
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from command_line import CommandError
from training import recipes
from training.recipes import MLP, Distortion, MlpRecipe

CONFIG = Path("sweep.yaml")
METRIC = "val_accuracy"

type Parameters = Mapping[str, Any]


class SweepError(CommandError):
    """The search is not valid; the message includes the remedy."""


def load(path: Path) -> dict[str, Any]:
    """Read a sweep's configuration and validate its names and ranges. Raises SweepError."""
    try:
        config = yaml.safe_load(path.read_text())
    except OSError as error:
        raise SweepError(f"{path} cannot be read ({error.strerror}). Restore it: git checkout {CONFIG}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SweepError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(config, dict) or not isinstance(config.get("parameters"), dict):
        raise SweepError(
            f"{path} has no 'parameters:' to search, each a setting of the recipe with its values or range."
        )
    if (config.get("metric") or {}).get("name") != METRIC:
        raise SweepError(f"{path}: 'metric:' must have the name {METRIC}, which every run logs after each epoch.")
    try:
        for seed in range(3):
            recipe(sample(config["parameters"], random.Random(seed)))
    except SweepError as error:
        raise SweepError(f"{path}: {error}") from None
    return config


def recipe(parameters: Parameters) -> MlpRecipe:
    """Override settings of the recipe named by `recipe`, or of the default one. Raises SweepError.

    A single `dropout` applies to every hidden layer; `distortion` may override some of its amounts.
    """
    given = dict(parameters)
    name = given.pop("recipe", recipes.DEFAULT["mlp"])
    if name not in MLP:
        raise SweepError(f"there is no MLP recipe {name!r}. Choose from: {', '.join(MLP)}")
    base = MLP[name]
    _check_names(given, MlpRecipe, "recipe, ")
    if "hidden" in given:
        given["hidden"] = tuple(given["hidden"]) if isinstance(given["hidden"], list) else (given["hidden"],)
    layers = len(given.get("hidden", base.hidden))
    dropout = given.get("dropout", base.dropout if layers == len(base.dropout) else 0.0)
    given["dropout"] = tuple(dropout) if isinstance(dropout, list | tuple) else (dropout,) * layers
    if len(given["dropout"]) != layers:
        raise SweepError(
            f"'dropout' has {len(given['dropout'])} rates for {layers} hidden layers. Give one, or one for each."
        )
    if isinstance(amounts := given.get("distortion"), dict):
        _check_names(amounts, Distortion, "", "distortion.")
        none = Distortion(**{field.name: 0.0 for field in fields(Distortion)})
        given["distortion"] = replace(base.distortion or none, **amounts)
    return replace(base, **given)


def sample(parameters: Parameters, rng: random.Random) -> dict[str, Any]:
    """Sample one value of each range. Raises SweepError."""
    return {name: _sample_one(name, entry, rng) for name, entry in parameters.items()}


def _sample_one(name: str, entry: Any, rng: random.Random) -> Any:
    match entry:
        case {"value": value}:
            return value
        case {"values": [*values]} if values:
            return rng.choice(values)
        case {"parameters": dict(inner)}:
            return sample(inner, rng)
        case {"min": int(low), "max": int(high), **rest} if low <= high and rest.get("distribution") in (
            None,
            "int_uniform",
        ):
            return rng.randint(low, high)
        case {"min": float(low) | int(low), "max": float(high) | int(high), **rest} if low <= high:
            distribution = rest.get("distribution", "uniform")
            if distribution == "uniform":
                return rng.uniform(low, high)
            if distribution == "log_uniform_values" and low > 0:
                return math.exp(rng.uniform(math.log(low), math.log(high)))
    raise SweepError(
        f"'{name}' must have a value, values, parameters, or min and max; with min and max the distribution is "
        "uniform, int_uniform or log_uniform_values (of numbers above 0)."
    )


def _check_names(given: Parameters, record: type, others: str = "", prefix: str = "") -> None:
    names = [field.name for field in fields(record)]
    for name in given:
        if name not in names:
            raise SweepError(f"'{prefix}{name}' is not a setting of an MLP. Choose from: {others}{', '.join(names)}")
