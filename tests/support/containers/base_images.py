"""The base images that the container file names are there while a block runs: the real ones, or stand-ins.

A stand-in is kept under a name of its own and has the real one's name only meanwhile, so that nobody's image is built
on it by mistake.
"""

import importlib.metadata
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import runtime_client, stand_in
from tests.support.sam_local import base_image
from tests.support.template import ROOT

SLIM = "python:3.13-slim"
LAMBDA = f"{base_image.REPOSITORY}:3.13"
KEPT = f"digits.stand-in/{SLIM}"
TOOLS = ("sh", "chmod", "find", "rm", "uname")  # the container file's own steps call these
CPP = ("libstdc++.so.6", "libgcc_s.so.1")  # Debian has them, and the wheels of what ships load them
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
PIP = ("PIP_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_DEFAULT_TIMEOUT")  # how this machine reaches the package index


@contextmanager
def bases() -> Iterator[None]:
    """Have both until the block ends. Raises RuntimeError where they can be neither pulled nor made."""
    borrowed = [name for name, have in ((SLIM, _slim), (LAMBDA, _lambda)) if _borrow(name, have())]
    try:
        yield
    finally:
        for name in borrowed:
            stand_in.docker("image", "rm", "--no-prune", name)


def named() -> set[str]:
    """The base images that the container file names."""
    text = (ROOT / "Dockerfile").read_text()
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", text, re.MULTILINE))
    return set(re.findall(r"^FROM (\S+) AS", text, re.MULTILINE)) - stages


def _slim() -> str:
    """Have Debian's; the name that it has here goes out."""
    if stand_in.real(SLIM) or stand_in.docker("pull", SLIM).returncode == 0:
        return SLIM
    if not stand_in.ready(KEPT, DEBIAN):
        stand_in.make(KEPT, DEBIAN)
    return KEPT


def _lambda() -> str:
    """Have AWS's; the name that it has here goes out."""
    return LAMBDA if stand_in.real(LAMBDA) else base_image.ensure()


def _borrow(name: str, kept: str) -> bool:
    """Let an image have another name, and say whether that name has to be given back."""
    return name != kept and stand_in.docker("tag", kept, name).returncode == 0


def _beside(scratch: Path) -> Iterator[tuple[Path, str]]:
    """Yield pip, the certificates that this machine trusts, and the libraries of C++."""
    packages = scratch / "packages"
    runtime_client.copy_to(packages, ("pip",))
    yield packages, "usr/local/lib/python3.13/site-packages"
    yield CERTIFICATES, str(CERTIFICATES)[1:]
    for folder in (Path("/usr/lib") / f"{os.uname().machine}-linux-gnu", Path("/usr/lib64")):
        yield from ((library.resolve(), f"usr/local/lib/{name}") for name in CPP if (library := folder / name).exists())


SETTINGS = (
    "ENV LANG=C.UTF-8",
    "ENV PATH=/usr/local/bin:/usr/bin:/bin",
    "ENV LD_LIBRARY_PATH=/usr/local/lib",
    f"ENV SSL_CERT_FILE={CERTIFICATES}",
    *(f"ENV {name}={os.environ[name]}" for name in PIP if name in os.environ),
    'CMD ["python3"]',
)
MADE_OF = (Path(__file__).read_text(), importlib.metadata.version("pip"))
DEBIAN = stand_in.Base("usr/local", TOOLS, SETTINGS, _beside, MADE_OF)
