"""Search for the MLP's hyper-parameters in the ranges of `sweep.yaml`, by the validation images.

With a W&B account the server chooses them, for any number of machines; with `--offline` they are those of the grid, or
sampled at random.
"""

import argparse
import os
import re
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console

from command_line import positive
from training import dataset, trainer
from training.checkpoints import tool_versions
from training.dataset import DATA, Mnist
from training.tracking import upload, wandb_run
from training.tracking.search_space import CONFIG, Parameters, SweepError, load, recipe, trials, variations

console = Console(stderr=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, default=CONFIG, help="search configuration (%(default)s)")
    parser.add_argument(
        "--id", metavar="[ENTITY/PROJECT/]ID", type=_sweep_id, help="join a sweep instead of creating one"
    )
    parser.add_argument("--count", type=positive, default=20, help="runs on this machine (%(default)s)")
    parser.add_argument("--offline", action="store_true", help="grid or random search without W&B's server")
    parser.add_argument("--seed", type=int, default=0, help="seed of --offline (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="a trial: a tenth of the images, a few epochs")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the four idx files (%(default)s)")


def command(arguments: argparse.Namespace) -> None:
    """Run the search on the training and validation images."""
    config = load(arguments.config)
    if arguments.id and arguments.offline:
        raise SweepError("--id joins a sweep on W&B's server, --offline uses none: give one of them.")
    if not arguments.offline and not upload.has_credentials():
        raise SweepError(
            "A sweep needs an account on W&B's server: set WANDB_API_KEY or run 'wandb login'. "
            "To sample settings at random on this machine instead: python -m training sweep --offline"
        )
    if arguments.quick:
        config["parameters"] = quick_parameters(config["parameters"])
    search = _search_offline if arguments.offline else _search_online
    search(config, without_test_images(dataset.load(arguments.data), arguments.quick), arguments)


def quick_parameters(parameters: Parameters) -> dict[str, Any]:
    """Return the search space of a quick trial: few epochs in every run, and no fine-tuning."""
    epochs = min(recipe(next(variations(parameters))).epochs, trainer.QUICK_EPOCHS)
    return {**parameters, "epochs": {"value": epochs}, "fine_tune": {"value": None}}


def without_test_images(data: Mnist, quick: bool) -> Mnist:
    """Return the data without test images, so that no setting is chosen by them."""
    data = data.subset(trainer.QUICK_IMAGES) if quick else data
    return Mnist(data.train, data.validation, data.test.first(0))


def _search_offline(config: dict[str, Any], data: Mnist, arguments: argparse.Namespace) -> None:
    if config["method"] == "bayes":
        _print_line("Offline: settings are sampled at random, because W&B's server computes the Bayesian search.")
    if "early_terminate" in config:
        _print_line("Offline: early_terminate is not applied, because W&B's server stops the runs.")
    metric, group = config["metric"]["name"], time.strftime("sweep-%Y%m%d-%H%M%S")
    results = []
    settings = islice(trials(config["method"], config["parameters"], arguments.seed), arguments.count)
    for number, parameters in enumerate(settings, 1):
        with wandb_run.track(
            parameters, name=f"{group}-{number}", job_type="sweep", group=group, print_line=_print_line
        ) as run:
            results.append((_train(parameters, data, metric, run), parameters))
        _print_line(f"{number} of {arguments.count}: {format_metric(metric, results[-1][0])} with {parameters}")
    choose = max if config["metric"]["goal"] == "maximize" else min
    best, parameters = choose(results, key=lambda result: result[0])
    _print_line(
        f"Best on the {len(data.validation):,} validation images: {format_metric(metric, best)} with {parameters}"
    )


def format_metric(metric: str, value: float) -> str:
    return f"{value:.2%}" if metric == "val_accuracy" else f"{metric} {value:.4f}"


def _search_online(config: dict[str, Any], data: Mnist, arguments: argparse.Namespace) -> None:
    """Create or join a sweep, and train the settings that the server chooses, up to the count."""
    wandb_run.set_default_folders()
    import wandb

    metric = config["metric"]["name"]

    def train_one() -> None:
        try:
            with wandb_run.track({}, name="", job_type="sweep", print_line=_print_line) as run:
                parameters = {name: value for name, value in run.config.items() if not name.startswith("_")}
                _print_line(f"{format_metric(metric, _train(parameters, data, metric, run))} with {parameters}")
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
            f"W&B rejected the sweep: {' '.join(str(error).split())}. Check the key and the sweep's id."
        ) from None


def _train(parameters: Parameters, data: Mnist, metric: str, run: wandb_run.Run) -> float:
    """Train one MLP, recorded epoch by epoch. Returns its last value of the metric."""
    settings = recipe(parameters)
    from training import mlp  # takes seconds

    rest = {name: value for name, value in vars(settings).items() if name not in parameters}
    run.update_config(rest | {"images": len(data.train), "tools": tool_versions("mlp")})
    _, history = mlp.train(replace(settings, all_images=False), data, run.log)
    return history[metric][-1]


def _print_line(text: str) -> None:
    console.print(text, soft_wrap=True, markup=False, highlight=False)


def _sweep_id(text: str) -> str:
    if re.fullmatch(r"([\w-]+/[\w-]+/)?[\w-]+", text):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not a sweep: give ENTITY/PROJECT/ID, or the ID alone")
