"""SBOM, license check and vulnerability audit of the built function."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command_line import CommandError
from supply import audit, licenses, sbom
from supply import command as command
from supply.audit import UnreachableError
from supply.shipped import SupplyError, packages
from tests.support.artifact import Artifact
from tests.support.template import ROOT

MODELS = ROOT / "functions" / "digits" / "models"
MANIFEST = json.loads((MODELS / "manifest.json").read_text())["models"]

type BuildFunction = Callable[..., Path]
type Dependency = dict[str, Any]  # in pip-audit's output


@pytest.fixture
def build(tmp_path: Path) -> BuildFunction:
    """Return a function that builds a sample of the models and one package: idna, which is also in .venv."""

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


def license_problems(task: Path) -> list[str]:
    return [line for package in packages(task) for line in licenses.problems(package)]


def test_licenses_of_built_function_are_allowed(artifact: Artifact) -> None:
    assert license_problems(artifact.task) == []


def test_sbom_lists_every_shipped_file(artifact: Artifact) -> None:
    components = sbom.document(artifact.task)["components"]
    listed = {
        file["name"]: file for each in components for file in each.get("components", ()) if file["type"] == "file"
    }
    shipped = {
        str(path.relative_to(artifact.task)): path
        for path in artifact.task.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    own = {name for name in shipped if name.startswith("digits/") and not name.endswith(".onnx")}
    assert listed.keys() == shipped.keys() - own
    for name, file in listed.items():
        assert file["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(shipped[name].read_bytes()).hexdigest()}]


def test_shipped_packages_are_pinned(artifact: Artifact) -> None:
    lines = (ROOT / "functions" / "requirements.txt").read_text().splitlines()
    pins = {line.split()[0] for line in lines if "==" in line}
    shipped = {f"{each.name}=={each.version}" for each in packages(artifact.task)}
    assert shipped <= pins
    assert {pin.split("==")[0] for pin in pins - shipped} == {"flatbuffers", "idna", "packaging", "protobuf"}


def test_two_documents_of_one_build_are_equal(artifact: Artifact, tmp_path: Path) -> None:
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path in paths:
        sbom.write(sbom.document(artifact.task), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    written = json.loads(paths[0].read_text())
    assert "timestamp" not in written["metadata"]
    assert written["serialNumber"].startswith("urn:uuid:")  # required by actions/attest


def test_package_has_version_license_purl_and_dependencies(artifact: Artifact) -> None:
    described = sbom.document(artifact.task)
    (starlette,) = (each for each in described["components"] if each["name"] == "starlette")
    assert starlette["purl"] == f"pkg:pypi/starlette@{starlette['version']}"
    assert starlette["licenses"] == [{"expression": "BSD-3-Clause"}]
    needed = {each["ref"]: each["dependsOn"] for each in described["dependencies"]}
    assert any(ref.startswith("pkg:pypi/anyio@") for ref in needed[starlette["purl"]])
    assert starlette["purl"] in needed["digits"]


def test_sbom_has_models_of_manifest_trained_on_mnist(build: BuildFunction) -> None:
    described = sbom.document(build())
    models = {each["name"]: each for each in described["components"] if each["type"] == "machine-learning-model"}
    assert {name: each["hashes"][0]["content"] for name, each in models.items()} == {
        name: entry["sha256"] for name, entry in MANIFEST.items()
    }
    for each in models.values():
        assert each["modelCard"]["modelParameters"]["datasets"] == [{"ref": "mnist"}]
    (mnist,) = (each for each in described["components"] if each["bom-ref"] == "mnist")
    assert mnist["licenses"] == [{"license": {"id": "CC-BY-SA-3.0"}}]
    assert mnist["scope"] == "excluded"


def test_model_not_matching_manifest_raises_supply_error(build: BuildFunction) -> None:
    task = build()
    (task / "digits" / "models" / "tree.onnx").write_bytes(b"another")
    with pytest.raises(SupplyError, match=r"tree\.onnx does not match the manifest"):
        sbom.document(task)


def test_invalid_sbom_is_not_written(build: BuildFunction, tmp_path: Path) -> None:
    described = sbom.document(build())
    described["components"][0]["type"] = "tool"
    with pytest.raises(SupplyError, match="violates CycloneDX's schema"):
        sbom.write(described, tmp_path / "sbom.json")
    assert not (tmp_path / "sbom.json").exists()


def test_file_without_package_raises_supply_error(build: BuildFunction) -> None:
    with pytest.raises(SupplyError, match=r"^stray/x\.so belongs to no package"):
        packages(build(**{"stray/x.so": ""}))


def test_missing_build_raises_supply_error(tmp_path: Path) -> None:
    with pytest.raises(SupplyError, match="Build it: make build"):
        packages(tmp_path)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ("License-Expression: AGPL-3.0-only", "idna 1.0 is under AGPL-3.0-only: not in supply.licenses.ALLOWED."),
        ("License: see the file", "idna 1.0 is under no license in its metadata: not in"),
        ("License-Expression: MIT AND GPL-2.0-only", "idna 1.0 is under MIT AND GPL-2.0-only: not in"),
        ("License-Expression: My-Own", "idna 1.0 is under My-Own: not in"),
        (
            "License-Expression: MIT\nLicense-File: NOTICE",
            "idna-1.0.dist-info/licenses/NOTICE is missing, but required by the",
        ),
    ],
)
def test_disallowed_license_is_reported_in_one_line(build: BuildFunction, metadata: str, message: str) -> None:
    (line,) = license_problems(build(metadata))
    assert line.startswith(message)


def test_one_allowed_alternative_is_enough() -> None:
    assert licenses.allowed("MIT OR GPL-2.0-only")
    assert licenses.allowed("(MIT OR GPL-2.0-only) AND Zlib")
    assert not licenses.allowed("GPL-3.0-or-later")
    assert licenses.allowed("GPL-3.0-or-later WITH GCC-exception-3.1")


def test_unknown_bundled_library_is_reported(build: BuildFunction) -> None:
    (line,) = license_problems(build(**{"idna.libs/libnew-1.so": "", "idna.libs/libjpeg-2.so": ""}))
    assert line.startswith("idna.libs/libnew-1.so of idna 1.0 is under no license in supply.licenses.LIBRARIES")


def test_license_of_linked_package_is_checked(build: BuildFunction) -> None:
    crate = {"type": "library", "name": "crate", "version": "1", "purl": "pkg:cargo/crate@1"}
    components = [
        {**crate, "licenses": [{"expression": "MIT OR GPL-2.0-only"}]},
        {**crate, "name": "viral", "purl": "pkg:cargo/viral@1", "licenses": [{"license": {"id": "GPL-2.0-only"}}]},
        {**crate, "name": "absent", "scope": "optional", "licenses": [{"license": {"id": "GPL-2.0-only"}}]},
    ]
    task = build(**{"idna-1.0.dist-info/sboms/a.cdx.json": json.dumps({"components": components})})
    assert license_problems(task) == [
        "viral, which idna 1.0 links, is under (GPL-2.0-only): not in supply.licenses.ALLOWED."
    ]


def test_sbom_is_not_written_with_disallowed_license(build: BuildFunction, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = build("License-Expression: AGPL-3.0-only").parent
    monkeypatch.setattr(sys, "argv", ["supply", "sbom", str(folder)])
    with pytest.raises(CommandError, match="AGPL"):
        command.main()
    assert not (folder / "sbom.cdx.json").exists()


def simulate_pip_audit(monkeypatch: pytest.MonkeyPatch, dependencies: list[Dependency] | None) -> None:
    """Let pip-audit report these dependencies, or fail (None)."""
    output = "" if dependencies is None else json.dumps({"dependencies": dependencies, "fixes": []})

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, output, "Traceback\nConnectionError: no such host\n")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(sys, "argv", ["supply", "audit"])


GOOD: Dependency = {"name": "good", "version": "1", "vulns": []}
BAD: Dependency = {"name": "bad", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["1.1", "2.0"]}]}
WORSE: Dependency = {"name": "worse", "version": "1", "vulns": [{"id": "CVE-2", "fix_versions": []}]}
UNKNOWN: Dependency = {"name": "unknown", "skip_reason": "not found"}


def test_vulnerability_fails_with_fixed_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    simulate_pip_audit(monkeypatch, [GOOD, BAD, WORSE])
    with pytest.raises(CommandError) as stopped:
        command.main()
    assert str(stopped.value).splitlines() == [
        "bad 1 has CVE-1: upgrade to 1.1 or 2.0",
        "worse 1 has CVE-2: no fixed version yet",
    ]


def test_unknown_package_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    simulate_pip_audit(monkeypatch, [GOOD, UNKNOWN])
    with pytest.raises(CommandError, match="unknown is not known to PyPI"):
        command.main()


def test_no_vulnerability_is_reported(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    simulate_pip_audit(monkeypatch, [GOOD])
    command.main()
    assert "functions/requirements.txt: no known vulnerability in 1 packages." in capsys.readouterr().err


@pytest.mark.parametrize("dependencies", [None, [UNKNOWN, UNKNOWN]])
def test_unreachable_source_skips_audit_with_reason(
    dependencies: list[Dependency] | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    simulate_pip_audit(monkeypatch, dependencies)
    with pytest.raises(UnreachableError):
        audit.audit(Path("requirements.txt"))
    command.main()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("The audit of functions/requirements.txt is skipped: ")


def test_audit_passes_every_pin_to_pip_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0, json.dumps({"dependencies": [GOOD]}), "")

    monkeypatch.setattr(subprocess, "run", run)
    (tmp_path / "pins.txt").write_text("numpy==2.0.0\n")
    audit.audit(tmp_path / "pins.txt")
    assert ["-m", "pip_audit", "--requirement", str(tmp_path / "pins.txt"), "--no-deps"] == commands[0][1:6]
