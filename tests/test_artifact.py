"""What `make build` leaves is what ships: the pinned packages and digits, compiled, and nothing else."""

import hashlib
import importlib.metadata
import importlib.util
import re
from pathlib import Path

from tests.artifact import Artifact
from tests.template import ROOT

UNCHECKED_HASH = 0b01  # flags of a .pyc, PEP 552


def test_it_has_the_pinned_packages_and_no_other(artifact: Artifact) -> None:
    pins = dict(re.findall(r"^([\w-]+)==(\S+)", (ROOT / "functions/requirements.txt").read_text(), re.MULTILINE))
    installed = importlib.metadata.distributions(path=[str(artifact.task)])
    assert {_plain(package.name): package.version for package in installed} == {
        _plain(name): version for name, version in pins.items()
    }


def test_it_has_digits_as_it_is_here(artifact: Artifact) -> None:
    assert _contents(artifact.task / "digits") == _contents(ROOT / "functions/digits")


def test_it_has_nothing_that_only_the_build_needs(artifact: Artifact) -> None:
    assert not {"Makefile", "requirements.txt", "bin", ".lock"} & {path.name for path in artifact.task.iterdir()}


def test_every_module_is_compiled_for_good(artifact: Artifact) -> None:
    modules = list((artifact.task / "digits").glob("*.py"))
    assert modules
    for module in modules:
        compiled = Path(importlib.util.cache_from_source(module)).read_bytes()
        assert compiled[:4] == importlib.util.MAGIC_NUMBER
        assert compiled[4] == UNCHECKED_HASH
        assert f"/var/task/digits/{module.name}".encode() in compiled


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
