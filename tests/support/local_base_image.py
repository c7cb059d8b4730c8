"""Local base images with this machine's Python, for machines that reach no registry.

They have the interpreter, the standard library, the base image's other files and all shared libraries, at the same
paths as the real image.
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

LABEL = "digits.local-base"  # its value is the version of the local image
GLIBC_LIBRARIES = (
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libutil.so.1",
)  # loaded by wheels for an older glibc
EXCLUDED = ("test", "idlelib", "ensurepip", "tkinter", "turtledemo", "pydoc_data", "site-packages", "lib2to3")


@dataclass(frozen=True)
class Base:
    """Contents of a base image besides Python."""

    prefix: str  # folder of Python
    tools: tuple[str, ...]  # commands, in /bin
    settings: tuple[str, ...]  # instructions of a Dockerfile
    extra_files: Callable[[Path], Iterator[tuple[Path, str]]]  # given a scratch folder, yields files and their paths
    version: tuple[str, ...]  # of everything that `extra_files` takes from this environment


def is_real(name: str) -> bool:
    """Return whether the engine has the real image."""
    return _label(name) == ""


def is_current(name: str, base: Base) -> bool:
    """Return whether the engine has the real image, or an up-to-date local one."""
    return _label(name) in ("", _version(base))


def make(name: str, base: Base) -> None:
    """Build a local image with this name. Raise RuntimeError where `docker import` fails."""
    print(f"{name} cannot be pulled: building a local image with this machine's Python ...", flush=True)
    changes = [
        part for setting in (*base.settings, f"LABEL {LABEL}={_version(base)}") for part in ("--change", setting)
    ]
    command = ["docker", "import", *changes, "-", name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as importing:
        assert importing.stdin is not None
        _write(importing.stdin, base)
    if importing.returncode:
        raise RuntimeError(f"docker import ended with {importing.returncode}")


def docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})


def _label(name: str) -> str | None:
    """Return the label of an image: empty for a real image, None if the image is missing."""
    inspected = docker("image", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', name)
    return inspected.stdout.strip().replace("<no value>", "") if inspected.returncode == 0 else None


def _version(base: Base) -> str:
    """Return a hash of everything that the local image depends on."""
    parts = [Path(__file__).read_text(), sys.version, base.prefix, base.tools, base.settings, base.version]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def _write(image: IO[bytes], base: Base) -> None:
    """Write the image's files as a tar archive."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=image, mode="w|") as tar:
        for source, place in _files(Path(folder), base):
            tar.add(source, place, filter=_as_root)


def _files(scratch: Path, base: Base) -> Iterator[tuple[Path, str]]:
    """Yield each file or folder with its path in the image."""
    home, stdlib = Path(sys.base_prefix), Path(sysconfig.get_path("stdlib"))
    python = (home / "bin" / "python3.13").resolve()
    tools = [Path(program).resolve() for tool in base.tools if (program := shutil.which(tool))]
    extra_files = list(base.extra_files(scratch))
    (scratch / "tmp").mkdir()
    (scratch / "tmp").chmod(0o1777)
    (scratch / "python3").symlink_to("python3.13")

    yield python, f"{base.prefix}/bin/python3.13"
    yield scratch / "python3", f"{base.prefix}/bin/python3"
    yield scratch / "python3", f"{base.prefix}/bin/python"
    for entry in stdlib.iterdir():
        if entry.name not in EXCLUDED and not entry.name.startswith("config-"):
            yield entry, f"{base.prefix}/lib/python3.13/{entry.name}"
    yield from extra_files
    yield scratch / "tmp", "tmp"
    for tool, path in zip(base.tools, tools, strict=True):
        yield path, f"bin/{tool}"
    extensions = [file for source, _ in extra_files for file in source.rglob("*.so")]
    for library in _libraries([python, *tools, *stdlib.rglob("*.so"), *extensions]):
        place = f"{base.prefix}/lib/{library.name}" if library.is_relative_to(home) else str(library)[1:]
        yield library.resolve(), place


def _libraries(programs: list[Path]) -> set[Path]:
    """Return the shared libraries of the programs by `ldd`, with the loader."""
    listed = subprocess.run(["ldd", *programs], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    paths = {Path(path) for path in re.findall(r"(?:=> |^\t)(/\S+) \(0x", listed, re.MULTILINE)}
    libc = next(path for path in paths if path.name == "libc.so.6")
    return paths | {part for name in GLIBC_LIBRARIES if (part := libc.with_name(name)).exists()}


def _as_root(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Set the owner to root, and exclude the standard library's tests."""
    if re.search(r"/(tests|_test\w*\.cpython\S+\.so|_tkinter\S+\.so)$|\.opt-\d\.pyc$", entry.name):
        return None
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry
