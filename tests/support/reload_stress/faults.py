"""Faults of a publication, each with its expected log line."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from digits.reload import POINTER
from tests.support import s3
from tests.support.reload_stress.variants import edit, shift_scores
from tests.support.s3 import S3

PREFIX = "models"


@dataclass(frozen=True)
class Location:
    """S3 location of published models."""

    s3: S3
    bucket: Any

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket.name}/{PREFIX}"

    @property
    def pointer_requests(self) -> int:
        """Number of the function's requests for the pointer."""
        return sum(path.endswith(POINTER) for path in self.s3.requests)

    def object(self, name: str) -> Any:
        return self.bucket.Object(f"{PREFIX}/{name}")

    def upload(self, folder: Path, version: str) -> None:
        """Upload a bundle without validation."""
        for file in folder.iterdir():
            self.object(f"versions/{version}/{file.name}").put(Body=file.read_bytes())


type Alter = Callable[[Path], object]  # the bundle before its upload
type Damage = Callable[[Location, str], object]  # the uploaded objects of a version


def pointer(version: str) -> bytes:
    return json.dumps({"version": version, "before": []}).encode()


@dataclass(frozen=True)
class Fault:
    """Damage to a publication, and the expected log line."""

    message: str  # with {uri} and {version}
    alter: Alter = lambda folder: None
    damage: Damage = lambda location, version: None
    pointer: Callable[[str], bytes | None] = pointer
    s3_fault: s3.Fault | None = None


def flip_bit(location: Location, version: str, name: str) -> None:
    """Change one bit in the middle of an object."""
    stored = location.object(f"versions/{version}/{name}")
    content = bytearray(stored.get()["Body"].read())
    content[len(content) // 2] ^= 1
    stored.put(Body=bytes(content))


def delete(name: str) -> Damage:
    return lambda location, version: location.object(f"versions/{version}/{name}").delete()


def cut_off(location: Location, version: str) -> None:
    stored = location.object(f"versions/{version}/mlp.onnx")
    content = stored.get()["Body"].read()
    stored.put(Body=content[: len(content) // 2])


def without_tree(folder: Path) -> None:
    models = json.loads((folder / "manifest.json").read_text())["models"]
    edit(folder, models={"mlp": models["mlp"]})


FAULTS = {
    "no pointer": Fault("{uri}/current.json: S3 returned 404, no such object", pointer=lambda version: None),
    "pointer is not JSON": Fault("current.json has no valid version", pointer=lambda version: b'{"version": "0123'),
    "pointer names no version": Fault(
        "current.json has no valid version", pointer=lambda version: b'{"version": "../../etc"}'
    ),
    "missing version": Fault(
        "{uri}/versions/0123456789ab/manifest.json: S3 returned 404",
        pointer=lambda version: b'{"version": "0123456789ab"}',
    ),
    "forbidden": Fault("S3 returned 403, access denied, or no such object", s3_fault=s3.error_status("403 Forbidden")),
    "another region": Fault("S3 returned 301, the bucket is in another region", s3_fault=s3.error_status("301 Moved")),
    "busy": Fault("S3 returned 503, Slow Down", s3_fault=s3.error_status("503 Slow Down")),
    "slow": Fault("S3 timed out", s3_fault=s3.slow(1)),
    "byte by byte": Fault("S3 timed out", s3_fault=s3.drips(0.02)),
    "connection closed": Fault("no response from S3 (the response was cut off)", s3_fault=s3.cut_off),
    "half uploaded: a file is missing": Fault(
        "{uri}/versions/{version}/tree.onnx: S3 returned 404", damage=delete("tree.onnx")
    ),
    "half uploaded: the manifest is missing": Fault(
        "{uri}/versions/{version}/manifest.json: S3 returned 404", damage=delete("manifest.json")
    ),
    "half uploaded: a file is cut off": Fault("Version {version}: The model mlp cannot be loaded", damage=cut_off),
    "wrong sha256 of a model": Fault("models/mlp.onnx has the sha256", damage=lambda p, v: flip_bit(p, v, "mlp.onnx")),
    "wrong sha256 of an explanation": Fault(
        "Version {version}: The predictions of the model tree cannot be explained",
        damage=lambda p, v: flip_bit(p, v, "tree.explanation.onnx"),
    ),
    "wrong sha256 of the manifest": Fault(
        "The manifest of version {version} has the sha256", damage=lambda p, v: flip_bit(p, v, "manifest.json")
    ),
    "older format": Fault(
        "Version {version} has the format 0, this code reads 1", alter=lambda folder: edit(folder, format=0)
    ),
    "newer format": Fault(
        "Version {version} has the format 2, this code reads 1", alter=lambda folder: edit(folder, format=2)
    ),
    "missing model": Fault("Version {version} lacks the model tree", alter=without_tree),
    "wrong predictions of reference digits": Fault(
        "Version {version}: mlp classifies the reference digits 0 to 9 as 3, 3, 3",
        alter=lambda folder: shift_scores(folder, np.eye(10)[3] * 1000),
    ),
}
