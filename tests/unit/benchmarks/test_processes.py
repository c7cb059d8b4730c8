"""Core affinity and resident memory of processes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import resident_memory
from benchmarks.cores import cores, on_core

ROLLUP = "Rss: {rss} kB\nPss: 9 kB\nShared_Clean: {shared} kB\nShared_Dirty: 0 kB\nPrivate_Dirty: {private} kB\n"


def test_child_process_runs_on_one_core() -> None:
    before, (core, _) = os.sched_getaffinity(0), cores()
    with on_core(core):
        child = subprocess.run(
            [sys.executable, "-c", "import os; print(os.sched_getaffinity(0))"], stdout=subprocess.PIPE, text=True
        )
    assert child.stdout.strip() == str({core})
    assert os.sched_getaffinity(0) == before


def test_tree_has_child_processes() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert {os.getpid(), child.pid} <= set(resident_memory.tree(os.getpid()))
        assert child.pid in resident_memory.children(os.getpid())
        child.communicate(b"\n")
    assert child.pid not in resident_memory.tree(os.getpid())


def test_resident_memory_of_one_process_is_its_rss() -> None:
    match = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert match is not None
    assert resident_memory.resident([os.getpid()]) == pytest.approx(int(match[1]) * 1024, rel=0.05)


def test_shared_pages_count_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resident_memory, "PROC", tmp_path)
    for pid, private, shared in ((1, 10, 30), (2, 20, 40)):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "smaps_rollup").write_text(
            ROLLUP.format(rss=private + shared, private=private, shared=shared)
        )
    assert resident_memory.resident([1, 2]) == (10 + 20 + 40) * 1024
    assert resident_memory.resident([1, 3]) == (10 + 30) * 1024  # 3 has exited
