"""Progress of all training jobs: a bar on the terminal and a Weights & Biases run for each."""

from contextlib import ExitStack
from functools import partial
from threading import Lock
from typing import Any, Self

from PIL.Image import Image
from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from training import checkpoints
from training.dataset import Mnist
from training.tracking import wandb_run
from training.trainer import Job, Outcome, Step


def _pictures(outcome: Outcome, data: Mnist) -> dict[str, Image]:
    from training.tracking import pictures  # matplotlib takes a second

    return pictures.draw(outcome, data)


class _Spinner(SpinnerColumn):
    """Motion of the jobs that run: a tree's only step can take a minute."""

    def render(self, task: Task) -> RenderableType:
        return super().render(task) if task.started and not task.finished else " "


class ProgressReporter:
    """Context manager that shows the bars and keeps the runs open."""

    def __init__(self, console: Console, jobs: list[Job], group: str, track: bool) -> None:
        columns = (
            TextColumn("{task.description}"),
            _Spinner("dots"),
            BarColumn(pulse_style="bar.back"),  # a job that waits for another does not move
            TextColumn("{task.completed}/{task.total} {task.fields[note]}"),
        )
        self._console, self._group, self._track = console, group, track
        self._progress = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console)
        self._tasks: dict[Job, TaskID] = {
            job: self._progress.add_task(job.name, total=job.steps, start=False, note="") for job in jobs
        }
        self._runs: dict[Job, tuple[wandb_run.Run, ExitStack]] = {}
        self._open = ExitStack()
        self._lock = Lock()  # a tree's steps arrive from a thread

    def __enter__(self) -> Self:
        self._open.enter_context(self._progress)
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def step(self, job: Job, figures: Step) -> None:
        """Start the job's bar, or advance it and log the epoch's metrics."""
        if figures is None:
            self._progress.start_task(self._tasks[job])
            return
        note = f"validation {figures['val_accuracy']:.2%}" if "val_accuracy" in figures else ""
        self._progress.update(self._tasks[job], advance=1, note=note)
        run, _ = self._run(job)
        if figures:
            run.log(figures)

    def finish(self, outcome: Outcome, data: Mnist) -> None:
        """Stop the job's bar, log its test metrics, pictures and model, and end its run."""
        task = self._tasks[outcome.job]
        self._progress.update(task, total=self._progress.tasks[task].completed)  # it may have stopped early
        self._progress.stop_task(task)
        run, stack = self._run(outcome.job)
        summary = {name: outcome.report[name] for name in ("seconds", "leaves", "depth") if name in outcome.report}
        metrics = {name: value for name, value in outcome.report["metrics"].items() if name != "confusion_matrix"}
        run.update_summary(summary | metrics)  # the name `confusion_matrix` is that of the picture
        run.log_curves(data.test.labels, outcome.probabilities)
        run.log_pictures(lambda: _pictures(outcome, data))
        metadata = {"recipe": outcome.job.recipe, "quick": outcome.job.quick, **metrics}
        run.log_model(outcome.job.name, [outcome.path, checkpoints.report_path(outcome.path)], metadata)
        stack.close()

    def _run(self, job: Job) -> tuple[wandb_run.Run, ExitStack]:
        with self._lock:
            if job not in self._runs:
                stack = self._open.enter_context(ExitStack())
                config = {"model": job.kind, "recipe": job.recipe, "quick": job.quick, **vars(job.settings())}
                tracked = wandb_run.track(
                    config | {"tools": checkpoints.tool_versions(job.kind)},
                    name=job.name,
                    job_type="quick" if job.quick else "train",
                    group=self._group,
                    enabled=self._track,
                    print_line=partial(self._console.print, soft_wrap=True, markup=False, highlight=False),
                )
                self._runs[job] = stack.enter_context(tracked), stack
            return self._runs[job]
