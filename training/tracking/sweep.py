"""Search for the MLP's hyper-parameters in the ranges of `sweep.yaml`, by accuracy on the validation images.

With a W&B account the server chooses them, for any number of machines; with `--offline` they are sampled at random.
"""

import argparse
import math
import os
import random
import re
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from rich.console import Console

from training import dataset, recipes, trainer
from training.checkpoints import tool_versions
from training.dataset import DATA, Mnist
from training.recipes import MLP, Distortion, MlpRecipe
from training.tracking import upload, wandb_run

CONFIG = Path("sweep.yaml")
METRIC = "val_accuracy"

console = Console(stderr=True)

type Parameters = Mapping[str, Any]


class SweepError(Exception):
    """The search is not valid; the message includes the remedy."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, default=CONFIG, help="search configuration (%(default)s)")
    parser.add_argument(
        "--id", metavar="[ENTITY/PROJECT/]ID", type=_sweep_id, help="join a sweep instead of creating one"
    )
    parser.add_argument("--count", type=_positive, default=20, help="runs on this machine (%(default)s)")
    parser.add_argument("--offline", action="store_true", help="sample at random, without W&B's server")
    parser.add_argument("--seed", type=int, default=0, help="seed of --offline (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="a trial: a tenth of the images, a few epochs")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the four idx files (%(default)s)")


def command(arguments: argparse.Namespace) -> None:
    """Run the search on the training and validation images."""
    try:
        config = load(arguments.config)
        if arguments.id and arguments.offline:
            raise SweepError("--id joins a sweep on W&B's server, --offline uses none: give one of them.")
        if not arguments.offline and not upload.has_credentials():
            raise SweepError(
                "A sweep needs an account on W&B's server: set WANDB_API_KEY or run 'wandb login'. "
                "To sample settings at random on this machine instead: python -m training sweep --offline"
            )
        search = _search_offline if arguments.offline else _search_online
        search(config, without_test_images(dataset.load(arguments.data), arguments.quick), arguments)
    except SweepError as error:
        sys.exit(str(error))


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
            raise SweepError(f"'{prefix}{name}' is no setting of an MLP. Choose from: {others}{', '.join(names)}")


def without_test_images(data: Mnist, quick: bool) -> Mnist:
    """Return the data without test images, so that no setting is chosen by them."""
    data = data.subset(trainer.QUICK_IMAGES) if quick else data
    return Mnist(data.train, data.validation, data.test.first(0))


def _search_offline(config: dict[str, Any], data: Mnist, arguments: argparse.Namespace) -> None:
    rng, group = random.Random(arguments.seed), time.strftime("sweep-%Y%m%d-%H%M%S")
    trials = []
    for number in range(1, arguments.count + 1):
        parameters = sample(config["parameters"], rng)
        with wandb_run.track(
            parameters, name=f"{group}-{number}", job_type="sweep", group=group, print_line=_print_line
        ) as run:
            trials.append((_train(parameters, data, arguments.quick, run), parameters))
        _print_line(f"{number} of {arguments.count}: {trials[-1][0]:.2%} with {parameters}")
    accuracy, parameters = max(trials, key=lambda trial: trial[0])
    _print_line(f"Best on the {len(data.validation):,} validation images: {accuracy:.2%} with {parameters}")


def _search_online(config: dict[str, Any], data: Mnist, arguments: argparse.Namespace) -> None:
    """Create or join a sweep, and train the settings that the server chooses, up to the count."""
    wandb_run.set_default_folders()
    import wandb

    def train_one() -> None:
        try:
            with wandb_run.track({}, name="", job_type="sweep", print_line=_print_line) as run:
                parameters = {name: value for name, value in run.config.items() if not name.startswith("_")}
                _print_line(f"{_train(parameters, data, arguments.quick, run):.2%} with {parameters}")
        except SweepError as error:  # of a sweep that was created elsewhere
            _print_line(f"These settings cannot be trained: {error}")
        except Exception as error:
            if type(error) is not Exception:
                raise
            _print_line("Stopped early by the server.")  # W&B's agent raises a bare Exception in this thread

    try:
        upload.check_server()
        project = os.environ.get("WANDB_PROJECT", wandb_run.PROJECT)
        sweep = arguments.id or wandb.sweep(config, project=project)
        if "WANDB_ENTITY" in os.environ and "/" not in sweep:  # set by wandb.sweep
            sweep = f"{os.environ['WANDB_ENTITY']}/{project}/{sweep}"
        _print_line(f"On other machines: python -m training sweep --id {sweep}")
        wandb.agent(sweep, train_one, project=None if "/" in sweep else project, count=arguments.count)
    except upload.UnreachableError as error:
        raise SweepError(f"{error} To sample at random on this machine instead, add --offline") from None
    except (wandb.Error, ValueError) as error:
        raise SweepError(
            f"W&B rejected it: {' '.join(str(error).split())}. Check the key and the sweep's id."
        ) from None


def _train(parameters: Parameters, data: Mnist, quick: bool, run: wandb_run.Run) -> float:
    """Train one MLP, recorded epoch by epoch. Returns its final accuracy on the validation images."""
    settings = recipe(parameters)
    if quick:
        settings = replace(settings, epochs=min(settings.epochs, trainer.QUICK_EPOCHS))
    from training import mlp  # takes seconds

    rest = {name: value for name, value in vars(settings).items() if name not in parameters}
    run.update_config(rest | {"images": len(data.train), "tools": tool_versions("mlp")})
    _, history = mlp.train(settings, data, run.log)
    return history[METRIC][-1]


def _print_line(text: str) -> None:
    console.print(text, soft_wrap=True, markup=False, highlight=False)


def _sweep_id(text: str) -> str:
    if re.fullmatch(r"([\w-]+/[\w-]+/)?[\w-]+", text):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not a sweep: give ENTITY/PROJECT/ID, or the ID alone")


def _positive(text: str) -> int:
    with suppress(ValueError):
        if (count := int(text)) > 0:
            return count
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of runs: give 1 or more")
