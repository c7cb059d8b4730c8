"""Kinds and recipes come in; trained models go out, written to their files, networks and trees abreast."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing.queues import Queue
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training import checkpoints, recipes
from training.dataset import Mnist
from training.metrics import metrics

QUICK_IMAGES, QUICK_EPOCHS, QUICK_COPIES = 6_000, 4, 1  # the whole line in under two minutes; the models are poor


@dataclass(frozen=True)
class Job:
    """One model to train by one recipe, at full length or quickly."""

    kind: str
    recipe: str
    quick: bool = False

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.recipe}"

    @property
    def steps(self) -> int:
        """What a progress bar counts: epochs of the network, sets of images of the tree."""
        recipe = self.settings()
        if isinstance(recipe, recipes.TreeRecipe):
            return recipe.copies + 1
        return recipe.epochs + (recipe.finish.epochs if recipe.finish else 0)

    def settings(self) -> recipes.MlpRecipe | recipes.TreeRecipe:
        if self.kind == "mlp":
            network = recipes.MLP[self.recipe]
            return replace(network, epochs=min(network.epochs, QUICK_EPOCHS), finish=None) if self.quick else network
        tree = recipes.TREE[self.recipe]
        return replace(tree, copies=min(tree.copies, QUICK_COPIES)) if self.quick else tree


@dataclass(frozen=True)
class Outcome:
    """A trained model's file, the report written beside it, and its answers to the test images, (n, 10)."""

    job: Job
    path: Path
    report: dict[str, Any]
    probabilities: NDArray[np.floating[Any]]


type OnStep = Callable[[Job, Mapping[str, float]], None]  # with an epoch's figures; with none for a set of images


def evaluated(quick: bool = False) -> list[Job]:
    """Every recipe that the evaluation compares: the original's, the best of its size, and what is served."""
    networks = dict.fromkeys(["original", "compact", recipes.DEFAULT["mlp"]])
    trees = dict.fromkeys(["original", recipes.DEFAULT["tree"]])
    return [*(Job("mlp", name, quick) for name in networks), *(Job("tree", name, quick) for name in trees)]


def train(jobs: Sequence[Job], data: Mnist, out: Path, on_step: OnStep, notes: Mapping[str, Any]) -> Iterator[Outcome]:
    """Train every job, and write its model with its report and the notes. Networks train here; trees, where there
    are both, in a process beside them: a tree is fitted on one core."""
    networks, trees = ([job for job in jobs if job.kind == kind] for kind in ("mlp", "tree"))
    if not networks or not trees:
        for job in jobs:
            yield run(job, data, out, on_step, notes)
        return
    spawned = multiprocessing.get_context("spawn")  # TensorFlow's threads do not survive a fork
    steps: Queue[tuple[Job, Mapping[str, float]] | None] = spawned.Queue()
    listener = Thread(target=_listen, args=(steps, on_step), daemon=True)
    listener.start()
    with ProcessPoolExecutor(1, spawned, _begin, (steps,)) as beside:
        coming = [beside.submit(_run_beside, job, data, out, notes) for job in trees]
        for job in networks:
            yield run(job, data, out, on_step, notes)
        for future in coming:
            yield future.result()
    steps.put(None)
    listener.join()


def run(job: Job, data: Mnist, out: Path, on_step: OnStep, notes: Mapping[str, Any]) -> Outcome:
    """Train, measure on the test images, write."""
    start = time.monotonic()
    recipe = job.settings()
    report: dict[str, Any] = {"quick": job.quick, "images": len(data.train), "settings": asdict(recipe), **notes}
    model: Any
    if isinstance(recipe, recipes.MlpRecipe):
        from training import mlp  # seconds to import; a tree needs none of it

        model, report["history"] = mlp.train(recipe, data, lambda figures: on_step(job, figures))
    else:
        from training import decision_tree

        model = decision_tree.train(recipe, data, lambda: on_step(job, {}))
        report["leaves"], report["depth"] = int(model.fitted.get_n_leaves()), int(model.fitted.get_depth())
    if model.calibration:
        report["calibration"] = asdict(model.calibration)
    probabilities = model.probabilities(data.test.images)
    report |= {"metrics": metrics(data.test.labels, probabilities), "seconds": round(time.monotonic() - start)}
    path = checkpoints.save(job.kind, job.recipe, model, report, out)
    return Outcome(job, path, report, probabilities)


def _listen(steps: "Queue[tuple[Job, Mapping[str, float]] | None]", on_step: OnStep) -> None:
    for job, figures in iter(steps.get, None):
        on_step(job, figures)


_steps: "Queue[tuple[Job, Mapping[str, float]] | None]"


def _begin(steps: "Queue[tuple[Job, Mapping[str, float]] | None]") -> None:
    global _steps
    _steps = steps
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends this process without a word; the other one speaks
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that was killed could not say so: do not go on for nobody."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _run_beside(job: Job, data: Mnist, out: Path, notes: Mapping[str, Any]) -> Outcome:
    return run(job, data, out, lambda job, figures: _steps.put((job, figures)), notes)
