"""The machine that was measured on, and the versions of what was measured."""

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import environments
from benchmarks.environments import ENVIRONMENTS

OURS = ("fastapi", "mangum", "onnxruntime", "uvicorn")
PEERS = ("bentoml", "litserve", "tensorflow")


def describe() -> dict[str, Any]:
    return {"processor": processor(), "cores": os.cpu_count(), "python": platform.python_version()}


def processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def versions() -> dict[str, str]:
    """The versions here, and those of the peers that are installed."""
    installed = {name: ENVIRONMENTS / name for name in PEERS if (ENVIRONMENTS / name / "requirements.txt").exists()}
    return {name: version(name) for name in OURS} | {
        name: environments.version(folder, name) for name, folder in installed.items()
    }
