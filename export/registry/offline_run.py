"""The folder of a run that W&B recorded offline comes in; its config, history, summary and artifacts go out."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class OfflineError(Exception):
    """There is no readable run in a folder; the message says what to do."""


@dataclass(frozen=True)
class Stored:
    """One file of an artifact: where it is kept until the run is uploaded, and its MD5 in base64."""

    path: Path
    digest: str


@dataclass(frozen=True)
class Artifact:
    type: str
    metadata: dict[str, Any]
    files: dict[str, Stored]  # by their names in the artifact


@dataclass
class OfflineRun:
    config: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)  # one entry a step
    summary: dict[str, Any] = field(default_factory=dict)
    artifacts: dict[str, Artifact] = field(default_factory=dict)  # the last of each name
    group: str = ""
    job: str = ""
    ended: bool = False  # W&B's process may still be writing


def read(folder: Path) -> OfflineRun:
    """Read a run back from its transaction log. Raises OfflineError."""
    logs = sorted(folder.glob("run-*.wandb"))
    if not logs:
        raise OfflineError(
            f"{folder} holds no W&B run. Name a folder such as wandb/offline-run-20260131_120000-ab12cd34."
        )
    run = OfflineRun()
    for record in _records(logs[0]):
        match record.WhichOneof("record_type"):
            case "run":
                run.config |= {item.key: json.loads(item.value_json) for item in record.run.config.update}
                run.group, run.job = record.run.run_group, record.run.job_type
            case "config":
                _update(run.config, record.config.update)
            case "history":
                run.history.append(_update({}, record.history.item))
            case "summary":
                _update(run.summary, record.summary.update)
            case "exit":
                run.ended = True
            case "artifact":
                run.artifacts[record.artifact.name] = _artifact(record.artifact)
    return run


def _records(log: Path) -> Iterable[Any]:
    from wandb.proto.wandb_internal_pb2 import Record  # type: ignore[attr-defined]
    from wandb.sdk.internal.datastore import DataStore

    store = DataStore()
    try:
        store.open_for_scan(str(log))  # type: ignore[no-untyped-call]
        while (content := store.scan_data()) is not None:  # type: ignore[no-untyped-call]
            record = Record()
            record.ParseFromString(content)
            yield record
    except Exception as error:  # DataStore asserts, and raises a bare Exception
        raise OfflineError(f"{log} is damaged or cut off ({error}). Name another run.") from error
    finally:
        store.close()


def _update(known: dict[str, Any], items: Iterable[Any]) -> dict[str, Any]:
    """Set each value, some of them inside of others."""
    for item in items:
        *outer, last = item.nested_key or [item.key]
        inner = known
        for key in outer:
            inner = inner.setdefault(key, {})
        inner[last] = json.loads(item.value_json)
    return known


def _artifact(record: Any) -> Artifact:
    files = {entry.path: Stored(Path(entry.local_path), entry.digest) for entry in record.manifest.contents}
    return Artifact(record.type, json.loads(record.metadata or "{}"), files)
