"""Base images of the Dockerfile: the real ones, or local ones where no registry is reachable.

A local base image has its own name, and the real one's name only during a build, so that no other build uses it.
"""

import importlib.metadata
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import local_base_image, runtime_client
from tests.support.sam_local import base_image
from tests.support.template import ROOT

SLIM = "python:3.13-slim"
LAMBDA = f"{base_image.REPOSITORY}:3.13"
LOCAL_SLIM = f"digits.local-base/{SLIM}"
TOOLS = ("sh", "chmod", "find", "rm", "uname")  # called by steps of the Dockerfile
CPP = ("libstdc++.so.6", "libgcc_s.so.1")  # in Debian; loaded by the shipped wheels
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
PIP = ("PIP_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_DEFAULT_TIMEOUT")  # settings of the package index


@contextmanager
def bases() -> Iterator[None]:
    """Provide both images until the block ends. Raise RuntimeError where they can be neither pulled nor made."""
    tagged = [name for name, provide in ((SLIM, _slim), (LAMBDA, _lambda)) if _tag(name, provide())]
    try:
        yield
    finally:
        for name in tagged:
            local_base_image.docker("image", "rm", "--no-prune", name)


def dockerfile_bases() -> set[str]:
    """Return the base images in the Dockerfile."""
    text = (ROOT / "Dockerfile").read_text()
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", text, re.MULTILINE))
    return set(re.findall(r"^FROM (\S+) AS", text, re.MULTILINE)) - stages


def _slim() -> str:
    """Provide Debian's image. Return its local name."""
    if local_base_image.is_real(SLIM) or local_base_image.docker("pull", SLIM).returncode == 0:
        return SLIM
    if not local_base_image.is_current(LOCAL_SLIM, DEBIAN):
        local_base_image.make(LOCAL_SLIM, DEBIAN)
    return LOCAL_SLIM


def _lambda() -> str:
    """Provide AWS's image. Return its local name."""
    return LAMBDA if local_base_image.is_real(LAMBDA) else base_image.ensure()


def _tag(name: str, local: str) -> bool:
    """Tag an image with another name. Return whether the tag has to be removed afterwards."""
    return name != local and local_base_image.docker("tag", local, name).returncode == 0


def _extra_files(scratch: Path) -> Iterator[tuple[Path, str]]:
    """Yield pip, this machine's CA certificates and the C++ libraries, with their paths in the image."""
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
VERSION = (Path(__file__).read_text(), importlib.metadata.version("pip"))
DEBIAN = local_base_image.Base("usr/local", TOOLS, SETTINGS, _extra_files, VERSION)
