"""The artifact comes in; the four functions that are measured beside each other go out, ready to start."""

import compileall
import shutil
from pathlib import Path

from tests.artifact import Artifact
from tests.bench.environment import run
from tests.bench.programs import UV
from tests.emulator.emulator import PYTHON, Function, shipped
from tests.events import Event, drawing
from tests.pictures import encode, seven
from tests.template import ROOT

HERE = Path(__file__).parent
FUNCTIONS = ROOT / "functions"
EMPTY = 'def handler(event, context):\n    return {"statusCode": 200, "headers": {}, "body": "{}"}\n'
SIDES = (28, 280)  # pixels: what the original page sends, and what a canvas holds


def drawn(side: int, model: str = "mlp") -> Event:
    """A drawn seven, side x side in RGBA as a canvas gives it, as API Gateway passes it on."""
    return drawing(f"/api/predict/{model}", encode(seven(side).convert("RGBA")))


def variants(artifact: Artifact, scratch: Path) -> dict[str, Function]:
    """Ours as it ships; the same as commonly written and built; the least that answers; one that does nothing."""
    ours = shipped(artifact)
    return {
        "ours": ours,
        "common": write_usual(scratch / "usual"),
        "floor": Function(ours.task, "floor.handler", ours.environment, (write_beside(scratch / "beside"),)),
        "empty": write_empty(scratch / "empty"),
    }


def write_usual(folder: Path) -> Function:
    """Put together what `sam build` does without a method of one's own: the whole packages and the source."""
    what = "The common build cannot be installed"
    install = (UV, "pip", "install", "-q", "--target", folder, "--python", PYTHON, "--link-mode", "copy", "--no-deps")
    run(what, *install, "-r", FUNCTIONS / "requirements.txt")
    shutil.copytree(FUNCTIONS / "digits", folder / "digits", ignore=shutil.ignore_patterns("__pycache__"))
    for source in (HERE / "usual").glob("*.py"):
        shutil.copy(source, folder)
    return Function(folder, "app.handler", {"ORT_DISABLE_TELEMETRY": "1"})


def write_beside(folder: Path) -> Path:
    """Copy what runs on the artifact without being in it, compiled as the artifact is."""
    folder.mkdir()
    for name in ("floor.py", "steps.py"):
        shutil.copy(HERE / name, folder)
    compileall.compile_dir(folder, quiet=1)
    return folder


def write_empty(folder: Path) -> Function:
    """Write a function that does nothing: what the emulator and Python alone take."""
    folder.mkdir()
    (folder / "empty.py").write_text(EMPTY)
    compileall.compile_dir(folder, quiet=1)
    return Function(folder, "empty.handler", {})
