"""Copy of the published bundle in the folder of a Weights & Biases run.

An offline run refers to its artifact's files by absolute paths, in a format that W&B does not document. This copy is
self-contained, and moves with the run's folder.
"""

import hashlib
import json
import shutil
from pathlib import Path

FOLDER = "digits-bundle"
DIGESTS = "digits-bundle.json"  # sha256 of each file


class BundleCopyError(Exception):
    """A run's folder holds no intact copy; the message includes the remedy."""


def save(bundle: Path, run: Path) -> Path:
    """Copy the bundle's files into the run's folder. Returns the folder of the copy."""
    copy = Path(shutil.copytree(bundle, run / FOLDER, dirs_exist_ok=True))
    digests = {file.name: _sha256(file) for file in sorted(copy.iterdir())}
    (run / DIGESTS).write_text(json.dumps(digests, indent=1) + "\n")
    return copy


def restore(run: Path, folder: Path) -> None:
    """Copy the bundle from the run's folder to an existing folder. Raises BundleCopyError."""
    if not any(run.glob("run-*.wandb")):
        raise BundleCopyError(
            f"{run} holds no W&B run. Name a folder such as wandb/offline-run-20260131_120000-ab12cd34."
        )
    if not (run / DIGESTS).is_file():
        raise BundleCopyError(
            f"{run} holds no copy of a bundle: it is a training run, or an earlier version recorded it. Name a run of "
            "'python -m export publish', or upload this one with 'wandb sync' and pull its version from W&B."
        )
    for name, digest in _digests(run / DIGESTS).items():
        file = run / FOLDER / Path(name).name
        if not file.is_file() or _sha256(file) != digest:
            raise BundleCopyError(f"{file} is missing or damaged: its sha256 is not the published one. Publish again.")
        shutil.copyfile(file, folder / file.name)


def _digests(file: Path) -> dict[str, str]:
    try:
        return dict(json.loads(file.read_text()))
    except (ValueError, TypeError) as error:
        raise BundleCopyError(f"{file} is damaged ({error}). Publish again.") from None


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
