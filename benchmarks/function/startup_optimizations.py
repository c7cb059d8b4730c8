"""Copies of the build artifact, each without one start-up optimization, to measure its effect.

OPENBLAS_NUM_THREADS of template.yaml is not measured: on one core, to which cold starts are pinned, OpenBLAS starts
one thread anyway.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.environments import run
from benchmarks.errors import BenchmarkError
from benchmarks.function.variants import FUNCTIONS
from benchmarks.programs import PYTHON
from tests.support.artifact import ARCHITECTURE
from tests.support.emulator import Function

STARTUP = Path("digits", "startup.py")
NO_DEBUG_RANGES = ("-X", "no_debug_ranges")

type Undo = Callable[[Function, Path], Function]  # ours and a folder for the copy -> ours without the optimization


def without_each(ours: Function, scratch: Path) -> dict[str, Function]:
    """Return copies of ours, by the name of the missing optimization. Raise BenchmarkError where one is not in use."""
    return {name: undo(ours, scratch / name.replace(" ", "-")) for name, undo in OPTIMIZATIONS.items()}


def without_line(start: str, ours: Function, folder: Path) -> Function:
    """Remove the one line of digits/startup.py with this start, and compile the file again."""
    function = copied(ours, folder)
    path = folder / STARTUP
    lines = path.read_text().splitlines(keepends=True)
    remaining = [line for line in lines if not line.startswith(start)]
    if len(lines) - len(remaining) != 1:
        raise BenchmarkError(
            f"{len(lines) - len(remaining)} lines of {STARTUP} start with {start}: "
            "correct benchmarks/function/startup_optimizations.py"
        )
    path.unlink()  # it is a hard link to the artifact's file
    path.write_text("".join(remaining))
    compile_like_the_build(folder, path)
    return function


def without_bytecode(ours: Function, folder: Path) -> Function:
    function = copied(ours, folder)
    remove_bytecode(folder)
    return function


def with_debug_ranges(ours: Function, folder: Path) -> Function:
    function = copied(ours, folder)
    remove_bytecode(folder)
    compile_like_the_build(folder, folder, options=())
    return function


def without_pruning(ours: Function, folder: Path) -> Function:
    """Build again with an empty functions/prune.txt."""
    source = folder.with_name(f"{folder.name}-source")
    shutil.copytree(FUNCTIONS, source)
    (source / "prune.txt").write_text("")
    path = f"PATH={PYTHON.parent}{os.pathsep}{os.environ['PATH']}"
    variables = (f"ARTIFACTS_DIR={folder}", f"ARCH={ARCHITECTURE}")
    run("The build without pruning failed", "env", path, "make", "-C", source, "build-DigitsFunction", *variables)
    return replace(ours, task=folder)


def copied(ours: Function, folder: Path) -> Function:
    """Copy the artifact as hard links."""
    shutil.copytree(ours.task, folder, copy_function=os.link)
    return replace(ours, task=folder)


def remove_bytecode(folder: Path) -> None:
    caches = list(folder.rglob("__pycache__"))
    if not caches:
        raise BenchmarkError("The artifact has no bytecode: correct the step 'Compiling' of functions/Makefile")
    for cache in caches:
        shutil.rmtree(cache)


def compile_like_the_build(folder: Path, *paths: Path, options: tuple[str, ...] = NO_DEBUG_RANGES) -> None:
    """Compile as functions/Makefile does."""
    modes = ("-q", "--invalidation-mode", "unchecked-hash", "-s", folder, "-p", "/var/task")
    run("Compiling failed", "env", "PYTHONHASHSEED=0", PYTHON, *options, "-m", "compileall", *modes, *paths)


OPTIMIZATIONS: dict[str, Undo] = {
    "bytecode": without_bytecode,
    "deferred validators": partial(without_line, 'BaseModel.model_config["defer_build"] = True'),
    "paused garbage collection": partial(without_line, "gc.disable()"),
    "disabled pydantic plugins": partial(without_line, 'os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS"'),
    "stripped debug ranges": with_debug_ranges,
    "pruned packages": without_pruning,
}
