"""The folder of a recorded run comes in; its copy on Weights & Biases' server goes out, if that takes it."""

import netrc
import os
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

SERVER = "https://api.wandb.ai"  # unless WANDB_BASE_URL names another
LIMITS = {  # of an upload: W&B's own would try for hours
    "WANDB_X_GRAPHQL_RETRY_MAX": "3",
    "WANDB_X_GRAPHQL_RETRY_WAIT_MAX_SECONDS": "5",
    "WANDB_X_GRAPHQL_TIMEOUT_SECONDS": "10",
    "WANDB_X_FILE_STREAM_RETRY_MAX": "5",
    "WANDB_X_FILE_STREAM_RETRY_WAIT_MAX_SECONDS": "5",
    "WANDB_X_FILE_TRANSFER_RETRY_MAX": "3",
    "WANDB_X_FILE_TRANSFER_RETRY_WAIT_MAX_SECONDS": "5",
}
OF_AN_AGENT = {"WANDB_RUN_ID", "WANDB_SWEEP_ID", "WANDB_SWEEP_PARAM_PATH"}  # the run has them on its disk


class UnreachableError(Exception):
    """W&B's server does not answer; the message says what to do."""


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
