"""Run every command of the Markdown pages that can run here, on a fresh clone of the last commit."""

import argparse
import sys
import tempfile
from pathlib import Path

from command_line import CommandError
from tests.support.documented_commands.clone import make_clone, run, served
from tests.support.markdown import Command, all_commands

AWS, GITHUB, HEROKU = "needs an AWS account", "needs the repository on GitHub", "needs a Heroku account"
IMAGE = "needs Docker Hub; tests/integration/containers runs it"
DATA_SET, RECIPE = "needs a published data set", "needs the recipe that the page adds"
CANNOT_RUN = {  # by their beginning; the reason
    "make deploy": AWS,
    "make destroy": AWS,
    "aws": AWS,
    ".venv/bin/sam deploy": AWS,
    ".venv/bin/python -m batch s3://BUCKET/scans": AWS,
    ".venv/bin/ray": AWS,
    ".venv/bin/python -m export rollback": AWS,
    ".venv/bin/python -m export publish --to": AWS,
    ".venv/bin/python -m export publish": "needs a W&B account",
    ".venv/bin/python -m export pull --run": "needs the folder of a W&B run, whose name has its date",
    ".venv/bin/python -m export pull": "needs a W&B account",
    ".venv/bin/python -m training sweep --offline": "",  # runs
    ".venv/bin/python -m training sweep --config sweep-original.yaml --offline": "takes hours",
    ".venv/bin/python -m training sweep": "needs a W&B account",
    ".venv/bin/python -m deploy release": AWS,
    ".venv/bin/python -m deploy smoke": "needs a deployed site",
    "curl https://SITE/api/models": "needs a deployed site",
    "gh": GITHUB,
    "git": GITHUB,
    "heroku": HEROKU,
    "make image": IMAGE,
    "docker run": IMAGE,
    "cp": HEROKU,
    ".venv/bin/python -m evaluation convert-strokes": DATA_SET,
    ".venv/bin/python -m training mlp --recipe small": RECIPE,
    ".venv/bin/python -m export --mlp small": RECIPE,
}
FIRST = ("make models",)  # others read what these write


def main() -> None:
    arguments = parse()
    commands = sorted(all_commands(), key=lambda command: str(command) not in FIRST)
    commands = [command for command in commands if selected(str(command), arguments.only, arguments.skip)]
    if arguments.list:
        return print_table(commands)
    with tempfile.TemporaryDirectory() as folder:
        clone = make_clone(Path(folder) / "clone", fresh=arguments.fresh)
        failed = run_all([command for command in commands if not reason(command)], clone)
    print_table([command for command in commands if reason(command)])
    if failed:
        raise CommandError(f"{len(failed)} failed: {'; '.join(map(str, failed))}. Their output is above.")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.support.documented_commands", description=__doc__)
    parser.add_argument(
        "--only", action="append", default=[], metavar="TEXT", help="commands with this text; repeatable"
    )
    parser.add_argument("--skip", action="append", default=[], metavar="TEXT", help="no commands with this text")
    parser.add_argument("--list", action="store_true", help="list the commands, run none")
    parser.add_argument(
        "--fresh", action="store_true", help="install .venv in the clone with make, instead of a link to this one"
    )
    return parser.parse_args()


def selected(command: str, only: list[str], skip: list[str]) -> bool:
    return (not only or any(text in command for text in only)) and not any(text in command for text in skip)


def reason(command: Command) -> str:
    """Return why a command cannot run here, or an empty string."""
    return next((why for start, why in CANNOT_RUN.items() if command.starts_with(start)), "")


def run_all(commands: list[Command], clone: Path) -> list[Command]:
    """Run the commands, print a row for each, and the output of those that fail. Returns the failed ones."""
    failed = []
    print("exit status  seconds  command", flush=True)
    with served(clone) as url:
        for command in commands:
            result = run(command, clone, url)
            print(f"{result.status:11d} {result.seconds:8.1f}  {command}", flush=True)
            if result.status:
                failed.append(command)
                print(result.output, file=sys.stderr, flush=True)
    return failed


def print_table(commands: list[Command]) -> None:
    for command in commands:
        print(f"{reason(command) or 'runs':<50} {command}")
