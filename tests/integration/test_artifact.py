"""Build artifact: pinned packages and digits, compiled, and no other files."""

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.function.size import sizes
from tests.support.artifact import ARCHITECTURE, Artifact, build
from tests.support.template import ROOT

UNZIPPED, ZIPPED = 120_000_000, 41_000_000  # bytes; Lambda's limit is 250 MB
ELF_MACHINE = {"x86_64": b"\x3e\0", "arm64": b"\xb7\0"}
UNCHECKED_HASH = 0b01  # flags of a .pyc, PEP 552


def test_artifact_has_only_pinned_packages(artifact: Artifact) -> None:
    pins = dict(re.findall(r"^([\w-]+)==(\S+)", (ROOT / "functions/requirements.txt").read_text(), re.MULTILINE))
    pruned = re.findall(r"^([\w-]+)-\*\.dist-info", (ROOT / "functions/prune.txt").read_text(), re.MULTILINE)
    installed = importlib.metadata.distributions(path=[str(artifact.task)])
    assert {_plain(package.name): package.version for package in installed} == {
        _plain(name): version for name, version in pins.items() if name not in pruned
    }


def test_artifact_has_digits_unchanged(artifact: Artifact) -> None:
    assert _contents(artifact.task / "digits") == _contents(ROOT / "functions/digits")


def test_artifact_has_no_build_files(artifact: Artifact) -> None:
    assert not {"Makefile", "requirements.txt", "prune.txt", "bin", ".lock"} & {
        path.name for path in artifact.task.iterdir()
    }


def test_artifact_has_no_swagger_ui(artifact: Artifact) -> None:
    assert [path for path in artifact.task.rglob("*") if re.match(r"swagger-ui|redoc|fastapi_offline", path.name)] == []


def test_every_module_has_unchecked_bytecode(artifact: Artifact) -> None:
    modules = list((artifact.task / "digits").rglob("*.py"))
    assert artifact.task / "digits" / "routes" / "documentation.py" in modules
    for module in modules:
        compiled = Path(importlib.util.cache_from_source(module)).read_bytes()
        assert compiled[:4] == importlib.util.MAGIC_NUMBER
        assert compiled[4] == UNCHECKED_HASH
        assert f"/var/task/{module.relative_to(artifact.task)}".encode() in compiled


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_artifact_is_small_and_for_one_architecture(artifact: Artifact, tmp_path: Path, architecture: str) -> None:
    task = (artifact if architecture == ARCHITECTURE else build(tmp_path, architecture)).task
    size = sizes(task)
    assert size["unzipped"] <= UNZIPPED
    assert size["zipped"] <= ZIPPED
    machines = {path.read_bytes()[18:20] for path in task.rglob("*") if ".so" in path.suffixes}
    assert machines == {ELF_MACHINE[architecture]}


def test_build_is_reproducible(artifact: Artifact, tmp_path: Path) -> None:
    assert _contents(build(tmp_path).task, without="") == _contents(artifact.task, without="")


def mangum() -> str:
    """Return the pin of mangum with its hashes."""
    text = (ROOT / "functions" / "requirements.txt").read_text()
    found = re.search(r"^mangum==\S+ (?:\\\n +--hash=\S+ ?)+\n", text, re.MULTILINE)
    assert found
    return found[0]


def make_function(source: Path, task: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "-C", source, "build-DigitsFunction", f"ARTIFACTS_DIR={task}"],
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )


def test_unmatched_prune_line_fails_the_build(tmp_path: Path) -> None:
    source = shutil.copytree(ROOT / "functions", tmp_path / "functions")
    (source / "requirements.txt").write_text(mangum())
    (source / "prune.txt").write_text("mangum/old  # removed\n")
    made = make_function(source, tmp_path / "task")
    assert made.returncode == 2
    assert "functions/prune.txt: no file in the packages matches mangum/old\n" in made.stdout


@pytest.mark.parametrize(
    ("pin", "reason"),
    [(re.sub(r"[0-9a-f]{64}", "0" * 64, mangum()), "Hash mismatch"), ("mangum==0.22.0\n", "--require-hashes")],
    ids=["other hash", "no hash"],
)
def test_package_without_its_hash_fails_the_build(pin: str, reason: str, tmp_path: Path) -> None:
    source = shutil.copytree(ROOT / "functions", tmp_path / "functions")
    (source / "requirements.txt").write_text(pin)
    made = make_function(source, tmp_path / "task")
    assert made.returncode == 2
    assert reason in (source / "uv.log").read_text()
    assert not (tmp_path / "task" / "mangum").exists()


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _contents(folder: Path, without: str = ".pyc") -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != without)
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
