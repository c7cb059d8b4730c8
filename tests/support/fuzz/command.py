"""Commands of the fuzz tests: `python -m tests.support.fuzz [all]|decoder|body|save`.

Findings and logs are in artifacts/fuzz.
"""

import argparse
import os
import re
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from subprocess import PIPE, STDOUT, Popen

from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

from command_line import CommandError, with_default
from tests.support.fuzz.fuzzer import FINDINGS, fuzz
from tests.support.fuzz.save import save

RUNS = 1_000_000
TARGETS = ("decoder", "body")
DONE = re.compile(r"#(\d+)\s")  # start of a line of libFuzzer
PROPERTIES = "tests/robustness/test_preprocess_properties.py"


@dataclass(frozen=True)
class FuzzTest:
    """A long test, and its number of runs where known."""

    name: str
    arguments: tuple[str, ...]
    runs: int | None = None


FUZZ_TESTS = (
    FuzzTest("decoder", ("tests.support.fuzz", "decoder", f"-runs={RUNS}"), RUNS),
    FuzzTest("body", ("tests.support.fuzz", "body", f"-runs={RUNS}"), RUNS),
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
    with (
        log.open("w") as file,
        Popen(command, env=environment, text=True, stdout=PIPE, stderr=STDOUT, process_group=0) as process,
    ):
        try:
            for line in process.stdout or ():
                file.write(line)
                if runs := DONE.match(line):
                    progress.update(task, completed=int(runs[1]))
        except BaseException:
            process.kill()
            raise
    progress.remove_task(task)
    outcome = "passed" if process.returncode == 0 else f"FAILED, see {log}"
    progress.console.print(
        f"{test.name}: {outcome} ({time.monotonic() - started:,.0f} s)", highlight=False, soft_wrap=True
    )
    return process.returncode == 0


def main() -> None:
    arguments, options = parse(sys.argv[1:])
    if arguments.command == "save":
        save(arguments.target)
    elif arguments.command == "all":
        run_all()
    else:
        fuzz(arguments.command, options)


def parse(given: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return the command and, for a target, the options of libFuzzer."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.fuzz", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    commands.add_parser("all", help="run every long test, ten minutes (the default command)")
    for target in TARGETS:
        text = f"fuzz the {target} with libFuzzer (Linux on x86_64)"
        usage = "%(prog)s [--help] [-OPTION=VALUE ...] [FILE ...]  (-runs=1000; -help=1 lists libFuzzer's options)"
        single = commands.add_parser(target, help=text, description=text, usage=usage, add_help=False)
        single.add_argument("--help", action="help", help="show this help message and exit")
    commands.add_parser("save", help="minimize a corpus").add_argument("target", choices=TARGETS)
    given = with_default(given, commands.choices, "all")
    if given[0] in TARGETS and "--help" not in given:
        if wrong := [option for option in given[1:] if option.startswith("--")]:
            parser.error(f"libFuzzer has no option {wrong[0]}: its options start with one hyphen")
        return argparse.Namespace(command=given[0]), given[1:]
    return parser.parse_args(given), []


def run_all() -> None:
    """Run every test that this machine supports."""
    tests = FUZZ_TESTS if find_spec("atheris") else FUZZ_TESTS[2:]
    if tests != FUZZ_TESTS:
        print("The tests decoder and body are skipped: atheris is published for Linux on x86_64 only.")
    FINDINGS.mkdir(parents=True, exist_ok=True)
    with Progress(*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeElapsedColumn()) as progress:
        outcomes = [passed(test, progress) for test in tests]
    result = f"{sum(outcomes)} of {len(tests)} passed."
    if not all(outcomes):
        raise CommandError(result)
    print(result)
