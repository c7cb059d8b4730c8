"""What is learnt comes in, figure by figure; a Weights & Biases run goes out, on disk and, with an account, online.

Each run is recorded whole in `wandb/`. With an account a second process uploads it meanwhile: no network, and no
server that is slow, gone or unwilling, stands between a training and its model.
"""

import atexit
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.tracking.upload import Upload, account

PROJECT = "digits"
BUNDLE = "digits-bundle"  # the artifact's name; its type is `model`
FOLDER = Path("wandb")
PATIENCE = 60  # seconds that an upload may take once the run has ended
HURRY = 5  # seconds, after Ctrl-C or an error
SUMMARY = {"Acc": "accuracy", "Precision": "precision", "Recall": "recall", "F1": "f1", "ECE": "ece"}


type Say = Callable[[str], object]


class Run:
    """One run. Its methods return whatever W&B does, and a failure is said once."""

    def __init__(self, run: Any, upload: Upload | None, say: Say) -> None:
        self._run, self._upload, self._say = run, upload, say
        self._failed = False
        self.whole = False  # once it has ended: whether it is on disk and, with an account, online

    @property
    def config(self) -> dict[str, Any]:
        """The settings, with those that a sweep has chosen."""
        return dict(self._run.config) if self._run else {}

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Add settings that were not known at the start."""
        self._attempt(lambda run: run.config.update(dict(settings)))

    def log(self, figures: Mapping[str, Any]) -> None:
        """Add one step to the history, such as an epoch's loss and accuracy."""
        self._attempt(lambda run: run.log(dict(figures)))

    def summarize(self, figures: Mapping[str, Any]) -> None:
        """Say what came of it: the metrics, by the names that W&B's tables know, and any other figure."""
        named = {name: figures[figure] for name, figure in SUMMARY.items() if figure in figures}
        rest = {name: value for name, value in figures.items() if name not in SUMMARY.values()}
        self._attempt(lambda run: run.summary.update(named | rest))

    def curves(self, labels: NDArray[np.int64], probabilities: NDArray[np.floating[Any]]) -> None:
        """Draw the confusion matrix and the ROC curves of probabilities (n, 10)."""

        def draw(run: Any) -> None:
            from wandb import plot

            names = [str(digit) for digit in range(probabilities.shape[1])]
            answers = probabilities.argmax(axis=1).tolist()
            matrix = plot.confusion_matrix(y_true=labels.tolist(), preds=answers, class_names=names)
            roc = plot.roc_curve(labels.tolist(), probabilities.tolist(), labels=names)
            run.log({"confusion_matrix": matrix, "roc": roc})

        self._attempt(draw)

    def figures(self, files: Iterable[Path]) -> None:
        """Add pictures by their names: SVG as it is, others as images."""

        def add(run: Any) -> None:
            from wandb import Html, Image

            found = {file.stem: Html(file.read_text()) if file.suffix == ".svg" else Image(str(file)) for file in files}
            if found:
                run.log({f"figures/{name}": figure for name, figure in found.items()})

        self._attempt(add)

    def bundle(self, folder: Path, metadata: Mapping[str, Any]) -> None:
        """Add the files of a bundle as the artifact `digits-bundle`."""

        def add(run: Any) -> None:
            from wandb import Artifact

            artifact = Artifact(BUNDLE, "model", metadata=dict(metadata))
            for file in sorted(folder.iterdir()):
                artifact.add_file(str(file), file.name)
            run.log_artifact(artifact)

        self._attempt(add)

    def finish(self, exit_code: int = 0) -> None:
        """End the run, say where it is."""
        if self._run is None:
            return
        ended = self._attempt(lambda run: run.finish(exit_code))
        place, self._run = self._place(), None
        if not ended:
            if self._upload:
                self._upload.stop()
            return
        if self._upload is None:
            self._say(f"Tracked offline in {place}. To upload it: {sync(place)}")
        elif address := self._upload.wait(HURRY if exit_code else PATIENCE):
            self._say(f"Tracked at {address}")
        else:
            why = self._upload.reason()
            self._say(f"W&B did not take the run ({why}); {place} has it. To upload it: {sync(place)}")
            return
        self.whole = not self._failed

    def _attempt(self, action: Callable[[Any], object]) -> bool:
        if self._run is None:
            return False
        try:
            action(self._run)
        except Exception as error:  # W&B raises what it likes; a trained model is worth more than its record
            if not self._failed:
                place = self._place()
                self._say(
                    f"W&B failed ({_line(error)}): going on. What it has is in {place}. To upload it: {sync(place)}"
                )
            self._failed = True
            return False
        return True

    def _place(self) -> str:
        return os.path.relpath(str(self._run.settings.sync_dir))


@contextmanager
def track(
    config: Mapping[str, Any],
    *,
    name: str,
    job: str,
    group: str | None = None,
    enabled: bool = True,
    say: Say = print,
) -> Iterator[Run]:
    """Record one run: `config` are its settings, `job` what kind of run it is, `group` what runs belong together."""
    run = _start(config, name, job, group, say) if enabled and os.environ.get("WANDB_MODE") != "disabled" else None
    tracked = run or Run(None, None, say)
    try:
        yield tracked
    except BaseException:
        tracked.finish(1)
        raise
    tracked.finish()


def prepare() -> None:
    """Keep all that W&B writes in one folder, before it is imported: beside the runs are their artifacts' files."""
    os.environ.setdefault("WANDB_DATA_DIR", str((FOLDER / "data").absolute()))
    os.environ.setdefault("WANDB_CACHE_DIR", str((FOLDER / "cache").absolute()))
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")  # nothing is sent but the run


def sync(place: str) -> str:
    """The command that uploads a run."""
    return f"{os.path.relpath(Path(sys.executable).with_name('wandb'))} sync {place}"


def _start(config: Mapping[str, Any], name: str, job: str, group: str | None, say: Say) -> Run | None:
    prepare()
    try:
        import wandb

        run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT),
            name=name,
            job_type=job,
            group=group or os.environ.get("WANDB_RUN_GROUP"),
            config=dict(config),
            dir=str(Path.cwd()),
            mode="offline",
            reinit="create_new",
            settings=wandb.Settings(silent=True, console="off", x_disable_stats=True, x_save_requirements=False),
        )
        atexit.register(_end)
        upload = Upload(Path(run.settings.sync_dir)) if account() else None
    except Exception as error:  # a W&B that does not start is no reason not to train
        say(f"W&B did not start ({_line(error)}): training goes on without a record.")
        return None
    return Run(run, upload, say)


def _end() -> None:
    """End W&B's process before W&B does, which prints pages where that process has died."""
    import wandb

    with suppress(Exception):
        wandb.teardown()


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
