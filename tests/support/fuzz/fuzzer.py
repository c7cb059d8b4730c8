"""Runner of a fuzz target under libFuzzer."""

import shlex
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from command_line import end_at_once

HERE = Path(__file__).parent
FINDINGS = HERE.parents[2] / "artifacts" / "fuzz"  # git-ignored
MAX_INPUT = 4096  # bytes
TIMEOUT = 5  # seconds for one input; most take 0.1 ms
MAX_MEMORY = 1024  # MB


def fuzz(name: str, given: Sequence[str]) -> None:
    """Run a target on its corpus and on mutations of it. The given options of libFuzzer have precedence."""
    import atheris  # published for Linux on x86_64 only

    target: Callable[[bytes], None] = import_module(f"tests.support.fuzz.{name}").target
    new = FINDINGS / name
    new.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_len={MAX_INPUT}",
        f"-timeout={TIMEOUT}",
        f"-rss_limit_mb={MAX_MEMORY}",
        f"-dict={HERE / name}.dict",
        f"-artifact_prefix={FINDINGS / name}-",
        "-print_final_stats=1",
        *("-handle_int=0", "-handle_term=0"),
    ]
    folders = [] if any(not option.startswith("-") for option in given) else [str(new), str(HERE / "corpus" / name)]
    command = f"{shlex.quote(sys.executable)} -m tests.support.fuzz {name}"  # run by libFuzzer in a shell, to merge
    atheris.Setup([command, *options, *given, *folders], target)
    end_at_once()
    atheris.Fuzz()
