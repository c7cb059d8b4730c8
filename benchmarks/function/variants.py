"""Variants of the Lambda function to compare: ours, the common build, the baselines and an empty handler."""

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
SIDES = (28, 280)  # pixels: of the original page and of the canvas
BASELINE_MODULES = ("bare_baseline.py", "fastapi_baseline.py", "steps.py")


def seven_event(side: int, model: str = "mlp") -> Event:
    """Return the API Gateway event of a drawn seven, a side x side RGBA PNG as from a canvas."""
    return drawing(f"/api/predict/{model}", encode(seven(side).convert("RGBA")))


def variants(artifact: Artifact, scratch: Path) -> dict[str, Function]:
    """Return ours as shipped, the reference app in a common build, both baselines and an empty handler."""
    ours = shipped(artifact)
    baselines = (copy_baselines(scratch / "baselines"),)
    environment = ours.environment | NO_TELEMETRY
    return {
        "ours": ours,
        "common": build_common(scratch / "common"),
        "fastapi": Function(ours.task, "fastapi_baseline.handler", environment, baselines),
        "bare": Function(ours.task, "bare_baseline.handler", environment, baselines),
        "empty": write_empty_function(scratch / "empty"),
    }


def build_common(folder: Path) -> Function:
    """Build the reference app as `sam build` does by default: whole packages and source, not compiled."""
    what = "The common build cannot be installed"
    install = (UV, "pip", "install", "-q", "--target", folder, "--python", PYTHON, "--link-mode", "copy", "--no-deps")
    run(what, *install, "-r", FUNCTIONS / "requirements.txt")
    shutil.copytree(FUNCTIONS / "digits", folder / "digits", ignore=shutil.ignore_patterns("__pycache__"))
    for source in (HERE / "reference_app").glob("*.py"):
        shutil.copy(source, folder)
    return Function(folder, "app.handler", NO_TELEMETRY)


def copy_baselines(folder: Path) -> Path:
    """Copy the baselines and the single steps, which use the artifact's packages, and compile them."""
    folder.mkdir()
    for name in BASELINE_MODULES:
        shutil.copy(HERE / name, folder)
    compileall.compile_dir(folder, quiet=1)
    return folder


def write_empty_function(folder: Path) -> Function:
    """Write a function that does nothing: it measures the emulator and Python."""
    folder.mkdir()
    (folder / "empty.py").write_text(EMPTY)
    compileall.compile_dir(folder, quiet=1)
    return Function(folder, "empty.handler", {})
