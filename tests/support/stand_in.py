"""A base image's name comes in; where no registry answers, an image of this machine's Python stands in for it.

It holds the interpreter, the standard library, what the base has beside them, and the libraries that they load, at the
places where the real one has them.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LABEL = "digits.stand-in"  # its value says what a stand-in was made of
PARTS_OF_LIBC = (
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libutil.so.1",
)  # wheels built for an older glibc load them
NOT_SERVING = ("test", "idlelib", "ensurepip", "tkinter", "turtledemo", "pydoc_data", "site-packages", "lib2to3")


@dataclass(frozen=True)
class Base:
    """What makes a base image more than a Python."""

    prefix: str  # the folder of Python
    tools: tuple[str, ...]  # commands, in /bin
    settings: tuple[str, ...]  # as in a container file
    beside: Callable[[Path], Iterator[tuple[Path, str]]]  # gets a scratch folder; gives files and their places
    made_of: tuple[str, ...]  # what `beside` takes from this environment, with its version


def real(name: str) -> bool:
    """Whether the engine has the image itself."""
    return _made_of(name) == ""


def ready(name: str, base: Base) -> bool:
    """Whether the engine has the image: the real one, or a stand-in of what would be taken now."""
    return _made_of(name) in ("", _recipe(base))


def make(name: str, base: Base) -> None:
    """Make a stand-in and give it the name. Raises RuntimeError where the engine refuses it."""
    print(f"{name} cannot be pulled: making a stand-in from this machine's Python ...", flush=True)
    changes = [part for setting in (*base.settings, f"LABEL {LABEL}={_recipe(base)}") for part in ("--change", setting)]
    command = ["docker", "import", *changes, "-", name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as importing:
        assert importing.stdin is not None
        _write(importing.stdin, base)
    if importing.returncode:
        raise RuntimeError(f"docker import ended with {importing.returncode}")


def docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})


def _made_of(name: str) -> str | None:
    """What an image says that it was made of: nothing where it is no stand-in, None where it is not there."""
    found = docker("image", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', name)
    return found.stdout.strip().replace("<no value>", "") if found.returncode == 0 else None


def _recipe(base: Base) -> str:
    """Name what a stand-in is made of, so that another Python or another package makes another."""
    described = [Path(__file__).read_text(), sys.version, base.prefix, base.tools, base.settings, base.made_of]
    return hashlib.sha256(repr(described).encode()).hexdigest()[:12]


def _write(image: IO[bytes], base: Base) -> None:
    """Write the image's files as one tar."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=image, mode="w|") as tar:
        for source, place in _files(Path(folder), base):
            tar.add(source, place, filter=_as_root)


def _files(scratch: Path, base: Base) -> Iterator[tuple[Path, str]]:
    """Yield each file or folder with its place in the image."""
    home, stdlib = Path(sys.base_prefix), Path(sysconfig.get_path("stdlib"))
    python = (home / "bin" / "python3.13").resolve()
    tools = [Path(found).resolve() for tool in base.tools if (found := shutil.which(tool))]
    beside = list(base.beside(scratch))
    (scratch / "tmp").mkdir()
    (scratch / "tmp").chmod(0o1777)
    (scratch / "python3").symlink_to("python3.13")

    yield python, f"{base.prefix}/bin/python3.13"
    yield scratch / "python3", f"{base.prefix}/bin/python3"
    yield scratch / "python3", f"{base.prefix}/bin/python"
    for entry in stdlib.iterdir():
        if entry.name not in NOT_SERVING and not entry.name.startswith("config-"):
            yield entry, f"{base.prefix}/lib/python3.13/{entry.name}"
    yield from beside
    yield scratch / "tmp", "tmp"
    for tool, path in zip(base.tools, tools, strict=True):
        yield path, f"bin/{tool}"
    extensions = [file for source, _ in beside for file in source.rglob("*.so")]
    for library in _libraries([python, *tools, *stdlib.rglob("*.so"), *extensions]):
        place = f"{base.prefix}/lib/{library.name}" if library.is_relative_to(home) else str(library)[1:]
        yield library.resolve(), place


def _libraries(programs: list[Path]) -> set[Path]:
    """Find the shared libraries that the programs load, the loader itself included, as `ldd` names them."""
    listed = subprocess.run(["ldd", *programs], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    found = {Path(path) for path in re.findall(r"(?:=> |^\t)(/\S+) \(0x", listed, re.MULTILINE)}
    libc = next(path for path in found if path.name == "libc.so.6")
    return found | {part for name in PARTS_OF_LIBC if (part := libc.with_name(name)).exists()}


def _as_root(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Give every file to root, and leave the standard library's own tests out."""
    if re.search(r"/(tests|_test\w*\.cpython\S+\.so|_tkinter\S+\.so)$|\.opt-\d\.pyc$", entry.name):
        return None
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry
