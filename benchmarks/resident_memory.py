"""Resident memory of a process and all of its children."""

import re
from pathlib import Path

PROC = Path("/proc")
FIELD = re.compile(r"^(Private|Shared)_\w+:\s+(\d+) kB$", re.MULTILINE)


def children(pid: int) -> list[int]:
    """Return the running child processes."""
    tasks = (PROC / str(pid) / "task").glob("*/children")
    return [int(child) for task in tasks for child in _read(task).split()]


def tree(pid: int) -> list[int]:
    """Return the process and all of its descendants."""
    return [pid, *(each for child in children(pid) for each in tree(child))]


def resident(pids: list[int]) -> int:
    """Return the bytes in memory: the private pages of all processes, and the most shared pages of any one.

    For a single process this is its resident set. The sum over several would count shared pages more than once; PSS
    would be too small, as this process loads the same libraries.
    """
    private, shared = zip(*(_pages(pid) for pid in pids), strict=True)
    return int(sum(private) + max(shared))


def _pages(pid: int) -> tuple[int, int]:
    pages = {"Private": 0, "Shared": 0}
    for kind, kilobytes in FIELD.findall(_read(PROC / str(pid) / "smaps_rollup")):
        pages[kind] += int(kilobytes) * 1024
    return pages["Private"], pages["Shared"]


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):  # the process has ended
        return ""
