"""Packages of the built function, with their files and licenses.

`functions/prune.txt` removes the lists of installed files, so a file is assigned to a package by its top folder, as in
the development environment, which has the same versions.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import Distribution, distributions, packages_distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from command_line import CommandError

APPLICATION = "digits"  # the only folder that belongs to no package
# Classifiers of older build tools, instead of an SPDX expression.
CLASSIFIERS = {"License :: OSI Approved :: MIT License": "MIT"}
# License texts in a wheel that its metadata does not list.
TEXTS = {"onnxruntime": ("onnxruntime/LICENSE", "onnxruntime/ThirdPartyNotices.txt")}


class SupplyError(CommandError):
    """A problem with the shipped packages; the message has what to do."""


@dataclass(frozen=True)
class Package:
    """A shipped package; `files` are paths relative to `task`, without bytecode."""

    task: Path
    distribution: Distribution
    files: tuple[Path, ...]

    @cached_property
    def name(self) -> str:
        return canonicalize_name(self.distribution.metadata["Name"])

    @cached_property
    def version(self) -> str:
        return self.distribution.version

    @cached_property
    def license(self) -> str:
        """SPDX expression, or an empty string if the metadata has none."""
        metadata = self.distribution.metadata
        stated = {CLASSIFIERS[each] for each in metadata.get_all("Classifier", []) if each in CLASSIFIERS}
        return metadata.get("License-Expression") or " AND ".join(sorted(stated))

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """License texts of the wheel, as paths relative to `task`."""
        folder = next(file.parts[0] for file in self.files if file.parts[0].endswith(".dist-info"))
        named = self.distribution.metadata.get_all("License-File", [])
        return (*(f"{folder}/licenses/{name}" for name in named), *TEXTS.get(self.name, ()))

    @cached_property
    def requires(self) -> tuple[str, ...]:
        wanted = map(Requirement, self.distribution.requires or ())
        here = (each for each in wanted if not each.marker or each.marker.evaluate({"extra": ""}))
        return tuple(sorted(canonicalize_name(each.name) for each in here))

    def listed(self) -> list[dict[str, Any]]:
        """Return the CycloneDX components in the wheel (PEP 770) of other packages linked into it."""
        linked: list[dict[str, Any]] = []
        for file in self.files:
            if file.parent.name == "sboms":
                components = json.loads((self.task / file).read_text())["components"]
                linked += [each for each in components if self._links(each)]
        return linked

    def _links(self, component: Mapping[str, Any]) -> bool:
        """Return whether a component belongs to another package, is linked, and has a license.

        Optional components are not linked; the wheel's own extensions have its own purl; libraries bundled as files
        are in `licenses.LIBRARIES`.
        """
        purl = component.get("purl", "")
        is_other = purl and not purl.startswith(f"pkg:pypi/{self.name}@")
        return bool(is_other and component.get("scope", "required") == "required" and component.get("licenses"))


def packages(task: Path) -> list[Package]:
    """Return every package of a built function. Raises SupplyError without packages, or for a file of none."""
    installed = {canonicalize_name(each.metadata["Name"]): each for each in distributions(path=[str(task)])}
    if not installed:
        raise SupplyError(f"{task} has no packages. Build it: make build")
    owners = _owners(installed)
    files: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(task.rglob("*")):
        file = path.relative_to(task)
        if path.is_dir() or "__pycache__" in file.parts or file.parts[0] == APPLICATION:
            continue
        top = file.parts[0].removesuffix(".py").removesuffix(".libs")
        if top not in owners:
            raise SupplyError(f"{file} belongs to no package: add it to functions/prune.txt, or correct `_owners`.")
        files[owners[top]].append(file)
    return [Package(task, installed[name], tuple(files[name])) for name in sorted(installed)]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _owners(installed: Mapping[NormalizedName, Distribution]) -> dict[str, NormalizedName]:
    """Return the package of each top folder, by the folder's name without suffix."""
    owners: dict[str, NormalizedName] = {}
    for folder, names in packages_distributions().items():
        for name in map(canonicalize_name, names):
            if name in installed:
                owners[folder] = name
    for name, each in installed.items():
        owners[name] = name  # name.libs: bundled libraries
        owners[f"{each.metadata['Name'].replace('-', '_')}-{each.version}.dist-info"] = name
    return owners
