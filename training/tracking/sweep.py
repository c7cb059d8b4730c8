"""Ranges of settings come in, from `sweep.yaml`; runs go out, one a choice of settings, judged on validation images.

With a W&B account the server chooses, for any number of machines; with `--offline` this machine draws at random.
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
from training.checkpoints import tools
from training.dataset import DATA, Mnist
from training.recipes import MLP, Distortion, MlpRecipe
from training.tracking import upload, wandb_run

CONFIG = Path("sweep.yaml")
METRIC = "val_accuracy"

console = Console(stderr=True)

type Parameters = Mapping[str, Any]


class SweepError(Exception):
    """The search cannot be made as it is written; the message says what to change."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, default=CONFIG, help="what to search (%(default)s)")
    parser.add_argument("--id", metavar="[ENTITY/PROJECT/]ID", type=_id, help="join a sweep instead of making one")
    parser.add_argument("--count", type=_count, default=20, help="runs on this machine (%(default)s)")
    parser.add_argument("--offline", action="store_true", help="draw at random here, without W&B's server")
    parser.add_argument("--seed", type=int, default=0, help="of what --offline draws (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the images, a few epochs: to try the line")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the four idx files (%(default)s)")


def command(arguments: argparse.Namespace) -> None:
    """Search, on the training and validation images alone."""
    try:
        config = load(arguments.config)
        if arguments.id and arguments.offline:
            raise SweepError("--id joins a sweep on W&B's server, --offline asks none: give one of them.")
        if not arguments.offline and not upload.account():
            raise SweepError(
                "A sweep is led by W&B's server, and there is no account here: set WANDB_API_KEY or run 'wandb login'. "
                "To draw settings at random on this machine instead: python -m training sweep --offline"
            )
        search = _offline if arguments.offline else _online
        search(config, _unseen(dataset.load(arguments.data), arguments.quick), arguments)
    except SweepError as error:
        sys.exit(str(error))


def load(path: Path) -> dict[str, Any]:
    """Read a sweep's configuration and check each name and range in it. Raises SweepError."""
    try:
        config = yaml.safe_load(path.read_text())
    except OSError as error:
        raise SweepError(f"{path} cannot be read ({error.strerror}). Restore it: git checkout {CONFIG}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SweepError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(config, dict) or not isinstance(config.get("parameters"), dict):
        raise SweepError(f"{path} has no 'parameters:' to search, each a name of the recipe with its values or range.")
    if (config.get("metric") or {}).get("name") != METRIC:
        raise SweepError(f"{path}: 'metric:' has to have the name {METRIC}; every run logs it after each epoch.")
    try:
        for seed in range(3):  # what can be drawn, can be trained
            recipe(draw(config["parameters"], random.Random(seed)))
    except SweepError as error:
        raise SweepError(f"{path}: {error}") from None
    return config


def recipe(parameters: Parameters) -> MlpRecipe:
    """Put settings into the recipe that `recipe` names, or the default one. Raises SweepError.

    One `dropout` holds for every hidden layer; `distortion` may name some of its amounts and leave the others.
    """
    given = dict(parameters)
    name = given.pop("recipe", recipes.DEFAULT["mlp"])
    if name not in MLP:
        raise SweepError(f"there is no recipe {name!r} of a network. Choose from: {', '.join(MLP)}")
    base = MLP[name]
    _known(given, MlpRecipe, "recipe, ")
    if "hidden" in given:
        given["hidden"] = tuple(given["hidden"]) if isinstance(given["hidden"], list) else (given["hidden"],)
    layers = len(given.get("hidden", base.hidden))
    dropout = given.get("dropout", base.dropout if layers == len(base.dropout) else 0.0)
    given["dropout"] = tuple(dropout) if isinstance(dropout, list | tuple) else (dropout,) * layers
    if len(given["dropout"]) != layers:
        raise SweepError(f"'dropout' has {len(given['dropout'])} shares for {layers} hidden layers. Give one, or each.")
    if isinstance(amounts := given.get("distortion"), dict):
        _known(amounts, Distortion, "", "distortion.")
        still = Distortion(**{field.name: 0.0 for field in fields(Distortion)})
        given["distortion"] = replace(base.distortion or still, **amounts)
    return replace(base, **given)


def draw(parameters: Parameters, rng: random.Random) -> dict[str, Any]:
    """Choose one value of each range at random. Raises SweepError."""
    return {name: _draw(name, entry, rng) for name, entry in parameters.items()}


def _draw(name: str, entry: Any, rng: random.Random) -> Any:
    match entry:
        case {"value": value}:
            return value
        case {"values": [*values]} if values:
            return rng.choice(values)
        case {"parameters": dict(inner)}:
            return draw(inner, rng)
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
        f"'{name}' has to have a value, values, parameters, or min and max; with min and max the distribution is "
        "uniform, int_uniform or log_uniform_values (of numbers above 0)."
    )


