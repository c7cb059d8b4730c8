"""A proven bundle comes in and becomes a version of the artifact `digits-bundle`; a version that is asked for goes out.

The registry is Weights & Biases: its server, or, without an account, the folder of the run that recorded the artifact.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from digits.manifest import Entry
from export.registry import offline_run
from export.registry.offline_run import OfflineError
from export.verify import FILES
from training.tracking import upload, wandb_run
from training.tracking.upload import UnreachableError
from training.tracking.wandb_run import BUNDLE

VERSION = re.compile(r"(?:([\w.-]+/)?[\w.-]+/[\w.-]+:)?[\w.-]+")
SCALARS = ("accuracy", "precision", "recall", "f1", "ece")


class RegistryError(Exception):
    """A bundle cannot be had from the registry; the message says what to do."""


def metadata(entries: Mapping[str, Entry]) -> dict[str, Any]:
    """What a version is listed with: the figures, recipe and sha256 of each model."""
    return {
        kind: {
            **{name: entry["metrics"][name] for name in SCALARS if name in entry["metrics"]},
            "recipe": entry["recipe"]["name"],
            "sha256": entry["sha256"],
            "bytes": entry["bytes"],
        }
        for kind, entry in entries.items()
    }


def group(entries: Mapping[str, Entry], artifacts: Path) -> str | None:
    """The group of the runs that trained these very models, where the artifacts tell."""
    for kind, entry in entries.items():
        name = f"{kind}-{entry['recipe']['name']}"
        exported, report = artifacts / f"{name}.onnx", artifacts / f"{name}.json"
        if not exported.is_file() or hashlib.sha256(exported.read_bytes()).hexdigest() != entry["sha256"]:
            continue
        if report.is_file() and (found := json.loads(report.read_text()).get("group")):
            return str(found)
    return None


def download(version: str, folder: Path) -> None:
    """Fetch a version from W&B's server: `latest`, `v3`, an alias, or ENTITY/PROJECT/NAME:VERSION.

    Raises RegistryError.
    """
    if not VERSION.fullmatch(version):
        raise RegistryError(f"{version!r} is no version. Give latest, v3, an alias, or ENTITY/PROJECT/{BUNDLE}:v3.")
    if not upload.account():
        raise RegistryError(
            "The registry is on W&B's server, and there is no account here: set WANDB_API_KEY or run 'wandb login'. "
            "Or take what an offline run has recorded: python -m export pull --run wandb/offline-run-..."
        )
    name = version if ":" in version else f"{wandb_run.PROJECT}/{BUNDLE}:{version}"
    try:
        artifact = _api().artifact(name, type="model")
        artifact.download(root=str(folder), skip_cache=True)
        artifact.verify(root=str(folder))
    except UnreachableError as error:
        raise RegistryError(str(error)) from None
    except Exception as error:  # W&B raises its own errors, ValueError, and those of its HTTP client
        raise RegistryError(f"W&B did not give {name}: {' '.join(str(error).split()).rstrip('.')}.") from error


def restore(run: Path, folder: Path) -> None:
    """Take the bundle that an offline run has recorded, each file as its digest there says. Raises RegistryError."""
    try:
        recorded = offline_run.read(run)
    except OfflineError as error:
        raise RegistryError(str(error)) from None
    if BUNDLE not in recorded.artifacts:
        raise RegistryError(f"{run} has recorded no {BUNDLE}. 'python -m export publish' says which run has.")
    files = recorded.artifacts[BUNDLE].files
    if files.keys() != FILES:
        raise RegistryError(f"{run} has recorded {', '.join(sorted(files))} instead of {', '.join(sorted(FILES))}.")
    for name, stored in files.items():
        try:
            content = stored.path.read_bytes()
        except OSError as error:
            raise RegistryError(
                f"{stored.path}, where {run} keeps {name}, cannot be read ({error.strerror}). If the run has been "
                "uploaded, pull its version from W&B."
            ) from None
        if base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode() != stored.digest:
            raise RegistryError(f"{name} in {run} is not what was published: another digest. Publish it anew.")
        (folder / name).write_bytes(content)


def _api() -> Any:
    """W&B's client: the one door to its server."""
    wandb_run.prepare()
    upload.reach()
    import wandb

    return wandb.Api(timeout=30)
