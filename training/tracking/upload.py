"""Upload of a recorded run to the Weights & Biases server, by a second process."""

import netrc
import os
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

SERVER = "https://api.wandb.ai"  # unless WANDB_BASE_URL names another
RETRY_LIMITS = {  # W&B's defaults retry for hours
    "WANDB_X_GRAPHQL_RETRY_MAX": "3",
    "WANDB_X_GRAPHQL_RETRY_WAIT_MAX_SECONDS": "5",
    "WANDB_X_GRAPHQL_TIMEOUT_SECONDS": "10",
    "WANDB_X_FILE_STREAM_RETRY_MAX": "5",
    "WANDB_X_FILE_STREAM_RETRY_WAIT_MAX_SECONDS": "5",
    "WANDB_X_FILE_TRANSFER_RETRY_MAX": "3",
    "WANDB_X_FILE_TRANSFER_RETRY_WAIT_MAX_SECONDS": "5",
}
AGENT_VARIABLES = {"WANDB_RUN_ID", "WANDB_SWEEP_ID", "WANDB_SWEEP_PARAM_PATH"}  # the recorded run contains them


class UnreachableError(Exception):
    """W&B's server does not respond; the message includes the remedy."""


class Upload:
    """Process that uploads a run while it is recorded."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "logs" / "upload.log"
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "wandb", "beta", "sync", "--live", str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=RETRY_LIMITS | {name: value for name, value in os.environ.items() if name not in AGENT_VARIABLES},
                start_new_session=True,  # Ctrl-C ends the training, not the upload
            )

    def wait(self, seconds: float) -> str | None:
        """Wait for the end. Returns the run's URL, or None if it was not uploaded in time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            return None
        lines = self._log_lines()
        if not any("Finished syncing" in line for line in lines):
            return None
        return next((line.split(" at ")[-1] for line in lines if "View run" in line), "W&B")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def reason(self) -> str:
        """Return in one line why the upload failed."""
        if self._process.returncode < 0:
            return "timeout"
        errors = [line.partition("ERROR")[2].strip() for line in self._log_lines() if "ERROR" in line]
        return errors[-1] if errors else next(reversed(self._log_lines()), "no response")

    def _log_lines(self) -> list[str]:
        return [line.strip() for line in self._log.read_text(errors="replace").splitlines() if line.strip()]


def has_credentials() -> bool:
    """Return whether WANDB_API_KEY or the user's netrc file holds a key for the server."""
    if os.environ.get("WANDB_MODE") == "offline":
        return False
    if os.environ.get("WANDB_API_KEY"):
        return True
    host = urlsplit(os.environ.get("WANDB_BASE_URL", SERVER)).hostname
    try:
        entries = netrc.netrc(os.environ.get("NETRC"))
    except (OSError, netrc.NetrcParseError):
        return False
    return host is not None and entries.authenticators(host) is not None


def check_server() -> None:
    """Raise UnreachableError if W&B's server does not respond: W&B's client would retry for hours."""
    server = os.environ.get("WANDB_BASE_URL", SERVER)
    try:
        urlopen(server, timeout=10).close()
    except HTTPError:
        return  # a response
    except (OSError, ValueError) as error:
        raise UnreachableError(f"W&B at {server} cannot be reached ({error}). Try again later.") from None
