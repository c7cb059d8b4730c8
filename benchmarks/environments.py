"""Virtual environments of the competitors, from their requirements.txt."""

import os
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from benchmarks.errors import Fault, last_line
from benchmarks.programs import UV
from tests.support.template import ROOT

PEERS = Path(__file__).parent / "http" / "peers"
ENVIRONMENTS = ROOT / ".bench"  # git-ignored; what is in it can be made again
NO_TELEMETRY = {"ORT_DISABLE_TELEMETRY": "1"}  # onnxruntime would report to its maker


def install(name: str, peers: Path = PEERS, environments: Path = ENVIRONMENTS) -> Path:
    """Make the environment anew unless the same requirements are in it. Returns its folder. Raises Fault."""
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
    """The version that is installed; TensorFlow is one of two packages."""
    site = [str(path) for path in folder.glob("lib/*/site-packages")]
    return next(found.version for found in distributions(path=site) if found.name in (name, f"{name}_cpu"))


def run(what: str, *command: str | Path) -> None:
    """Run a command to its end. Raises Fault with the last line that it said."""
    outside = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    try:
        done = subprocess.run(command, env=outside, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except OSError as error:
        raise Fault(f"{what}: {command[0]} cannot be run ({error.strerror})") from None
    if done.returncode:
        raise Fault(f"{what}: {last_line(done.stdout)}")
