"""A target and libFuzzer's options come in; libFuzzer runs the target until it fails or has run often enough."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
FOUND = HERE.parents[2] / "artifacts" / "fuzz"  # git-ignored
LONGEST = 4096  # bytes of an input
SLOWEST = 5  # seconds for one input; most take 0.1 ms
LARGEST = 1024  # MB of memory


def fuzz(target: Callable[[bytes], None]) -> None:
    """Run the target on its saved corpus and on what libFuzzer makes of that; what the command line says comes last."""
    import atheris  # published for Linux on x86_64 only

    name = Path(sys.argv[0]).stem
    new, given = FOUND / name, sys.argv[1:]
    new.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_len={LONGEST}",
        f"-timeout={SLOWEST}",
        f"-rss_limit_mb={LARGEST}",
        f"-dict={HERE / name}.dict",
        f"-artifact_prefix={FOUND / name}-",
        "-print_final_stats=1",
    ]
    folders = [] if any(not option.startswith("-") for option in given) else [str(new), str(HERE / "corpus" / name)]
    command = (
        f"{shlex.quote(sys.executable)} -m tests.support.fuzz.{name}"  # libFuzzer runs it again by a shell to merge
    )
    atheris.Setup([command, *options, *given, *folders], target)
    atheris.Fuzz()
