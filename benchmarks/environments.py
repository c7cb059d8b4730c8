"""Virtual environments of the competitors, from their requirements.txt."""

import os
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from benchmarks.errors import BenchmarkError, last_line
from benchmarks.programs import UV
from tests.support.template import ROOT

PEERS = Path(__file__).parent / "http" / "peers"
ENVIRONMENTS = ROOT / ".bench"  # git-ignored
NO_TELEMETRY = {"ORT_DISABLE_TELEMETRY": "1"}  # onnxruntime sends telemetry by default


def install(name: str, peers: Path = PEERS, environments: Path = ENVIRONMENTS) -> Path:
    """Create the environment, if its requirements have changed. Return its folder, or raise BenchmarkError."""
    requirements, folder = peers / name / "requirements.txt", environments / name
    stamp = folder / requirements.name
    if not (stamp.exists() and stamp.read_text() == requirements.read_text()):
        run("It cannot be installed", UV, "venv", "-q", "--clear", "--python", sys.executable, folder)
        python = folder / "bin" / "python"
        run(
            "It cannot be installed", UV, "pip", "install", "--compile-bytecode", "--python", python, "-r", requirements
        )
        stamp.write_text(requirements.read_text())
    return folder


def version(folder: Path, name: str) -> str:
    """Return the installed version of a package, or of its `_cpu` build."""
    site = [str(path) for path in folder.glob("lib/*/site-packages")]
    return next(package.version for package in distributions(path=site) if package.name in (name, f"{name}_cpu"))


def run(what: str, *command: str | Path) -> None:
    """Run a command. Raise BenchmarkError with the last line of its output where it fails."""
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    try:
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except OSError as error:
        raise BenchmarkError(f"{what}: {command[0]} cannot be run ({error.strerror})") from None
    if done.returncode:
        raise BenchmarkError(f"{what}: {last_line(done.stdout)}")
