"""Container images built by `make image`, and running containers."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.local_base_image import docker
from tests.support.make import make
from tests.support.template import ROOT
from tests.support.waiting import responds

START_TIMEOUT = 60  # seconds until the first response, on a busy machine; it takes about one
ARBITRARY_USER = "12345:12345"  # not in any image, as on some hosts
HARDENED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")


@dataclass(frozen=True)
class Container:
    """A running container."""

    id: str
    url: str

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the container."""
        settings = [part for name, value in environment.items() for part in ("--env", f"{name}={value}")]
        return docker("exec", *settings, self.id, *command)

    def stop(self, timeout: int) -> int:
        """Stop the container, by SIGKILL after `timeout` seconds. Return its exit status: 137 if killed."""
        docker("stop", "--time", str(timeout), self.id)
        status: int = inspect(self.id)["State"]["ExitCode"]
        return status

    def log(self) -> str:
        return docker("logs", self.id).stdout


def build(image: str, target: str, context: Path = ROOT) -> list[str]:
    """Build an image. Return the output lines, or raise RuntimeError with the last of them.

    The build uses the host's network: the engine's may not reach the package index.
    """
    arguments = (f"IMAGE={image}", f"TARGET={target}", "ARGS=--pull=false --network host")
    status, lines = make(context, "image", *arguments)
    if status:
        raise RuntimeError("\n".join(("make image failed:", *lines[-20:])))
    return lines


def inspect(name: str) -> Any:
    """Return the engine's description of an image or a container."""
    return json.loads(docker("inspect", name).stdout)[0]


@contextmanager
def container(image: str, port: int, *options: str, path: str = "/") -> Iterator[Container]:
    """Run an image until the block ends, as an arbitrary user on a read-only file system.

    port: the port in the container
    path: polled until it responds, with any status
    """
    started = docker(
        "run", "--detach", "--publish", f"127.0.0.1::{port}", "--user", ARBITRARY_USER, *HARDENED, *options, image
    )
    if started.returncode:
        raise RuntimeError(started.stderr)
    id = started.stdout.strip()
    try:
        published = docker("port", id, str(port)).stdout.split()
        address = published[0] if published else f"127.0.0.1:{port}"  # with the host's network
        if not responds(f"http://{address}{path}", lambda: inspect(id)["State"]["Running"], START_TIMEOUT):
            raise RuntimeError(f"The container does not respond at {address}: {docker('logs', id)}")
        yield Container(id, f"http://{address}")
    finally:
        docker("rm", "--force", "--volumes", id)