def _known(given: Parameters, record: type, others: str = "", prefix: str = "") -> None:
    known = [field.name for field in fields(record)]
    for name in given:
        if name not in known:
            raise SweepError(f"'{prefix}{name}' is no setting of a network. Choose from: {others}{', '.join(known)}")


def _unseen(data: Mnist, quick: bool) -> Mnist:
    """Leave the test images out: a search that could see them would choose by them."""
    data = data.subset(trainer.QUICK_IMAGES) if quick else data
    return Mnist(data.train, data.validation, data.test.first(0))


def _offline(config: dict[str, Any], data: Mnist, arguments: argparse.Namespace) -> None:
    rng, group = random.Random(arguments.seed), time.strftime("sweep-%Y%m%d-%H%M%S")
    tried = []
    for number in range(1, arguments.count + 1):
        parameters = draw(config["parameters"], rng)
        with wandb_run.track(parameters, name=f"{group}-{number}", job="sweep", group=group, say=_say) as run:
            tried.append((_train(parameters, data, arguments.quick, run), parameters))
        _say(f"{number} of {arguments.count}: {tried[-1][0]:.2%} with {parameters}")
    accuracy, parameters = max(tried, key=lambda one: one[0])
    _say(f"Best on the {len(data.validation):,} validation images: {accuracy:.2%} with {parameters}")


def _online(config: dict[str, Any], data: Mnist, arguments: argparse.Namespace) -> None:
    """Make a sweep or join one, and train what the server chooses, until it or the count says that it is enough."""
    wandb_run.prepare()
    import wandb

    def one() -> None:
        try:
            with wandb_run.track({}, name="", job="sweep", say=_say) as run:
                parameters = {name: value for name, value in run.config.items() if not name.startswith("_")}
                _say(f"{_train(parameters, data, arguments.quick, run):.2%} with {parameters}")
        except SweepError as error:  # of a sweep that was made elsewhere
            _say(f"These settings cannot be trained: {error}")
        except Exception as error:
            if type(error) is not Exception:
                raise
            _say("Ended early, as the server decided.")  # W&B's agent throws a bare Exception into this thread

    try:
        upload.reach()
        project = os.environ.get("WANDB_PROJECT", wandb_run.PROJECT)
        sweep = arguments.id or wandb.sweep(config, project=project)
        if "WANDB_ENTITY" in os.environ and "/" not in sweep:  # set by now, if it was not before
            sweep = f"{os.environ['WANDB_ENTITY']}/{project}/{sweep}"
        _say(f"On other machines: python -m training sweep --id {sweep}")
        wandb.agent(sweep, one, project=None if "/" in sweep else project, count=arguments.count)
    except upload.UnreachableError as error:
        raise SweepError(f"{error} To draw at random on this machine instead, add --offline") from None
    except (wandb.Error, ValueError) as error:
        raise SweepError(f"W&B refused: {' '.join(str(error).split())}. Check the key and the sweep's id.") from None


def _train(parameters: Parameters, data: Mnist, quick: bool, run: wandb_run.Run) -> float:
    """Train one network, recorded epoch by epoch. Returns the share of validation images right in the end."""
    settings = recipe(parameters)
    if quick:
        settings = replace(settings, epochs=min(settings.epochs, trainer.QUICK_EPOCHS))
    from training import mlp  # seconds to import

    rest = {name: value for name, value in vars(settings).items() if name not in parameters}
    run.configure(rest | {"images": len(data.train), "tools": tools("mlp")})
    _, history = mlp.train(settings, data, run.log)
    return history[METRIC][-1]


def _say(text: str) -> None:
    console.print(text, soft_wrap=True, markup=False, highlight=False)


def _id(text: str) -> str:
    if re.fullmatch(r"([\w-]+/[\w-]+/)?[\w-]+", text):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is no sweep: give ENTITY/PROJECT/ID, or the ID alone")


def _count(text: str) -> int:
    with suppress(ValueError):
        if (count := int(text)) > 0:
            return count
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of runs: give 1 or more")
