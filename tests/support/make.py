"""`make` targets run as a subprocess."""

import os
import shutil
import subprocess
from pathlib import Path

# Settings of this shell, and of the `make test ARGS=...` that runs this test.
OF_CALLER = ("ARGS", "MAKE", "PIP_", "AWS_")
MAKE = shutil.which("make") or "make"


def make(folder: Path, *arguments: str, **environment: str) -> tuple[int, list[str]]:
    """Run make. Return its exit status and output lines, without make's own error line."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(OF_CALLER)}
    command = [MAKE, "--no-print-directory", *arguments]
    done = subprocess.run(
        command, cwd=folder, env={**environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.returncode, [line for line in done.stdout.splitlines() if not line.startswith("make: ***")]
