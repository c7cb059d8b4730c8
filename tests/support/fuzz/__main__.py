"""Nothing comes in; what long, random tests of the API found goes out: `make fuzz`, ten minutes long.

The output of each lies in artifacts/fuzz; the exit status says whether all of them held.
"""

import os
import re
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from subprocess import PIPE, STDOUT, Popen

from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

from tests.support.fuzz.fuzzer import FOUND

RUNS = 1_000_000
DONE = re.compile(r"#(\d+)\s")  # how libFuzzer begins a line
PROPERTIES = "tests/unit/digits/test_preprocess_properties.py"


@dataclass(frozen=True)
class Trial:
    """One of the long tests, and how many runs it has, where it tells."""

    name: str
    arguments: tuple[str, ...]
    runs: int | None = None


TRIALS = (
    Trial("decoder", ("tests.support.fuzz.decoder", f"-runs={RUNS}"), RUNS),
    Trial("body", ("tests.support.fuzz.body", f"-runs={RUNS}"), RUNS),
    Trial("properties", ("pytest", "-q", "--hypothesis-show-statistics", PROPERTIES)),
    Trial("contract", ("tests.support.contract", "--cases", "5000")),
)


def held(trial: Trial, progress: Progress) -> bool:
    """Run a trial with its output in a file. Returns whether it held."""
    task = progress.add_task(trial.name, total=trial.runs)
    log = FOUND / f"{trial.name}.log"
    command = [sys.executable, "-m", *trial.arguments]
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "fuzz"}
    started = time.monotonic()
    with log.open("w") as file, Popen(command, env=environment, text=True, stdout=PIPE, stderr=STDOUT) as process:
        for line in process.stdout or ():
            file.write(line)
            if runs := DONE.match(line):
                progress.update(task, completed=int(runs[1]))
    progress.remove_task(task)
    outcome = "held" if process.returncode == 0 else f"FAILED, see {log}"
    progress.console.print(
        f"{trial.name}: {outcome} ({time.monotonic() - started:,.0f} s)", highlight=False, soft_wrap=True
    )
    return process.returncode == 0


def main() -> int:
    trials = TRIALS if find_spec("atheris") else TRIALS[2:]
    if trials != TRIALS:
        print("Without decoder and body: atheris, which drives them, is published for Linux on x86_64 only.")
    FOUND.mkdir(parents=True, exist_ok=True)
    with Progress(*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeElapsedColumn()) as progress:
        outcomes = [held(trial, progress) for trial in trials]
    print(f"{sum(outcomes)} of {len(trials)} held.")
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
