"""`make build` runs; what it built goes out: the folder that AWS Lambda would unpack to /var/task."""

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.template import ROOT

FUNCTION = "DigitsFunction"
ARCHITECTURE = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")  # in Lambda's words


@dataclass(frozen=True)
class Artifact:
    """What `sam build` left in a folder."""

    build: Path = ROOT / ".aws-sam" / "build"

    @property
    def template(self) -> Path:
        return self.build / "template.yaml"

    @property
    def task(self) -> Path:
        return self.build / FUNCTION


def build(folder: Path, architecture: str = ARCHITECTURE) -> Artifact:
    """Build into a folder. Raises RuntimeError with what `make build` said."""
    command = ["make", "--no-print-directory", "build", f"ARCH={architecture}", f"BUILD={folder}"]
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    made = subprocess.run(command, cwd=ROOT, env=outside, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if made.returncode:
        raise RuntimeError(f"make build ended with {made.returncode}:\n{made.stdout}")
    return Artifact(folder)
