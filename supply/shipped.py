"""The folder that Lambda unpacks comes in; its packages, with the files and the licence of each, go out.

`functions/prune.txt` drops the lists of installed files, so a file is known by the name of its first folder, as the
developer's environment, which has the same versions, knows it.
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

APPLICATION = "digits"  # the one folder that is no package's
# What the metadata of older build tools says instead of an SPDX expression.
CLASSIFIERS = {"License :: OSI Approved :: MIT License": "MIT"}
# Licence texts that a wheel has but does not name in its metadata.
TEXTS = {"onnxruntime": ("onnxruntime/LICENSE", "onnxruntime/ThirdPartyNotices.txt")}


class SupplyError(Exception):
    """What ships is not as it should be; the message says what to do."""


@dataclass(frozen=True)
class Package:
    """A package as it ships: `files` are paths relative to `task`, without the bytecode that the build makes."""

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
    def licence(self) -> str:
        """The SPDX expression, or an empty string where the metadata has none."""
        metadata = self.distribution.metadata
        stated = {CLASSIFIERS[each] for each in metadata.get_all("Classifier", []) if each in CLASSIFIERS}
        return metadata.get("License-Expression") or " AND ".join(sorted(stated))

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The licence texts that the wheel came with, as paths relative to the folder."""
        folder = next(file.parts[0] for file in self.files if file.parts[0].endswith(".dist-info"))
        named = self.distribution.metadata.get_all("License-File", [])
        return (*(f"{folder}/licenses/{name}" for name in named), *TEXTS.get(self.name, ()))

    @cached_property
    def requires(self) -> tuple[str, ...]:
        wanted = map(Requirement, self.distribution.requires or ())
        here = (each for each in wanted if not each.marker or each.marker.evaluate({"extra": ""}))
        return tuple(sorted(canonicalize_name(each.name) for each in here))

    def listed(self) -> list[dict[str, Any]]:
        """The CycloneDX components that the wheel itself lists (PEP 770): those of other packages, linked in."""
        found: list[dict[str, Any]] = []
        for file in self.files:
            if file.parent.name == "sboms":
                components = json.loads((self.task / file).read_text())["components"]
                found += [each for each in components if self._links(each)]
        return found

    def _links(self, component: Mapping[str, Any]) -> bool:
        """Whether a listed component is another package's, and what it may be under is known.

        Optional ones are what a wheel could have been linked with; its own extensions have its own purl; and the
        libraries that come as files are in `licences.LIBRARIES`.
        """
        purl = component.get("purl", "")
        foreign = purl and not purl.startswith(f"pkg:pypi/{self.name}@")
        return bool(foreign and component.get("scope", "required") == "required" and component.get("licenses"))


def packages(task: Path) -> list[Package]:
    """Every package of a built function. Raises SupplyError where there is none, or a file is no package's."""
    found = {canonicalize_name(each.metadata["Name"]): each for each in distributions(path=[str(task)])}
    if not found:
        raise SupplyError(f"{task} has no package in it. Build it: make build")
    owners = _owners(found)
    files: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(task.rglob("*")):
        file = path.relative_to(task)
        if path.is_dir() or "__pycache__" in file.parts or file.parts[0] == APPLICATION:
            continue
        top = file.parts[0].removesuffix(".py").removesuffix(".libs")
        if top not in owners:
            raise SupplyError(f"{file} ships, and is no package's: name it in functions/prune.txt, or say whose it is.")
        files[owners[top]].append(file)
    return [Package(task, found[name], tuple(files[name])) for name in sorted(found)]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _owners(found: Mapping[NormalizedName, Distribution]) -> dict[str, NormalizedName]:
    """The package of each first folder, by the name that the folder has without suffix."""
    owners: dict[str, NormalizedName] = {}
    for folder, names in packages_distributions().items():
        for name in map(canonicalize_name, names):
            if name in found:
                owners[folder] = name
    for name, each in found.items():
        owners[name] = name  # name.libs, where the wheel keeps the libraries that it was linked with
        owners[f"{each.metadata['Name'].replace('-', '_')}-{each.version}.dist-info"] = name
    return owners
