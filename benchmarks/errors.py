"""Error of the benchmarks."""

from command_line import CommandError


class BenchmarkError(CommandError):
    """A measured program cannot be installed or started, or its prediction is wrong."""


def last_line(log: str) -> str:
    """Return the last line that is not blank: the output of installers and servers is long."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"
