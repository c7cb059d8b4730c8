"""What is learnt comes in, figure by figure; a Weights & Biases run goes out, on disk and, with an account, online.

Each run is recorded whole in `wandb/`. With an account a second process uploads it meanwhile: no network, and no
server that is slow, gone or unwilling, stands between a training and its model.
"""

import atexit
import netrc
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import numpy as np
from numpy.typing import NDArray

PROJECT = "digits"
BUNDLE = "digits-bundle"  # the artifact's name; its type is `model`
FOLDER = Path("wandb")
SERVER = "https://api.wandb.ai"  # unless WANDB_BASE_URL names another
PATIENCE = 60  # seconds that an upload may take once the run has ended
HURRY = 5  # seconds, after Ctrl-C or an error
LIMITS = {  # of that upload: W&B's own would try for hours
    "WANDB_X_GRAPHQL_RETRY_MAX": "3",
    "WANDB_X_GRAPHQL_RETRY_WAIT_MAX_SECONDS": "5",
    "WANDB_X_GRAPHQL_TIMEOUT_SECONDS": "10",
    "WANDB_X_FILE_STREAM_RETRY_MAX": "5",
    "WANDB_X_FILE_STREAM_RETRY_WAIT_MAX_SECONDS": "5",
    "WANDB_X_FILE_TRANSFER_RETRY_MAX": "3",
    "WANDB_X_FILE_TRANSFER_RETRY_WAIT_MAX_SECONDS": "5",
}
OF_AN_AGENT = {"WANDB_RUN_ID", "WANDB_SWEEP_ID", "WANDB_SWEEP_PARAM_PATH"}  # the run has them on its disk
SUMMARY = {"Acc": "accuracy", "Precision": "precision", "Recall": "recall", "F1": "f1", "ECE": "ece"}


class UnreachableError(Exception):
    """W&B's server does not answer; the message says what to do."""


type Say = Callable[[str], object]


class Run:
    """One run. Its methods return whatever W&B does, and a failure is said once."""

    def __init__(self, run: Any, upload: "Upload | None", say: Say) -> None:
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


class Upload:
    """A second process that uploads a run while it is recorded."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "logs" / "upload.log"
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "wandb", "beta", "sync", "--live", str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=LIMITS | {name: value for name, value in os.environ.items() if name not in OF_AN_AGENT},
                start_new_session=True,  # Ctrl-C ends the training; what there is of the run still goes up
            )

    def wait(self, seconds: float) -> str | None:
        """Wait for the end. Returns the run's address, or None where it was not uploaded."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            return None
        said = self._said()
        if not any("Finished syncing" in line for line in said):
            return None
        return next((line.split(" at ")[-1] for line in said if "View run" in line), "W&B")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def reason(self) -> str:
        """Why it was not uploaded, in a line."""
        if self._process.returncode < 0:
            return "not done in time"
        errors = [line.partition("ERROR")[2].strip() for line in self._said() if "ERROR" in line]
        return errors[-1] if errors else next(reversed(self._said()), "no answer")

    def _said(self) -> list[str]:
        return [line.strip() for line in self._log.read_text(errors="replace").splitlines() if line.strip()]


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


def account() -> bool:
    """Whether W&B's environment variable or the user's netrc file holds a key for the server in use."""
    if os.environ.get("WANDB_MODE") == "offline":
        return False
    if os.environ.get("WANDB_API_KEY"):
        return True
    host = urlsplit(os.environ.get("WANDB_BASE_URL", SERVER)).hostname
    try:
        known = netrc.netrc(os.environ.get("NETRC"))
    except (OSError, netrc.NetrcParseError):
        return False
    return host is not None and known.authenticators(host) is not None


def reach() -> None:
    """Find out whether W&B's server answers at all: its own client would ask for hours. Raises UnreachableError."""
    server = os.environ.get("WANDB_BASE_URL", SERVER)
    try:
        urlopen(server, timeout=10).close()
    except HTTPError:
        return  # an answer
    except (OSError, ValueError) as error:
        raise UnreachableError(f"W&B at {server} cannot be reached ({error}). Try again later.") from None


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
