"""serve.py as a subprocess on a free port."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from urllib.error import URLError

ROOT = Path(__file__).parents[2]
SERVE = ROOT / "serve.py"
START_TIMEOUT = 30  # seconds until the first response; it takes about one


@contextmanager
def site(log: int | IO[bytes] = subprocess.DEVNULL) -> Iterator[str]:
    """Run serve.py until the block ends. Yield its URL. log: file for its output"""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, str(SERVE), "--port", str(port)]
    with TemporaryFile() as errors, subprocess.Popen(command, stdout=log, stderr=errors) as server:
        try:
            wait_for(url, server)
            yield url
        except RuntimeError as error:
            errors.seek(0)
            raise RuntimeError(f"{error} {errors.read().decode()}") from None
        finally:
            server.terminate()  # its "Stopped." is not this process' message


def copy_server(folder: Path) -> None:
    """Copy the server into a folder, without the page and the models."""
    for name in ("serve.py", "command_line.py"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "server", folder / "server")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_for(url: str, server: subprocess.Popen[bytes], timeout: float = START_TIMEOUT) -> None:
    """Return when the server responds. Raise RuntimeError when it exits, or after a timeout in seconds."""
    end = time.monotonic() + timeout
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (URLError, TimeoutError):
            time.sleep(0.05)
    raise RuntimeError(f"No response from {url} (exit status {server.poll()})")
