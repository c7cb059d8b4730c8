"""Recording of Weights & Biases runs, on disk and, with an account, online.

Each run is recorded completely in `wandb/`. With an account a second process uploads it meanwhile, so that a slow,
absent or failing connection cannot delay or stop a training.
"""

import atexit
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from training.tracking import bundle_copy
from training.tracking.upload import Upload, has_credentials

PROJECT = "digits"
BUNDLE = "digits-bundle"  # the W&B artifact's name; its type is `model`
MODEL = "model"  # folder of a trained model's files within that of its run
FOLDER = Path("wandb")
UPLOAD_TIMEOUT = 60  # seconds, after the run has ended
UPLOAD_TIMEOUT_AFTER_ERROR = 5  # seconds
UPLOAD_TIMEOUT_AFTER_INTERRUPT = 0.5  # seconds; command_line ends the process after 2
SUMMARY = {"Acc": "accuracy", "Precision": "precision", "Recall": "recall", "F1": "f1", "ECE": "ece"}


type PrintLine = Callable[[str], object]


class Run:
    """One run. Its methods never raise W&B's errors; the first error is printed."""

    def __init__(self, run: Any, upload: Upload | None, print_line: PrintLine) -> None:
        self._run, self._upload, self._print_line = run, upload, print_line
        self._failed = False
        self.complete = False  # after the end: whether all of it is on disk and, with an account, online

    @property
    def config(self) -> dict[str, Any]:
        """Settings of the run, including those chosen by a sweep."""
        return dict(self._run.config) if self._run else {}

    def update_config(self, settings: Mapping[str, Any]) -> None:
        """Add settings."""
        self._attempt(lambda run: run.config.update(dict(settings)))

    def log(self, figures: Mapping[str, Any]) -> None:
        """Add one step to the history, such as an epoch's loss and accuracy."""
        self._attempt(lambda run: run.log(dict(figures)))

    def update_summary(self, figures: Mapping[str, Any]) -> None:
        """Set figures of the summary; metrics get the names of SUMMARY."""
        named = {name: figures[figure] for name, figure in SUMMARY.items() if figure in figures}
        rest = {name: value for name, value in figures.items() if name not in SUMMARY.values()}
        self._attempt(lambda run: run.summary.update(named | rest))

    def log_curves(self, labels: NDArray[np.int64], probabilities: NDArray[np.floating[Any]]) -> None:
        """Log W&B's interactive confusion matrix, ROC and precision-recall curves of probabilities (n, 10)."""

        def log(run: Any) -> None:
            from wandb import plot

            names = [str(digit) for digit in range(probabilities.shape[1])]
            digits, predictions, scores = labels.tolist(), probabilities.argmax(axis=1).tolist(), probabilities.tolist()
            matrix = plot.confusion_matrix(y_true=digits, preds=predictions, class_names=names)
            roc, recall = (draw(digits, scores, labels=names) for draw in (plot.roc_curve, plot.pr_curve))
            curves = {"confusion_matrix": matrix, "roc": roc, "precision_recall": recall}
            run.log({f"interactive/{name}": curve for name, curve in curves.items()})

        self._attempt(log)

    def log_pictures(self, draw: Callable[[], Mapping[str, Image]]) -> None:
        """Log the pictures that `draw` returns, under their names."""

        def log(run: Any) -> None:
            from wandb import Image as Logged

            run.log({name: Logged(picture) for name, picture in draw().items()})

        self._attempt(log)

    def log_model(self, name: str, files: Sequence[Path], metadata: Mapping[str, Any]) -> None:
        """Log a trained model as a W&B artifact of this name, and keep a copy in the run's folder."""

        def log(run: Any) -> None:
            copy = Path(run.dir).parent / MODEL
            copy.mkdir()
            for file in files:
                shutil.copy(file, copy)
            _log_artifact(run, name, copy, metadata)

        self._attempt(log)

    def log_figures(self, files: Iterable[Path]) -> None:
        """Log pictures under their names: SVG as HTML, others as images."""

        def log(run: Any) -> None:
            from wandb import Html
            from wandb import Image as Logged

            media = {
                file.stem: Html(file.read_text()) if file.suffix == ".svg" else Logged(str(file)) for file in files
            }
            if media:
                run.log({f"figures/{name}": figure for name, figure in media.items()})

        self._attempt(log)

    def log_bundle(self, folder: Path, metadata: Mapping[str, Any]) -> None:
        """Log the files of a bundle as the W&B artifact `digits-bundle`, and keep a copy in the run's folder."""

        def log(run: Any) -> None:
            _log_artifact(run, BUNDLE, bundle_copy.save(folder, Path(run.dir).parent), metadata)

        self._attempt(log)

    def interrupt(self) -> None:
        """End the run after Ctrl-C, and print nothing: the command prints one line, and ends within two seconds."""
        self._print_line = lambda _: None
        self.finish(1, UPLOAD_TIMEOUT_AFTER_INTERRUPT)

    def finish(self, exit_code: int, upload_timeout: float) -> None:
        """End the run, wait for its upload for some seconds, and print where it is."""
        if self._run is None:
            return
        ended = self._attempt(lambda run: run.finish(exit_code))
        folder, self._run = self._folder(), None
        if not ended:
            if self._upload:
                self._upload.stop()
            return
        if self._upload is None:
            self._print_line(f"Tracked offline in {folder}. To upload it: {sync_command(folder)}")
        elif address := self._upload.wait(upload_timeout):
            self._print_line(f"Tracked at {address}")
        else:
            reason = self._upload.reason()
            self._print_line(f"Upload to W&B failed ({reason}). Kept in {folder}. To upload it: {sync_command(folder)}")
            return
        self.complete = not self._failed

    def _attempt(self, action: Callable[[Any], object]) -> bool:
        if self._run is None:
            return False
        try:
            action(self._run)
        except Exception as error:  # of any type; the training must go on
            if not self._failed:
                folder = self._folder()
                self._print_line(
                    f"W&B failed ({_one_line(error)}), training continues. Kept in {folder}. "
                    f"To upload it: {sync_command(folder)}"
                )
            self._failed = True
            return False
        return True

    def _folder(self) -> str:
        return os.path.relpath(Path(self._run.dir).parent)


