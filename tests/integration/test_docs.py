"""Commands and Python examples of the project's Markdown pages.

Each command is run, or listed in NOT_RUN with the reason. In both cases its make target, module, options and files
must exist.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.make import make
from tests.support.markdown import ROOT, Command, all_commands, blocks
from tests.support.site import site

LOCAL = "http://127.0.0.1:8000"
PYTHON = ".venv/bin/python"
RUN = (  # by their beginning
    "curl -",
    "openssl",
    f"{PYTHON} -c",
    f"{PYTHON} -m benchmarks cost",
    f"{PYTHON} -m export document",
    f"{PYTHON} -m report docs",
)
AWS, MINUTES, LIVE = "needs an AWS account", "takes minutes; has tests of its own", "needs a deployed site"
ITSELF, HEROKU = "runs this test", "needs a Heroku account"
NOT_RUN = {  # by their beginning; the reason
    "make run": "serves until it is stopped; tests/integration/test_serve_signals.py runs it",
    "make test": ITSELF,
    "make test-fast": ITSELF,
    f"{PYTHON} -m pytest": ITSELF,
    "make check": "takes minutes; CI runs it",
    "make check-supply": "asks PyPI for known vulnerabilities",
    "make check-workflows": "takes minutes; CI runs it",
    "make format": "rewrites the code",
    "make requirements": "resolves versions at PyPI",
    "make sbom": MINUTES,
    "make models": MINUTES,
    "make bench": MINUTES,
    "make audit": MINUTES,
    "make fuzz": MINUTES,
    "make invoke": "needs Docker; tests/integration/sam_local runs it",
    "make image": "needs Docker; tests/integration/containers runs it",
    "docker run": "needs Docker; tests/integration/containers runs it",
    "make deploy": AWS,
    "make destroy": AWS,
    "aws": AWS,
    ".venv/bin/sam deploy": AWS,
    "curl https://SITE/api/models": LIVE,
    f"{PYTHON} -m deploy release": AWS,
    f"{PYTHON} -m deploy smoke": LIVE,
    "heroku": HEROKU,
    "cp": HEROKU,
    "gh": "needs a repository on GitHub",
    "git": "changes the repository",
    f"{PYTHON} -m training": MINUTES,
    f"{PYTHON} -m evaluation": MINUTES,
    f"{PYTHON} -m evaluation handwriting": MINUTES,
    f"{PYTHON} -m evaluation convert-strokes": "needs a published data set, which is not in the repository",
    f"{PYTHON} -m evaluation explanations": MINUTES,
    f"{PYTHON} -m evaluation pictures": MINUTES,
    f"{PYTHON} -m evaluation page-samples": MINUTES,
    f"{PYTHON} -m evaluation reference-digits": MINUTES,
    f"{PYTHON} -m report": MINUTES,
    f"{PYTHON} -m export": MINUTES,
    f"{PYTHON} -m export publish": "needs a W&B account or a bucket",
    f"{PYTHON} -m export pull": "needs a W&B account",
    f"{PYTHON} -m export rollback": AWS,
    "make .venv/batch": "downloads packages",
    "make .venv/ray": "downloads packages",
    ".venv/bin/ray": AWS,
    f"{PYTHON} -m batch": "tests/integration/batch runs it",
    f"{PYTHON} -m benchmarks batch": MINUTES,
    f"{PYTHON} -m benchmarks scale": MINUTES,
    f"{PYTHON} -m benchmarks operations": "tests/unit/benchmarks/test_operations.py runs it",
    f"{PYTHON} -m tests.support.deploy": MINUTES,
    f"{PYTHON} -m tests.support.reload_stress": MINUTES,
}
SUBCOMMANDS = {  # by module; the default command
    "benchmarks": "measure",
    "deploy": "up",
    "evaluation": "measure",
    "export": "bundle",
    "report": "build",
    "supply": "",
    "training": "",
}

ALL = all_commands()
FORWARDING = ("pytest", "supply.npm")  # the options are those of plugins and of npm programs
MODULE = re.compile(r"\.venv/bin/python -m ([\w.]+)([^;|&\n]*)")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with site() as address:
        yield address


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tracked files, for commands that write."""
    folder = tmp_path_factory.mktemp("copy")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for file in filter(None, listed.split("\0")):
        if (source := ROOT / file).is_file():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / file)
    return folder


def runs(command: Command) -> bool:
    return str(command).startswith(RUN)


@pytest.mark.parametrize("command", [command for command in ALL if runs(command)], ids=str)
def test_command_runs(command: Command, url: str, copy: Path) -> None:
    words = [word.replace(LOCAL, url).replace(PYTHON, sys.executable) for word in command.words]
    if words[0] == "curl":
        words.insert(1, "--fail")
    path = {"PYTHONPATH": f"{copy / 'functions'}:{copy}", "PATH": "/usr/bin:/bin"}
    result = subprocess.run(words, cwd=copy, env=path, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("command", ALL, ids=lambda command: f"{command.page}: {command}")
def test_command_is_run_or_listed_and_its_options_exist(command: Command) -> None:
    assert runs(command) or any(command.starts_with(start) for start in NOT_RUN), "neither run nor in NOT_RUN"
    for word in command.words:
        if re.fullmatch(r"(tests|\.github)/[\w./]+", word):
            assert (ROOT / word).exists(), word
    if command.words[0] == "make":
        check_target(command)
    check_modules(str(command))
    if command.starts_with(".venv/bin/sam deploy"):
        assert set(options(str(command))) <= set(options(help_of("samcli", ("deploy",))))


def test_listed_commands_are_used() -> None:
    assert not [start for start in NOT_RUN if not any(command.starts_with(start) for command in ALL)]


@pytest.mark.parametrize("example", blocks((ROOT / "docs" / "api.md").read_text(), "python"))
def test_python_example_runs(example: str, url: str) -> None:
    code = example.replace(LOCAL, url).replace(LOCAL.removeprefix("http://"), url.removeprefix("http://"))
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert result.stdout


def check_target(command: Command) -> None:
    """Check the modules and options in the commands that `make -n` prints."""
    status, printed = make(ROOT, "-n", *command.words[1:])
    assert status == 0, printed
    variables = [word.partition("=")[0] for word in command.words[1:] if re.match(r"[A-Z_]+=", word)]
    assert not [variable for variable in variables if f"$({variable})" not in (ROOT / "Makefile").read_text()]
    check_modules("\n".join(printed).replace("\\\n", " "))


def check_modules(text: str) -> None:
    """Check that each `python -m` in the text names a module that runs, and options that its help lists."""
    for module, rest in MODULE.findall(text):
        main = f"{module}.__main__" if (spec := find_spec(module)) and spec.submodule_search_locations else module
        assert find_spec(main), f"{module} cannot be run"
        if module in FORWARDING:
            continue
        first = next(iter(rest.split()), "")
        command = (first if first[:1].isalpha() else SUBCOMMANDS[module],) if module in SUBCOMMANDS else ()
        if command or options(rest):
            missing = set(options(rest)) - set(options(help_of(module, command)))
            assert not missing, f"{module} has no option {missing}"


def options(text: str) -> list[str]:
    return re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)


@cache
def help_of(module: str, command: tuple[str, ...]) -> str:
    """Return the help of a module, or of one of its commands."""
    words = [sys.executable, "-m", module, *command, "--help"]
    result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    return result.stdout
