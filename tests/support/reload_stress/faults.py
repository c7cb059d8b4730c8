"""Faults of a publication, each with the log line that is expected of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from digits.reload import POINTER
from tests.support import s3
from tests.support.reload_stress.variants import bend, edit
from tests.support.s3 import S3

PREFIX = "models"


@dataclass(frozen=True)
class Place:
    """Where models are published, and the means to break it."""

    s3: S3
    bucket: Any

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket.name}/{PREFIX}"

    @property
    def looks(self) -> int:
        """How often the function has asked for the pointer."""
        return sum(path.endswith(POINTER) for path in self.s3.asked)

    def object(self, name: str) -> Any:
        return self.bucket.Object(f"{PREFIX}/{name}")

    def upload(self, folder: Path, version: str) -> None:
        """Upload a bundle as it is, without looking at it."""
        for file in folder.iterdir():
            self.object(f"versions/{version}/{file.name}").put(Body=file.read_bytes())


type Alter = Callable[[Path], object]  # a bundle, before it is uploaded
type Spoil = Callable[[Place, str], object]  # what has been uploaded of a version


def pointer(version: str) -> bytes:
    return json.dumps({"version": version, "before": []}).encode()


@dataclass(frozen=True)
class Fault:
    """How a publication is spoilt, and what the log says then."""

    says: str  # with {uri} and {version}
    alter: Alter = lambda folder: None
    spoil: Spoil = lambda place, version: None
    pointer: Callable[[str], bytes | None] = pointer
    strikes: s3.Fault | None = None  # S3 itself


def flip(place: Place, version: str, name: str) -> None:
    """Change one byte of a file."""
    stored = place.object(f"versions/{version}/{name}")
    content = bytearray(stored.get()["Body"].read())
    content[len(content) // 2] ^= 1
    stored.put(Body=bytes(content))


def delete(name: str) -> Spoil:
    return lambda place, version: place.object(f"versions/{version}/{name}").delete()


def shorten(place: Place, version: str) -> None:
    stored = place.object(f"versions/{version}/mlp.onnx")
    stored.put(Body=stored.get()["Body"].read()[:1_000_000])


def without_tree(folder: Path) -> None:
    models = json.loads((folder / "manifest.json").read_text())["models"]
    edit(folder, models={"mlp": models["mlp"]})


FAULTS = {
    "no pointer": Fault("{uri}/current.json: S3 returned 404, no such object", pointer=lambda version: None),
    "pointer is not JSON": Fault("current.json has no valid version", pointer=lambda version: b'{"version": "0123'),
    "pointer names no version": Fault(
        "current.json has no valid version", pointer=lambda version: b'{"version": "../../etc"}'
    ),
    "version that is not there": Fault(
        "{uri}/versions/0123456789ab/manifest.json: S3 returned 404",
        pointer=lambda version: b'{"version": "0123456789ab"}',
    ),
    "forbidden": Fault("S3 returned 403, access denied, or no such object", strikes=s3.answers("403 Forbidden")),
    "another region": Fault("S3 returned 301, the bucket is in another region", strikes=s3.answers("301 Moved")),
    "busy": Fault("S3 returned 503, Slow Down", strikes=s3.answers("503 Slow Down")),
    "slow": Fault("S3 timed out", strikes=s3.slow(1)),
    "byte by byte": Fault("S3 timed out", strikes=s3.drips(0.02)),
    "hangs up": Fault("no response from S3 (the response was cut off)", strikes=s3.cut_off),
    "half uploaded: a file is missing": Fault(
        "{uri}/versions/{version}/tree.onnx: S3 returned 404", spoil=delete("tree.onnx")
    ),
    "half uploaded: the manifest is missing": Fault(
        "{uri}/versions/{version}/manifest.json: S3 returned 404", spoil=delete("manifest.json")
    ),
    "half uploaded: a file is cut off": Fault("Version {version}: The model mlp cannot be loaded", spoil=shorten),
    "wrong sha256 of a model": Fault("models/mlp.onnx has the sha256", spoil=lambda p, v: flip(p, v, "mlp.onnx")),
    "wrong sha256 of an explanation": Fault(
        "Version {version}: The predictions of the model tree cannot be explained",
        spoil=lambda p, v: flip(p, v, "tree.explanation.onnx"),
    ),
    "wrong sha256 of the manifest": Fault(
        "The manifest of version {version} has the sha256", spoil=lambda p, v: flip(p, v, "manifest.json")
    ),
    "older than the app understands": Fault(
        "Version {version} has the format 0, this code reads 1", alter=lambda folder: edit(folder, format=0)
    ),
    "newer than the app understands": Fault(
        "Version {version} has the format 2, this code reads 1", alter=lambda folder: edit(folder, format=2)
    ),
    "lacks a model": Fault("Version {version} lacks the model tree", alter=without_tree),
    "reads known digits wrong": Fault(
        "Version {version}: mlp classifies the reference digits 0 to 9 as 3, 3, 3",
        alter=lambda folder: bend(folder, np.eye(10)[3] * 1000),
    ),
}
