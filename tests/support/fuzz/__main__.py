"""Long fuzz tests of the API: `make fuzz`, ten minutes. Their output is in artifacts/fuzz."""

import os
import re
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from subprocess import PIPE, STDOUT, Popen

from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

from tests.support.fuzz.fuzzer import FINDINGS

RUNS = 1_000_000
DONE = re.compile(r"#(\d+)\s")  # start of a line of libFuzzer
PROPERTIES = "tests/unit/digits/test_preprocess_properties.py"


@dataclass(frozen=True)
class FuzzTest:
    """A long test, and its number of runs where known."""

    name: str
    arguments: tuple[str, ...]
    runs: int | None = None


FUZZ_TESTS = (
    FuzzTest("decoder", ("tests.support.fuzz.decoder", f"-runs={RUNS}"), RUNS),
    FuzzTest("body", ("tests.support.fuzz.body", f"-runs={RUNS}"), RUNS),
    FuzzTest("properties", ("pytest", "-q", "--hypothesis-show-statistics", PROPERTIES)),
    FuzzTest("contract", ("tests.support.contract", "--cases", "5000")),
)


def passed(test: FuzzTest, progress: Progress) -> bool:
    """Run a test with its output in a file. Return whether it passed."""
    task = progress.add_task(test.name, total=test.runs)
    log = FINDINGS / f"{test.name}.log"
    command = [sys.executable, "-m", *test.arguments]
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "fuzz"}
    started = time.monotonic()
    with log.open("w") as file, Popen(command, env=environment, text=True, stdout=PIPE, stderr=STDOUT) as process:
        for line in process.stdout or ():
            file.write(line)
            if runs := DONE.match(line):
                progress.update(task, completed=int(runs[1]))
    progress.remove_task(task)
    outcome = "passed" if process.returncode == 0 else f"FAILED, see {log}"
    progress.console.print(
        f"{test.name}: {outcome} ({time.monotonic() - started:,.0f} s)", highlight=False, soft_wrap=True
    )
    return process.returncode == 0


def main() -> int:
    tests = FUZZ_TESTS if find_spec("atheris") else FUZZ_TESTS[2:]
    if tests != FUZZ_TESTS:
        print("The tests decoder and body are skipped: atheris is published for Linux on x86_64 only.")
    FINDINGS.mkdir(parents=True, exist_ok=True)
    with Progress(*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeElapsedColumn()) as progress:
        outcomes = [passed(test, progress) for test in tests]
    print(f"{sum(outcomes)} of {len(tests)} passed.")
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
