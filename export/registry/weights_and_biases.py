"""Versions of the bundle in Weights & Biases: on its server, or without an account in the folder of an offline run."""

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from command_line import CommandError
from digits.manifest import Entry
from training.tracking import bundle_copy, upload, wandb_run
from training.tracking.bundle_copy import BundleCopyError
from training.tracking.upload import UnreachableError
from training.tracking.wandb_run import BUNDLE

VERSION = re.compile(r"(?:([\w.-]+/)?[\w.-]+/[\w.-]+:)?[\w.-]+")
SCALARS = ("accuracy", "precision", "recall", "f1", "ece")


class RegistryError(CommandError):
    """A bundle cannot be read from the registry; the message includes the remedy."""


def metadata(entries: Mapping[str, Entry]) -> dict[str, Any]:
    """Return the metadata of a version: metrics, recipe and sha256 of each model."""
    return {
        kind: {
            **{name: entry["metrics"][name] for name in SCALARS if name in entry["metrics"]},
            "recipe": entry["recipe"]["name"],
            "sha256": entry["sha256"],
            "bytes": entry["bytes"],
        }
        for kind, entry in entries.items()
    }


def training_group(entries: Mapping[str, Entry], artifacts: Path) -> str | None:
    """Return the group of the runs that trained these models, if `artifacts` holds them."""
    for kind, entry in entries.items():
        name = f"{kind}-{entry['recipe']['name']}"
        onnx_model, report = artifacts / f"{name}.onnx", artifacts / f"{name}.json"
        if not onnx_model.is_file() or hashlib.sha256(onnx_model.read_bytes()).hexdigest() != entry["sha256"]:
            continue
        with suppress(OSError, ValueError, KeyError, TypeError):  # no report, or a damaged one
            return str(json.loads(report.read_text())["group"])
    return None


def download(version: str, folder: Path) -> None:
    """Fetch a version from W&B's server: `latest`, `v3`, an alias, or ENTITY/PROJECT/NAME:VERSION.

    Raises RegistryError.
    """
    if not VERSION.fullmatch(version):
        raise RegistryError(f"{version!r} is not a version. Give latest, v3, an alias, or ENTITY/PROJECT/{BUNDLE}:v3.")
    if not upload.has_credentials():
        raise RegistryError(
            "Pulling needs an account on W&B's server: set WANDB_API_KEY or run 'wandb login'. "
            "Or pull from an offline run: python -m export pull --run wandb/offline-run-..."
        )
    name = version if ":" in version else f"{wandb_run.PROJECT}/{BUNDLE}:{version}"
    try:
        artifact = _api().artifact(name, type="model")
        artifact.download(root=str(folder), skip_cache=True)
        artifact.verify(root=str(folder))
    except UnreachableError as error:
        raise RegistryError(str(error)) from None
    except Exception as error:  # W&B's own, ValueError, or its HTTP client's
        raise RegistryError(
            f"Download of {name} from W&B failed: {' '.join(str(error).split()).rstrip('.')}."
        ) from error


def restore(run: Path, folder: Path) -> None:
    """Copy the bundle that an offline run published to an existing folder. Raises RegistryError."""
    try:
        bundle_copy.restore(run, folder)
    except BundleCopyError as error:
        raise RegistryError(str(error)) from None


def _api() -> Any:
    """Return W&B's client. Raises UnreachableError."""
    wandb_run.set_default_folders()
    upload.check_server()
    import wandb

    return wandb.Api(timeout=30)
