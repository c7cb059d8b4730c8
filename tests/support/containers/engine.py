"""A target of the container file comes in; the image that `make image` builds of it runs in the local engine."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.test_make import make
from tests.support.stand_in import docker
from tests.support.template import ROOT
from tests.support.waiting import answered

PATIENCE = 60  # seconds for the first answer, on a busy machine; it takes about one
NOBODY = "12345:12345"  # a user that no image has, as hosts choose one
LOCKED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")


@dataclass(frozen=True)
class Container:
    """A running container."""

    id: str
    url: str

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it."""
        settings = [part for name, value in environment.items() for part in ("--env", f"{name}={value}")]
        return docker("exec", *settings, self.id, *command)

    def stop(self, patience: int) -> int:
        """Ask it to end, kill it when it has not after so many seconds; its exit status goes out: killed is 137."""
        docker("stop", "--time", str(patience), self.id)
        status: int = inspect(self.id)["State"]["ExitCode"]
        return status

    def log(self) -> str:
        return docker("logs", self.id).stdout


def build(image: str, target: str, context: Path = ROOT) -> list[str]:
    """Build an image; what was printed goes out. Raises RuntimeError with the end of it where that fails.

    It has the host's network: the engine's own may not reach the package index.
    """
    arguments = (f"IMAGE={image}", f"TARGET={target}", "ARGS=--pull=false --network host")
    status, lines = make(context, "image", *arguments)
    if status:
        raise RuntimeError("\n".join(("make image failed:", *lines[-20:])))
    return lines


def inspect(name: str) -> Any:
    """What the engine knows of an image or a container."""
    return json.loads(docker("inspect", name).stdout)[0]


@contextmanager
def container(image: str, port: int, *options: str, path: str = "/") -> Iterator[Container]:
    """Run an image until the block ends, as a stranger and with nothing to write to; `port` is the one it listens on.

    path: where it answers, whatever it answers
    """
    started = docker("run", "--detach", "--publish", f"127.0.0.1::{port}", "--user", NOBODY, *LOCKED, *options, image)
    if started.returncode:
        raise RuntimeError(started.stderr)
    id = started.stdout.strip()
    try:
        published = docker("port", id, str(port)).stdout.split()
        address = published[0] if published else f"127.0.0.1:{port}"  # where it has the host's network
        if not answered(f"http://{address}{path}", lambda: inspect(id)["State"]["Running"], PATIENCE):
            raise RuntimeError(f"The container does not answer at {address}: {docker('logs', id)}")
        yield Container(id, f"http://{address}")
    finally:
        docker("rm", "--force", "--volumes", id)
