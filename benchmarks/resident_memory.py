"""Resident memory of a process and all of its children."""

import re
from pathlib import Path

PROC = Path("/proc")
FIELD = re.compile(r"^(Private|Shared)_\w+:\s+(\d+) kB$", re.MULTILINE)


def children(pid: int) -> list[int]:
    """The processes that this one started and that still run."""
    tasks = (PROC / str(pid) / "task").glob("*/children")
    return [int(child) for task in tasks for child in _read(task).split()]


def tree(pid: int) -> list[int]:
    """The process, its children, and theirs."""
    return [pid, *(each for child in children(pid) for each in tree(child))]


def resident(pids: list[int]) -> int:
    """Bytes in memory: the private pages of every process, and the shared pages of the one that has most of them.

    Of a single process this is its resident set. Summed over several, a page that they share would count for each;
    proportional shares (PSS) would make a process look small because this one has the same libraries loaded.
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
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return ""
