"""Build artifact: the folder that AWS Lambda unpacks to /var/task, from `make build`."""

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.template import ROOT

FUNCTION = "DigitsFunction"
ARCHITECTURE = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")  # as Lambda names it


@dataclass(frozen=True)
class Artifact:
    """Output folder of `sam build`."""

    build: Path = ROOT / ".aws-sam" / "build"

    @property
    def template(self) -> Path:
        return self.build / "template.yaml"

    @property
    def task(self) -> Path:
        return self.build / FUNCTION


def build(folder: Path, architecture: str = ARCHITECTURE) -> Artifact:
    """Build into a folder. Raise RuntimeError with the output of `make build` where it fails."""
    command = ["make", "--no-print-directory", "build", f"ARCH={architecture}", f"BUILD={folder}"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    made = subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if made.returncode:
        raise RuntimeError(f"make build ended with {made.returncode}:\n{made.stdout}")
    return Artifact(folder)
