"""Reading of a W&B run's log, for tests.

W&B publishes no reader of offline runs: this one uses its private modules, so only tests may use it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class LogError(Exception):
    """The log is incomplete."""


@dataclass
class RecordedRun:
    """Content of the log of a run."""

    config: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)  # one entry per step
    summary: dict[str, Any] = field(default_factory=dict)
    artifacts: dict[str, dict[str, Any]] = field(default_factory=dict)  # metadata by name
    group: str = ""
    job_type: str = ""
    ended: bool = False


def read(folder: Path) -> RecordedRun:
    """Read the log in a run's folder. Raises LogError while W&B's process is writing it."""
    (log,) = folder.glob("run-*.wandb")
    run = RecordedRun()
    for record in _records(log):
        match record.WhichOneof("record_type"):
            case "run":
                run.config |= {item.key: json.loads(item.value_json) for item in record.run.config.update}
                run.group, run.job_type = record.run.run_group, record.run.job_type
            case "config":
                _update(run.config, record.config.update)
            case "history":
                run.history.append(_update({}, record.history.item))
            case "summary":
                _update(run.summary, record.summary.update)
            case "exit":
                run.ended = True
            case "artifact":
                run.artifacts[record.artifact.name] = json.loads(record.artifact.metadata or "{}")
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
        raise LogError(f"{log}: {error}") from error
    finally:
        store.close()


def _update(values: dict[str, Any], items: Iterable[Any]) -> dict[str, Any]:
    """Set each value, some of them nested."""
    for item in items:
        *outer, last = item.nested_key or [item.key]
        inner = values
        for key in outer:
            inner = inner.setdefault(key, {})
        inner[last] = json.loads(item.value_json)
    return values
