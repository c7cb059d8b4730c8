"""Software bill of materials (CycloneDX 1.6) of the built function: packages, libraries, files, models, MNIST.

The document has no time, and its serial number is derived from the content, so it is reproducible.
Format: https://cyclonedx.org/docs/1.6/json/
"""

import json
import tomllib
import uuid
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from packageurl import PackageURL

from supply import licenses
from supply.shipped import APPLICATION, Package, SupplyError, packages, sha256

ROOT = Path(__file__).parents[1]
MODELS = Path(APPLICATION, "models")
# MNIST itself does not ship, only models trained on it.
MNIST = {
    "bom-ref": "mnist",
    "type": "data",
    "name": "MNIST",
    "description": "70,000 images of handwritten digits: the models' training and test data",
    "authors": [{"name": name} for name in ("Yann LeCun", "Corinna Cortes", "Christopher J. C. Burges")],
    "licenses": [{"license": {"id": "CC-BY-SA-3.0"}}],
    "scope": "excluded",
    "data": [{"type": "dataset", "name": "MNIST", "description": "training/data of the repository; not shipped"}],
}

type Document = dict[str, Any]


def document(task: Path) -> Document:
    """Return the document of a built function. Raises SupplyError."""
    shipped = packages(task)
    models = _models(task)
    application = _application()
    refs = {each.name: _purl(each) for each in shipped}
    described = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": application, "lifecycles": [{"phase": "post-build"}]},
        "components": [*map(_package, shipped), *models, MNIST],
        "dependencies": [
            {
                "ref": application["bom-ref"],
                "dependsOn": sorted([*refs.values(), *(each["bom-ref"] for each in models)]),
            },
            *(
                {"ref": refs[each.name], "dependsOn": [refs[name] for name in each.requires if name in refs]}
                for each in shipped
            ),
            *({"ref": each["bom-ref"], "dependsOn": [MNIST["bom-ref"]]} for each in models),
        ],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(described))  # GitHub's attestation of an SBOM requires one
    return {**described, "serialNumber": serial.urn}


def write(described: Document, path: Path) -> None:
    """Write the document. Raises SupplyError if it does not match CycloneDX's schema."""
    from cyclonedx.validation.json import JsonStrictValidator  # takes seconds to import

    text = json.dumps(described, indent=1) + "\n"
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise SupplyError(f"{path} is not written: it violates CycloneDX's schema ({str(error).splitlines()[0]}).")
    path.write_text(text)


def _application() -> Document:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {
        "bom-ref": APPLICATION,
        "type": "application",
        "name": project["name"],
        "version": project["version"],
        "description": project["description"],
        "licenses": [{"license": {"id": project["license"]}}],
    }


def _package(package: Package) -> Document:
    return {
        "bom-ref": _purl(package),
        "type": "library",
        "name": package.name,
        "version": package.version,
        "licenses": _licenses(package.license),
        "purl": _purl(package),
        "components": [
            *({**_file(package.task, file), **_license_of(file)} for file in package.files),
            *(_linked(package, each) for each in package.listed()),
        ],
    }


def _file(task: Path, file: Path) -> Document:
    return {"type": "file", "name": str(file), "hashes": [{"alg": "SHA-256", "content": sha256(task / file)}]}


def _license_of(file: Path) -> Document:
    return {"licenses": _licenses(licenses.library(file.name))} if file.parts[0].endswith(".libs") else {}


def _linked(package: Package, listed: Document) -> Document:
    """Return the entry of a package that is linked into a wheel."""
    fields: Document = {name: listed[name] for name in ("type", "name", "version", "purl", "hashes") if name in listed}
    return {"bom-ref": f"{_purl(package)}#{listed['purl']}", **fields, "licenses": listed["licenses"]}


def _models(task: Path) -> list[Document]:
    entries = json.loads((task / MODELS / "manifest.json").read_text())["models"]
    return [_model(task, entry) for entry in entries.values()]


def _model(task: Path, entry: Document) -> Document:
    if sha256(task / MODELS / entry["file"]) != entry["sha256"]:
        raise SupplyError(f"{MODELS / entry['file']} does not match the manifest. Restore it: git checkout functions")
    return {
        "bom-ref": f"model:{entry['name']}",
        "type": "machine-learning-model",
        "name": entry["name"],
        "version": entry["version"],
        "description": f"{entry['title']}, recipe {entry['recipe']['name']}",
        "hashes": [{"alg": "SHA-256", "content": entry["sha256"]}],
        "licenses": [{"license": {"id": "MIT"}}],
        "modelCard": {
            "modelParameters": {
                "approach": {"type": "supervised"},
                "task": "classification",
                "modelArchitecture": entry["title"],
                "datasets": [{"ref": MNIST["bom-ref"]}],
                "inputs": [{"format": f"{entry['input']['dtype']} {entry['input']['shape']}"}],
                "outputs": [{"format": f"{entry['output']['dtype']} {entry['output']['shape']}"}],
            },
            "quantitativeAnalysis": {
                "performanceMetrics": [
                    {"type": name, "value": str(entry["metrics"][name])} for name in ("accuracy", "f1", "ece")
                ]
            },
        },
        "components": [_file(task, MODELS / name) for name in (entry["file"], entry["explanation"]["file"])],
    }


def _licenses(expression: str) -> list[Document]:
    return [{"expression": expression}] if expression else []


def _purl(package: Package) -> str:
    return PackageURL("pypi", None, package.name, package.version).to_string()
