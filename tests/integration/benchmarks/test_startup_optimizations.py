"""Copies of the artifact without one start-up optimization."""

import os
import shutil
from functools import partial
from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.function import startup_optimizations
from benchmarks.function.variants import FUNCTIONS
from tests.support.artifact import Artifact
from tests.support.emulator import Function, shipped

STARTUP = "import gc\n\ngc.disable()  # reason\n\n\ndef finish() -> None:\n    gc.enable()\n"


@pytest.fixture
def ours(tmp_path: Path) -> Function:
    """Function with one module, compiled like the artifact."""
    task = tmp_path / "ours"
    (task / "digits").mkdir(parents=True)
    (task / startup_optimizations.STARTUP).write_text(STARTUP)
    startup_optimizations.compile_like_the_build(task, task)
    return Function(task, "digits.app.handler", {"NAME": "value"})


def bytecode(task: Path) -> bytes:
    (file,) = (task / "digits").rglob("startup*.pyc")
    return file.read_bytes()


def test_startup_line_is_removed_and_the_copy_compiled(ours: Function, tmp_path: Path) -> None:
    before = bytecode(ours.task)
    copy = startup_optimizations.without_line("gc.disable()", ours, tmp_path / "copy")
    assert (copy.task / startup_optimizations.STARTUP).read_text() == STARTUP.replace("gc.disable()  # reason\n", "")
    assert b"disable" not in bytecode(copy.task)
    assert (bytecode(ours.task), (ours.task / startup_optimizations.STARTUP).read_text()) == (before, STARTUP)
    assert (copy.handler, copy.environment) == (ours.handler, ours.environment)


@pytest.mark.parametrize("line", ["gc.freeze()", "    gc.", "import gc; "])
def test_missing_startup_line_raises(line: str, ours: Function, tmp_path: Path) -> None:
    if line == "    gc.":  # more than one such line is an error, too
        (ours.task / startup_optimizations.STARTUP).write_text(STARTUP + "    gc.collect()\n")
    with pytest.raises(
        BenchmarkError,
        match=r"lines of digits/startup.py start with .*: correct benchmarks/function/startup_optimizations.py",
    ):
        startup_optimizations.without_line(line, ours, tmp_path / "copy")


def test_bytecode_is_removed_from_the_copy_only(ours: Function, tmp_path: Path) -> None:
    copy = startup_optimizations.without_bytecode(ours, tmp_path / "copy")
    assert not list(copy.task.rglob("*.pyc"))
    assert bytecode(ours.task)
    with pytest.raises(BenchmarkError, match="has no bytecode"):
        startup_optimizations.without_bytecode(copy, tmp_path / "again")


def test_debug_ranges_are_in_the_copy_only(ours: Function, tmp_path: Path) -> None:
    copy = startup_optimizations.with_debug_ranges(ours, tmp_path / "copy")
    assert len(bytecode(copy.task)) > len(bytecode(ours.task))


def test_copy_is_compiled_like_the_artifact(artifact: Artifact, tmp_path: Path) -> None:
    """Otherwise a copy would differ from the artifact in more than one optimization."""
    built = artifact.task / "digits"
    shutil.copytree(built, tmp_path / "digits", ignore=shutil.ignore_patterns("__pycache__"))
    startup_optimizations.compile_like_the_build(tmp_path, tmp_path)
    compiled = {file.name: file.read_bytes() for file in (built / "__pycache__").iterdir()}
    assert {file.name: file.read_bytes() for file in (tmp_path / "digits" / "__pycache__").iterdir()} == compiled


def test_each_optimization_is_undone_in_its_copy(artifact: Artifact, tmp_path: Path) -> None:
    copies = startup_optimizations.without_each(shipped(artifact), tmp_path)
    assert set(copies) == set(startup_optimizations.OPTIMIZATIONS)
    ours = files(artifact.task)
    assert files(copies["bytecode"].task) == {name for name in ours if not name.endswith(".pyc")}
    assert {name for name in files(copies["pruned packages"].task) - ours if name.startswith("numpy/fft/")}
    for name in ("deferred validators", "paused garbage collection", "disabled pydantic plugins"):
        assert files(copies[name].task) == ours


def files(task: Path) -> set[str]:
    return {os.path.relpath(file, task) for file in task.rglob("*") if file.is_file()}


def test_each_removed_line_is_in_startup_once() -> None:
    text = (FUNCTIONS / startup_optimizations.STARTUP).read_text()
    lines = [undo.args[0] for undo in startup_optimizations.OPTIMIZATIONS.values() if isinstance(undo, partial)]
    assert [sum(row.startswith(line) for row in text.splitlines()) for line in lines] == [1, 1, 1]
