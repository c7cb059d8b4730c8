"""What ships is listed whole, under licences that may ship, and a vulnerability does not hide behind a mirror."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from supply import __main__ as command
from supply import audit, licenses, sbom
from supply.audit import UnreachableError
from supply.shipped import SupplyError, packages
from tests.support.artifact import Artifact
from tests.support.template import ROOT

MODELS = ROOT / "functions" / "digits" / "models"
MANIFEST = json.loads((MODELS / "manifest.json").read_text())["models"]

type Ship = Callable[..., Path]
type Answer = dict[str, Any]  # of pip-audit, for one package


@pytest.fixture
def ship(tmp_path: Path) -> Ship:
    """Make a built function of the models and one package: idna, which this environment has, too."""

    def make(metadata: str = "License-Expression: MIT\nLicense-File: LICENSE", **files: str) -> Path:
        task = tmp_path / "build" / "DigitsFunction"
        shutil.copytree(MODELS, task / "digits" / "models", dirs_exist_ok=True)
        info = task / "idna-1.0.dist-info"
        (info / "licenses").mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: idna\nVersion: 1.0\n{metadata}\n")
        (info / "licenses" / "LICENSE").write_text("Do what you like.")
        for name, content in {"idna/__init__.py": "", **files}.items():
            (task / name).parent.mkdir(parents=True, exist_ok=True)
            (task / name).write_text(content)
        return task

    return make


def found(task: Path) -> list[str]:
    return [line for package in packages(task) for line in licenses.problems(package)]


def test_what_ships_may_ship(artifact: Artifact) -> None:
    assert found(artifact.task) == []


def test_the_document_lists_every_file_that_ships(artifact: Artifact) -> None:
    components = sbom.document(artifact.task)["components"]
    listed = {
        file["name"]: file for each in components for file in each.get("components", ()) if file["type"] == "file"
    }
    there = {
        str(path.relative_to(artifact.task)): path
        for path in artifact.task.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    own = {name for name in there if name.startswith("digits/") and not name.endswith(".onnx")}
    assert listed.keys() == there.keys() - own
    for name, file in listed.items():
        assert file["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(there[name].read_bytes()).hexdigest()}]


def test_the_packages_are_the_pins_that_are_not_pruned(artifact: Artifact) -> None:
    lines = (ROOT / "functions" / "requirements.txt").read_text().splitlines()
    pins = {line for line in lines if "==" in line}
    shipped = {f"{each.name}=={each.version}" for each in packages(artifact.task)}
    assert shipped <= pins
    assert {pin.split("==")[0] for pin in pins - shipped} == {"flatbuffers", "idna", "packaging", "protobuf"}


def test_two_documents_of_one_build_are_equal(artifact: Artifact, tmp_path: Path) -> None:
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path in paths:
        sbom.write(sbom.document(artifact.task), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert not {"serialNumber", "timestamp"} & set(json.loads(paths[0].read_text())["metadata"])


def test_a_package_has_version_licence_purl_and_dependencies(artifact: Artifact) -> None:
    described = sbom.document(artifact.task)
    (starlette,) = (each for each in described["components"] if each["name"] == "starlette")
    assert starlette["purl"] == f"pkg:pypi/starlette@{starlette['version']}"
    assert starlette["licenses"] == [{"expression": "BSD-3-Clause"}]
    needed = {each["ref"]: each["dependsOn"] for each in described["dependencies"]}
    assert any(ref.startswith("pkg:pypi/anyio@") for ref in needed[starlette["purl"]])
    assert starlette["purl"] in needed["digits"]


def test_the_models_are_those_of_the_manifest_and_learnt_mnist(ship: Ship) -> None:
    described = sbom.document(ship())
    models = {each["name"]: each for each in described["components"] if each["type"] == "machine-learning-model"}
    assert {name: each["hashes"][0]["content"] for name, each in models.items()} == {
        name: entry["sha256"] for name, entry in MANIFEST.items()
    }
    for each in models.values():
        assert each["modelCard"]["modelParameters"]["datasets"] == [{"ref": "mnist"}]
    (mnist,) = (each for each in described["components"] if each["bom-ref"] == "mnist")
    assert mnist["licenses"] == [{"license": {"id": "CC-BY-SA-3.0"}}]
    assert mnist["scope"] == "excluded"


def test_another_model_than_the_manifests_is_refused(ship: Ship) -> None:
    task = ship()
    (task / "digits" / "models" / "tree.onnx").write_bytes(b"another")
    with pytest.raises(SupplyError, match=r"tree\.onnx is not the file of the manifest"):
        sbom.document(task)


def test_what_the_schema_refuses_is_not_written(ship: Ship, tmp_path: Path) -> None:
    described = sbom.document(ship())
    described["components"][0]["type"] = "tool"
    with pytest.raises(SupplyError, match="schema refuses it"):
        sbom.write(described, tmp_path / "sbom.json")
    assert not (tmp_path / "sbom.json").exists()


def test_a_file_that_is_no_packages_is_refused(ship: Ship) -> None:
    with pytest.raises(SupplyError, match=r"^stray/x\.so ships, and is no package's"):
        packages(ship(**{"stray/x.so": ""}))


def test_nothing_built_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SupplyError, match="Build it: make build"):
        packages(tmp_path)


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ("License-Expression: AGPL-3.0-only", "idna 1.0 is under AGPL-3.0-only: not in supply.licenses.ALLOWED."),
        ("License: see the file", "idna 1.0 is under no licence that its metadata names: not in"),
        ("License-Expression: MIT AND GPL-2.0-only", "idna 1.0 is under MIT AND GPL-2.0-only: not in"),
        ("License-Expression: My-Own", "idna 1.0 is under My-Own: not in"),
        (
            "License-Expression: MIT\nLicense-File: NOTICE",
            "idna-1.0.dist-info/licenses/NOTICE is missing, the licence of",
        ),
    ],
)
def test_a_package_that_may_not_ship_is_one_line(ship: Ship, metadata: str, said: str) -> None:
    (line,) = found(ship(metadata))
    assert line.startswith(said)


def test_a_choice_of_licences_is_ours() -> None:
    assert licenses.allowed("MIT OR GPL-2.0-only")
    assert licenses.allowed("(MIT OR GPL-2.0-only) AND Zlib")
    assert not licenses.allowed("GPL-3.0-or-later")
    assert licenses.allowed("GPL-3.0-or-later WITH GCC-exception-3.1")


def test_a_library_that_nobody_has_looked_at_is_one_line(ship: Ship) -> None:
    (line,) = found(ship(**{"idna.libs/libnew-1.so": "", "idna.libs/libjpeg-2.so": ""}))
    assert line.startswith("idna.libs/libnew-1.so of idna 1.0 is under no licence in supply.licenses.LIBRARIES")


def test_what_a_wheel_links_is_looked_at(ship: Ship) -> None:
    crate = {"type": "library", "name": "crate", "version": "1", "purl": "pkg:cargo/crate@1"}
    components = [
        {**crate, "licenses": [{"expression": "MIT OR GPL-2.0-only"}]},
        {**crate, "name": "viral", "purl": "pkg:cargo/viral@1", "licenses": [{"license": {"id": "GPL-2.0-only"}}]},
        {**crate, "name": "absent", "scope": "optional", "licenses": [{"license": {"id": "GPL-2.0-only"}}]},
    ]
    task = ship(**{"idna-1.0.dist-info/sboms/a.cdx.json": json.dumps({"components": components})})
    assert found(task) == ["viral, which idna 1.0 links, is under (GPL-2.0-only): not in supply.licenses.ALLOWED."]


def test_the_command_writes_nothing_where_something_may_not_ship(ship: Ship, monkeypatch: pytest.MonkeyPatch) -> None:
    build = ship("License-Expression: AGPL-3.0-only").parent
    monkeypatch.setattr(sys, "argv", ["supply", "sbom", str(build)])
    with pytest.raises(SystemExit, match="AGPL"):
        command.main()
    assert not (build / "sbom.cdx.json").exists()


def answered(monkeypatch: pytest.MonkeyPatch, dependencies: list[Answer] | None) -> None:
    """Let pip-audit answer with these dependencies, or fail."""
    said = "" if dependencies is None else json.dumps({"dependencies": dependencies, "fixes": []})

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, said, "Traceback\nConnectionError: no such host\n")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(sys, "argv", ["supply", "audit"])


GOOD: Answer = {"name": "good", "version": "1", "vulns": []}
BAD: Answer = {"name": "bad", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["1.1", "2.0"]}]}
WORSE: Answer = {"name": "worse", "version": "1", "vulns": [{"id": "CVE-2", "fix_versions": []}]}
UNKNOWN: Answer = {"name": "unknown", "skip_reason": "not found"}


def test_a_vulnerability_fails_with_what_to_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    answered(monkeypatch, [GOOD, BAD, WORSE])
    with pytest.raises(SystemExit) as stopped:
        command.main()
    assert str(stopped.value).splitlines() == [
        "bad 1 has CVE-1: raise it to 1.1 or 2.0",
        "worse 1 has CVE-2: no version is without it yet",
    ]


def test_one_package_that_nobody_knows_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    answered(monkeypatch, [GOOD, UNKNOWN])
    with pytest.raises(SystemExit, match="unknown is not known to PyPI"):
        command.main()


def test_no_vulnerability_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answered(monkeypatch, [GOOD])
    command.main()
    assert "functions/requirements.txt: no vulnerability is known in 1 packages." in capsys.readouterr().err


@pytest.mark.parametrize("dependencies", [None, [UNKNOWN, UNKNOWN]])
def test_no_source_is_skipped_with_the_reason(
    dependencies: list[Answer] | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answered(monkeypatch, dependencies)
    with pytest.raises(UnreachableError):
        audit.audit(Path("requirements.txt"))
    command.main()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("The audit of functions/requirements.txt is skipped: ")


def test_every_pin_is_asked_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, json.dumps({"dependencies": [GOOD]}), "")

    monkeypatch.setattr(subprocess, "run", run)
    audit.audit(tmp_path / "pins.txt")
    assert ["-m", "pip_audit", "--requirement", str(tmp_path / "pins.txt"), "--no-deps"] == asked[0][1:6]