@contextmanager
def track(
    config: Mapping[str, Any],
    *,
    name: str,
    job_type: str,
    group: str | None = None,
    enabled: bool = True,
    print_line: PrintLine = print,
) -> Iterator[Run]:
    """Record one run with the given settings, name, type and group of runs."""
    enabled = enabled and os.environ.get("WANDB_MODE") != "disabled"
    run = _start(config, name, job_type, group, print_line) if enabled else None
    tracked = run or Run(None, None, print_line)
    try:
        yield tracked
    except KeyboardInterrupt:
        tracked.interrupt()
        raise
    except BaseException:
        tracked.finish(1, UPLOAD_TIMEOUT_AFTER_ERROR)
        raise
    tracked.finish(0, UPLOAD_TIMEOUT)


def set_default_folders() -> None:
    """Direct all files of W&B to `wandb/`. Call this before wandb is imported."""
    os.environ.setdefault("WANDB_DATA_DIR", str((FOLDER / "data").absolute()))
    os.environ.setdefault("WANDB_CACHE_DIR", str((FOLDER / "cache").absolute()))
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")  # no crash reports to W&B


def sync_command(folder: str) -> str:
    """Return the command that uploads a run."""
    return f"{os.path.relpath(Path(sys.executable).with_name('wandb'))} sync {folder}"


def _start(config: Mapping[str, Any], name: str, job_type: str, group: str | None, print_line: PrintLine) -> Run | None:
    set_default_folders()
    try:
        import wandb

        run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT),
            name=name,
            job_type=job_type,
            group=group or os.environ.get("WANDB_RUN_GROUP"),
            config=dict(config),
            dir=str(Path.cwd()),
            mode="offline",
            reinit="create_new",
            settings=wandb.Settings(silent=True, console="off", x_disable_stats=True, x_save_requirements=False),
        )
        atexit.register(_teardown)
        upload = Upload(Path(run.dir).parent) if has_credentials() else None
    except Exception as error:  # of any type; the training must go on
        print_line(f"W&B did not start ({_one_line(error)}): training continues without a record.")
        return None
    return Run(run, upload, print_line)


def _log_artifact(run: Any, name: str, folder: Path, metadata: Mapping[str, Any]) -> None:
    """Log the files of a folder, which must not change until they are uploaded."""
    from wandb import Artifact

    artifact = Artifact(name, "model", metadata=dict(metadata))
    for file in sorted(folder.iterdir()):
        artifact.add_file(str(file), file.name, policy="immutable")  # no second copy in W&B's staging folder
    run.log_artifact(artifact)


def _teardown() -> None:
    """End W&B's process before W&B's own exit hook, which prints pages if that process has died."""
    import wandb

    with suppress(Exception):
        wandb.teardown()


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
