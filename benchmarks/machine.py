"""The machine of a benchmark, and the versions of the measured packages."""

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

from benchmarks import environments
from benchmarks.environments import ENVIRONMENTS
from benchmarks.schema import Machine

OURS = ("fastapi", "mangum", "onnxruntime", "uvicorn")
PEERS = ("bentoml", "litserve", "tensorflow")


def describe() -> Machine:
    return Machine(processor=processor(), cores=os.cpu_count() or 1, python=platform.python_version())


def processor() -> str:
    match = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return match[1] if match else platform.machine()


def versions() -> dict[str, str]:
    """Return the versions of this environment's packages and of the installed peers."""
    installed = {name: ENVIRONMENTS / name for name in PEERS if (ENVIRONMENTS / name / "requirements.txt").exists()}
    return {name: version(name) for name in OURS} | {
        name: environments.version(folder, name) for name, folder in installed.items()
    }
