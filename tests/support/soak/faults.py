"""Results of the tests of single faults."""

import subprocess
import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from benchmarks.programs import PYTHON
from tests.support.template import ROOT

TESTS = [
    ROOT / "tests" / "robustness" / "soak" / f"test_{name}.py"
    for name in ("damage", "restricted_environment", "runtime")
]


def measure(tests: list[Path] = TESTS) -> dict[str, Any]:
    """Run the tests. Return their outcomes and failures."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        subprocess.run([PYTHON, "-m", "pytest", "-q", f"--junitxml={report}", *tests], cwd=ROOT)
        cases = {str(test.get("name")): test for test in ElementTree.parse(report).iter("testcase")}
    outcomes = {sentence(name): outcome(test) for name, test in cases.items()}
    failed = [f"{outcome}: {test}" for test, outcome in outcomes.items() if outcome not in ("passed", "skipped")]
    return {"faults": outcomes, "failures": failed if outcomes else ["no test was run"]}


def sentence(name: str) -> str:
    return name.removeprefix("test_").replace("_", " ")


def outcome(test: ElementTree.Element) -> str:
    """Return the outcome: JUnit's report has an element in a test that did not pass (failure, error or skipped)."""
    return next((element.tag for element in test if element.tag != "properties"), "passed")
