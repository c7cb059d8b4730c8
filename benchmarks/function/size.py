"""Size of the build artifact: files, unzipped and zipped bytes."""

import tempfile
import zipfile
from pathlib import Path
from typing import Any

from rich.progress import track

from benchmarks.environments import ENVIRONMENTS
from benchmarks.errors import last_line
from tests.support.artifact import ARCHITECTURE, Artifact, build

ARCHITECTURES = ("x86_64", "arm64")


def measure(artifact: Artifact) -> dict[str, Any]:
    """Return the sizes by architecture, or the reason why the artifact of the other architecture cannot be built."""
    return {
        architecture: sizes(artifact.task) if architecture == ARCHITECTURE else _built(architecture)
        for architecture in track(ARCHITECTURES, "artifact")
    }


def _built(architecture: str) -> dict[str, Any]:
    try:
        return sizes(build(ENVIRONMENTS / architecture, architecture).task)
    except RuntimeError as error:
        return {"fault": last_line(str(error))}


def sizes(task: Path) -> dict[str, Any]:
    """Return the number of files in a folder, their bytes, and the bytes of their zip as SAM CLI writes it."""
    files = [path for path in task.rglob("*") if path.is_file()]
    with tempfile.TemporaryFile() as target:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in files:
                archive.write(path, path.relative_to(task))
        return {
            "files": len(files),
            "unzipped": sum(path.stat().st_size for path in files),
            "zipped": target.tell(),
        }
