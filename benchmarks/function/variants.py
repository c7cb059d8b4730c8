"""Functions that are measured beside each other, made from the built artifact."""

import compileall
import shutil
from pathlib import Path

from benchmarks.environments import NO_TELEMETRY, run
from benchmarks.programs import UV
from tests.events import Event, drawing
from tests.support.artifact import Artifact
from tests.support.emulator import PYTHON, Function, shipped
from tests.support.pictures import encode, seven
from tests.support.template import ROOT

HERE = Path(__file__).parent
FUNCTIONS = ROOT / "functions"
EMPTY = 'def handler(event, context):\n    return {"statusCode": 200, "headers": {}, "body": "{}"}\n'
SIDES = (28, 280)  # pixels: what the original page sends, and what a canvas holds
BESIDE = ("bare_baseline.py", "fastapi_baseline.py", "steps.py")


def drawn(side: int, model: str = "mlp") -> Event:
    """A drawn seven, side x side in RGBA as a canvas gives it, as API Gateway passes it on."""
    return drawing(f"/api/predict/{model}", encode(seven(side).convert("RGBA")))


def variants(artifact: Artifact, scratch: Path) -> dict[str, Function]:
    """Ours as it ships, the same as commonly written and built, both baselines, and an empty handler."""
    ours = shipped(artifact)
    beside = (write_beside(scratch / "beside"),)
    environment = ours.environment | NO_TELEMETRY
    return {
        "ours": ours,
        "common": write_common(scratch / "common"),
        "fastapi": Function(ours.task, "fastapi_baseline.handler", environment, beside),
        "bare": Function(ours.task, "bare_baseline.handler", environment, beside),
        "empty": write_empty(scratch / "empty"),
    }


def write_common(folder: Path) -> Function:
    """Put together what `sam build` makes by default: the whole packages and the source, not compiled."""
    what = "The common build cannot be installed"
    install = (UV, "pip", "install", "-q", "--target", folder, "--python", PYTHON, "--link-mode", "copy", "--no-deps")
    run(what, *install, "-r", FUNCTIONS / "requirements.txt")
    shutil.copytree(FUNCTIONS / "digits", folder / "digits", ignore=shutil.ignore_patterns("__pycache__"))
    for source in (HERE / "reference_app").glob("*.py"):
        shutil.copy(source, folder)
    return Function(folder, "app.handler", NO_TELEMETRY)


def write_beside(folder: Path) -> Path:
    """Copy the modules that run on the artifact's packages without being part of it, and compile them."""
    folder.mkdir()
    for name in BESIDE:
        shutil.copy(HERE / name, folder)
    compileall.compile_dir(folder, quiet=1)
    return folder


def write_empty(folder: Path) -> Function:
    """Write a function that does nothing: its time is that of the emulator and of Python."""
    folder.mkdir()
    (folder / "empty.py").write_text(EMPTY)
    compileall.compile_dir(folder, quiet=1)
    return Function(folder, "empty.handler", {})
