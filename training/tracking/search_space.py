"""Search space of a sweep: `sweep.yaml`, its validation, and the recipes that it contains."""

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from pydantic import TypeAdapter, ValidationError

from command_line import CommandError
from training import recipes
from training.recipes import MLP, Distortion, MlpRecipe

CONFIG = Path("sweep.yaml")
METHODS = ("random", "grid", "bayes")
GOALS = {"val_accuracy": "maximize", "val_loss": "minimize"}  # by metric, which every run logs after each epoch

type Parameters = Mapping[str, Any]


class SweepError(CommandError):
    """The search is not valid; the message includes the remedy."""


def load(path: Path) -> dict[str, Any]:
    """Read a sweep's configuration and validate its method, metric, names and values. Raises SweepError."""
    try:
        config = yaml.safe_load(path.read_text())
    except OSError as error:
        raise SweepError(f"{path} cannot be read ({error.strerror}). Restore it: git checkout {CONFIG}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SweepError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    try:
        _check(config)
    except SweepError as error:
        raise SweepError(f"{path}: {error}") from None
    return config  # type: ignore[no-any-return]


def _check(config: Any) -> None:
    if not isinstance(config, dict) or not isinstance(config.get("parameters"), dict) or not config["parameters"]:
        raise SweepError("it has no 'parameters:' to search, each a setting of the recipe with its values or range.")
    if (method := config.get("method")) not in METHODS:
        raise SweepError(f"'method:' is {method!r}. Choose from: {', '.join(METHODS)}")
    metric = config.get("metric")
    if not isinstance(metric, dict) or (metric.get("name"), metric.get("goal")) not in GOALS.items():
        pairs = " or ".join(f"{{name: {name}, goal: {goal}}}" for name, goal in GOALS.items())
        raise SweepError(f"'metric:' must be {pairs}.")
    if method == "grid":
        next(grid(config["parameters"]))
    for parameters in variations(config["parameters"]):
        recipe(parameters)


def recipe(parameters: Parameters) -> MlpRecipe:
    """Override settings of the recipe named by `recipe`, or of the default one. Raises SweepError.

    A single `dropout` applies to every hidden layer; `distortion` may override some of its amounts.
    """
    given = dict(parameters)
    name = given.pop("recipe", recipes.DEFAULT["mlp"])
    if not isinstance(name, str) or name not in MLP:
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
    if isinstance(given.get("optimizer"), str):
        given["optimizer"] = given["optimizer"].lower()
    if isinstance(amounts := given.get("distortion"), dict):
        _check_names(amounts, Distortion, "", "distortion.")
        none = Distortion(**{field.name: 0.0 for field in fields(Distortion)})
        given["distortion"] = vars(base.distortion or none) | amounts
    try:
        return _adapter().validate_python(vars(base) | given)
    except ValidationError as error:
        first = error.errors()[0]
        setting = ".".join(map(str, first["loc"]))
        raise SweepError(f"'{setting}' is {first['input']!r}: {first['msg'].lower()}") from None


@cache
def _adapter() -> TypeAdapter[MlpRecipe]:
    return TypeAdapter(MlpRecipe)


def trials(method: str, parameters: Parameters, seed: int) -> Iterator[dict[str, Any]]:
    """Yield the settings of each run: all of a grid in order, otherwise random ones without end."""
    if method == "grid":
        yield from grid(parameters)
        return
    rng = random.Random(seed)
    while True:
        yield sample(parameters, rng)


def grid(parameters: Parameters) -> Iterator[dict[str, Any]]:
    """Yield every combination of the values. Raises SweepError for a range."""
    for values in product(*(_values(name, entry) for name, entry in parameters.items())):
        yield dict(zip(parameters, values, strict=True))


def _values(name: str, entry: Any) -> list[Any]:
    match entry:
        case {"value": value}:
            return [value]
        case {"values": [*values]} if values:
            return values
        case {"parameters": dict(inner)}:
            return [*grid(inner)]
    raise SweepError(f"'{name}' must have a value, values or parameters: a grid has no ranges. Or use method: random")


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


def variations(parameters: Parameters) -> Iterator[dict[str, Any]]:
    """Yield settings that contain each value and each end of a range at least once. Raises SweepError."""
    alternatives = {name: _alternatives(name, entry) for name, entry in parameters.items()}
    first = {name: values[0] for name, values in alternatives.items()}
    yield first
    for name, values in alternatives.items():
        for value in values[1:]:
            yield first | {name: value}


def _alternatives(name: str, entry: Any) -> list[Any]:
    sampled = _sample_one(name, entry, random.Random(0))  # checks the entry
    match entry:
        case {"values": [*values]}:
            return values
        case {"parameters": dict(inner)}:
            return [*variations(inner)]
        case {"min": low, "max": high}:
            return [low, high]
    return [sampled]


def _check_names(given: Parameters, record: type, others: str = "", prefix: str = "") -> None:
    names = [field.name for field in fields(record)]
    for name in given:
        if name not in names:
            raise SweepError(f"'{prefix}{name}' is not a setting of an MLP. Choose from: {others}{', '.join(names)}")
