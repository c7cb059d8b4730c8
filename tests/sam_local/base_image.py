"""The image that SAM CLI runs the function in is there afterwards: `python -m tests.sam_local.base_image [arm64]`.

That is AWS's own, present or pulled. Where no registry answers, a stand-in takes its name: this machine's Python, the
runtime interface client of this environment, and the libraries that they load, at the places where AWS has them.
"""

import hashlib
import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tests import runtime_client
from tests.artifact import ARCHITECTURE

REPOSITORY = "public.ecr.aws/lambda/python"
STAND_IN = f"{REPOSITORY}:3.13-{ARCHITECTURE}"
DERIVED = f"{REPOSITORY}:3.13-rapid-{ARCHITECTURE}"  # what SAM CLI makes of it, once, and then keeps
LABEL = "digits.stand-in"  # its value says what the stand-in was made of
TOOLS = ("sh", "mv", "chmod", "cp", "rm")  # SAM CLI's own steps on top of the base image call these
PARTS_OF_LIBC = (
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libutil.so.1",
)  # wheels built for an older glibc load them
NOT_SERVING = ("test", "idlelib", "ensurepip", "tkinter", "turtledemo", "pydoc_data", "site-packages", "lib2to3")
SETTINGS = (
    "ENV LANG=en_US.UTF-8",
    "ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin",
    "ENV LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/task:/var/task/lib:/opt/lib",
    "ENV LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime",
    "WORKDIR /var/task",
    'ENTRYPOINT ["/var/runtime/bootstrap"]',
)
BOOTSTRAP = """\
#!/bin/sh
export AWS_EXECUTION_ENV=AWS_Lambda_python3.13 PYTHONPATH="/var/runtime${PYTHONPATH:+:$PYTHONPATH}"
exec /var/lang/bin/python3.13 -m awslambdaric "$_HANDLER"
"""


def ensure(architecture: str = ARCHITECTURE) -> None:
    """Have the image, by the cheapest way there is. Raises RuntimeError where there is none."""
    name = f"{REPOSITORY}:3.13-{architecture}"
    made_of = _docker("image", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', name)
    if made_of.returncode == 0 and made_of.stdout.strip() in ("", "<no value>", _recipe()):
        return
    pulled = _docker("pull", name)
    if pulled.returncode == 0:
        return
    if (platform.system(), architecture) != ("Linux", ARCHITECTURE):
        raise RuntimeError(f"{name} cannot be pulled, and this machine cannot stand in: {pulled.stderr.strip()}")
    print(f"{name} cannot be pulled: making a stand-in from this machine's Python ...", flush=True)
    _make()


def _make() -> None:
    changes = [part for setting in (*SETTINGS, f"LABEL {LABEL}={_recipe()}") for part in ("--change", setting)]
    command = ["docker", "import", *changes, "-", STAND_IN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as importing:
        assert importing.stdin is not None
        _write(importing.stdin)
    if importing.returncode:
        raise RuntimeError(f"docker import ended with {importing.returncode}")
    _docker("image", "rm", "--force", DERIVED)  # or SAM CLI goes on with what it made of the image before


def _recipe() -> str:
    """Name what a stand-in is made of, so that another Python or another client makes another."""
    client = [importlib.metadata.version(package) for package in runtime_client.PACKAGES]
    return hashlib.sha256(repr([Path(__file__).read_text(), sys.version, client]).encode()).hexdigest()[:12]


def _write(image: IO[bytes]) -> None:
    """Write the image's files as one tar."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=image, mode="w|") as tar:
        for source, place in _files(Path(folder)):
            tar.add(source, place, filter=_as_root)


def _files(scratch: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file or folder with its place in the image."""
    home, stdlib = Path(sys.base_prefix), Path(sysconfig.get_path("stdlib"))
    python = (home / "bin" / "python3.13").resolve()
    tools = [Path(found).resolve() for tool in TOOLS if (found := shutil.which(tool))]
    client = scratch / "runtime"
    runtime_client.copy_to(client)
    (client / "bootstrap").write_text(BOOTSTRAP)
    (client / "bootstrap").chmod(0o755)
    (scratch / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\nsbx_user1051:x:993:990::/home:/bin/sh\n")
    (scratch / "tmp").mkdir()
    (scratch / "tmp").chmod(0o1777)
    (scratch / "python3").symlink_to("python3.13")

    yield python, "var/lang/bin/python3.13"
    yield scratch / "python3", "var/lang/bin/python3"
    yield scratch / "python3", "var/lang/bin/python"
    for entry in stdlib.iterdir():
        if entry.name not in NOT_SERVING and not entry.name.startswith("config-"):
            yield entry, f"var/lang/lib/python3.13/{entry.name}"
    yield client, "var/runtime"
    yield scratch / "passwd", "etc/passwd"
    yield scratch / "tmp", "tmp"
    for tool, path in zip(TOOLS, tools, strict=True):
        yield path, f"bin/{tool}"
    for library in _libraries([python, *tools, *stdlib.rglob("*.so"), *client.rglob("*.so")]):
        yield library.resolve(), f"var/lang/lib/{library.name}" if library.is_relative_to(home) else str(library)[1:]


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


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})


if __name__ == "__main__":
    try:
        ensure(*sys.argv[1:])
    except (OSError, RuntimeError) as error:
        sys.exit(f"The image for `sam local` cannot be made: {error}")
