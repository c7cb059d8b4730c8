"""The tests of single faults are run; which of them hold goes out."""

import subprocess
import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from benchmarks.programs import PYTHON
from tests.support.template import ROOT

TESTS = [ROOT / "tests" / "robustness" / "soak" / f"test_{name}.py" for name in ("damage", "strained", "runtime")]


def measure(tests: list[Path] = TESTS) -> dict[str, Any]:
    """Run the tests. Returns what became of each, and those that failed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        subprocess.run([PYTHON, "-m", "pytest", "-q", f"--junitxml={report}", *tests], cwd=ROOT)
        found = {str(test.get("name")): test for test in ElementTree.parse(report).iter("testcase")}
    held = {sentence(name): outcome(test) for name, test in found.items()}
    failed = [f"{outcome}: {test}" for test, outcome in held.items() if outcome not in ("held", "skipped")]
    return {"faults": held, "failures": failed if held else ["no fault was tried"]}


def sentence(name: str) -> str:
    return name.removeprefix("test_").replace("_", " ")


def outcome(test: ElementTree.Element) -> str:
    """JUnit's report has an element in a test that did not pass: failure, error or skipped."""
    return next((element.tag for element in test if element.tag != "properties"), "held")
