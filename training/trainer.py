"""Training of several recipes: MLPs in this process, decision trees in a second one at the same time."""

import multiprocessing
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

from command_line import end_with_parent, sigint_blocked
from training import checkpoints, recipes
from training.dataset import Mnist
from training.metrics import metrics

QUICK_IMAGES, QUICK_EPOCHS, QUICK_COPIES = 6_000, 4, 1  # a trial in under two minutes; the models are poor


@dataclass(frozen=True)
class Job:
    """One recipe to train, in full or as a quick trial, with its own seed or another one."""

    kind: str
    recipe: str
    quick: bool = False
    seed: int | None = None

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.recipe}"

    @property
    def steps(self) -> int:
        """Steps of the progress bar: an MLP's epochs, or a tree's training set and its copies."""
        recipe = self.settings()
        if isinstance(recipe, recipes.TreeRecipe):
            return (recipe.copies + 1) * (1 + (recipe.all_images and recipe.calibrate))
        fine_tune = recipe.fine_tune.epochs if recipe.fine_tune else 0
        return recipe.epochs + fine_tune + (fine_tune or recipe.epochs) * recipe.all_images

    def settings(self) -> recipes.MlpRecipe | recipes.TreeRecipe:
        """Return the hyper-parameters that are trained."""
        if self.kind == "mlp":
            mlp = recipes.MLP[self.recipe]
            mlp = mlp if self.seed is None else replace(mlp, seed=self.seed)
            quick = replace(mlp, epochs=min(mlp.epochs, QUICK_EPOCHS), fine_tune=None, all_images=False)
            return quick if self.quick else mlp
        tree = recipes.TREE[self.recipe]
        tree = tree if self.seed is None else replace(tree, seed=self.seed)
        return replace(tree, copies=min(tree.copies, QUICK_COPIES)) if self.quick else tree


@dataclass(frozen=True)
class Outcome:
    """A trained model's file, its report, its probabilities of the test images, and a tree's importance of each pixel.

    probabilities (n, 10); importances (28, 28), or (rows, columns) of the deskewed input.
    """

    job: Job
    path: Path
    report: dict[str, Any]
    probabilities: NDArray[np.floating[Any]]
    importances: NDArray[np.floating[Any]] | None = None


type Step = Mapping[str, float] | None  # an epoch's metrics; empty for a tree; None at the start of the job
type OnStep = Callable[[Job, Step], None]
type StepQueue = Queue[tuple[Job, Step] | None]


def evaluated_jobs(quick: bool = False) -> list[Job]:
    """List the recipes that the evaluation compares: the original's, the best of its size, and the served ones."""
    mlps = dict.fromkeys(["original", "compact", recipes.DEFAULT["mlp"]])
    trees = dict.fromkeys(["original", recipes.DEFAULT["tree"]])
    return [*(Job("mlp", name, quick) for name in mlps), *(Job("tree", name, quick) for name in trees)]


def train(
    jobs: Sequence[Job], data: Mnist, out: Path, on_step: OnStep, metadata: Mapping[str, Any]
) -> Iterator[Outcome]:
    """Train every job and write its model and report (with the metadata) to `out`.

    A tree is fitted on one core, so in a run with MLPs the trees are trained in a second process.
    """
    mlps, trees = ([job for job in jobs if job.kind == kind] for kind in ("mlp", "tree"))
    if not mlps or not trees:
        for job in jobs:
            yield run(job, data, out, on_step, metadata)
        return
    context = multiprocessing.get_context("spawn")  # TensorFlow's threads do not survive a fork
    steps: StepQueue = context.Queue()
    forwarder = Thread(target=_forward_steps, args=(steps, on_step), daemon=True)
    forwarder.start()
    with sigint_blocked(), ProcessPoolExecutor(1, context, _init_worker, (steps,)) as executor:
        futures = [executor.submit(_run_in_worker, job, data, out, metadata) for job in trees]
        try:
            for job in mlps:
                yield run(job, data, out, on_step, metadata)
            for future in futures:
                yield future.result()
        except BaseException:
            for process in multiprocessing.active_children():  # the executor would wait for the running tree
                process.kill()
            raise
    steps.put(None)
    forwarder.join()


def run(job: Job, data: Mnist, out: Path, on_step: OnStep, metadata: Mapping[str, Any]) -> Outcome:
    """Train one model, measure it on the test images and write it."""
    start = time.monotonic()
    on_step(job, None)
    recipe = job.settings()
    images = len(data.train) + (len(data.validation) if getattr(recipe, "all_images", False) else 0)
    report: dict[str, Any] = {"quick": job.quick, "images": images, "settings": asdict(recipe), **metadata}
    trained: Any
    importances = None
    if isinstance(recipe, recipes.MlpRecipe):
        from training import mlp  # takes seconds; not needed for a tree

        trained, report["history"] = mlp.train(recipe, data, lambda figures: on_step(job, figures))
    else:
        from training import decision_tree

        trained = decision_tree.train(recipe, data, lambda: on_step(job, {}))
        importances = trained.importances()
        report["leaves"], report["depth"] = int(trained.model.get_n_leaves()), int(trained.model.get_depth())
    if trained.calibration:
        report["calibration"] = asdict(trained.calibration)
    probabilities = trained.probabilities(data.test.images)
    report |= {"metrics": metrics(data.test.labels, probabilities), "seconds": round(time.monotonic() - start)}
    path = checkpoints.save(job.kind, job.recipe, trained, report, out)
    return Outcome(job, path, report, probabilities, importances)


def _forward_steps(steps: StepQueue, on_step: OnStep) -> None:
    for job, figures in iter(steps.get, None):
        on_step(job, figures)


_steps: StepQueue  # of the worker process


def _init_worker(steps: StepQueue) -> None:
    global _steps
    _steps = steps
    end_with_parent()


def _run_in_worker(job: Job, data: Mnist, out: Path, metadata: Mapping[str, Any]) -> Outcome:
    return run(job, data, out, lambda job, figures: _steps.put((job, figures)), metadata)
