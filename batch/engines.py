"""Where the parts are classified: on all cores of this machine, or on a Ray cluster. Both run the same `Worker`."""

import logging
import os
import re
import shutil
import signal
import socket
import tempfile
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from batch import arrays, storage
from batch.classify import BATCH, Classifier
from batch.output import Output
from batch.plan import Options, Part
from command_line import CommandError, end_with_parent, sigint_blocked

ROOT = Path(__file__).parents[1]
CODE = ("batch", "functions/digits", "training/__init__.py", "training/files.py", "command_line.py")  # of a worker
CONNECT_TIMEOUT = 5  # seconds; Ray itself waits for minutes


@dataclass(frozen=True)
class Job:
    """What a worker has to know."""

    models: Sequence[str]
    versions: dict[str, str]
    options: Options
    output: Output
    batch: int = BATCH  # pictures of one run of the models


class Worker:
    """Classifies parts and writes them, with models that are opened once."""

    def __init__(self, job: Job) -> None:
        pa.set_cpu_count(1)  # the workers together use all cores
        self._output = job.output
        self._classifier = Classifier(job.models, job.options, job.batch)
        if self._classifier.versions != job.versions:
            raise CommandError("A node has other models than this machine. Give all nodes the same commit.")

    def run(self, part: Part) -> int:
        """Write a part of the output. Returns its number of pictures. Running it twice writes the same file.

        Raises CommandError if a table or an array cannot be read, or the part cannot be written.
        """
        name = part.names[0]
        try:
            with storage.readable_errors(name):
                answers = self._classifier.classify(part)
        except arrays.LOAD_ERRORS as error:
            raise CommandError(f"{name} is damaged: {' '.join(str(error).split())}.") from None
        with storage.readable_errors(self._output.name):
            self._output.write(part, answers)
        return len(part)


def on_this_machine(job: Job, parts: Sequence[Part], cores: int) -> Generator[int]:
    """Classify on this many cores. Yield the number of pictures of each finished part."""
    with sigint_blocked(), ProcessPoolExecutor(cores, get_context("spawn"), _open_worker, (job,)) as pool:
        try:
            for future in as_completed([pool.submit(_run_part, part) for part in parts]):
                yield future.result()
        except BrokenProcessPool:
            raise CommandError(
                "A worker ended unexpectedly, perhaps for lack of memory. Go on with --resume and fewer --cores."
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _open_worker(job: Job) -> None:
    global _worker
    end_with_parent()
    _worker = Worker(job)


def _run_part(part: Part) -> int:
    return _worker.run(part)


_worker: Worker  # of this process


def on_ray(job: Job, parts: Sequence[Part], cores: int, address: str | None) -> Generator[int]:
    """Classify on a Ray cluster: a local one with this many cores, or the one at an address.

    A part is one row of the data set: Ray runs it again elsewhere if its node is lost, and it writes the same file.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # it reports to its maker by default
    try:
        import ray
    except ModuleNotFoundError:
        raise CommandError("Ray is not installed: make .venv/ray") from None
    from ray.data import DataContext
    from ray.exceptions import RayError

    with tempfile.TemporaryDirectory() as folder:
        _connect(ray, cores, address, Path(folder))
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        DataContext.get_current().enable_progress_bars = False  # the command has its own
        rows = ray.data.from_items([{"part": part} for part in parts], override_num_blocks=len(parts))
        workers = 1, len(parts) if address else cores
        counts = rows.map_batches(_RayWorker, batch_size=1, num_cpus=1, concurrency=workers, fn_constructor_args=(job,))
        try:
            for row in counts.iter_rows():
                yield int(row["pictures"])
        except RayError as error:
            cause = getattr(error, "cause", None) or error
            raise CommandError(f"Ray could not finish: {str(cause).strip().splitlines()[-1]}") from None
        finally:
            ray.shutdown()


def _connect(ray: Any, cores: int, address: str | None, folder: Path) -> None:
    """Start a local Ray, or connect to a cluster and bring it the code, which is copied to the folder."""
    handler = signal.getsignal(signal.SIGTERM)
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    try:
        if match := re.fullmatch(r"(ray://)?(?P<host>[^/]+):(?P<port>\d+)", address or ""):
            socket.create_connection((match["host"], int(match["port"])), CONNECT_TIMEOUT).close()
        if address is None:
            ray.init(num_cpus=cores, include_dashboard=False, **quiet)
        else:
            for name in CODE:
                copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
                target = folder / name.removeprefix("functions/")
                target.parent.mkdir(exist_ok=True)
                copy(ROOT / name, target)
            ray.init(address, runtime_env={"working_dir": str(folder)}, **quiet)
    except Exception as error:  # Ray raises bare ones
        what = "Ray does not start" if address is None else f"There is no Ray cluster at {address}"
        raise CommandError(f"{what}: {' '.join(str(error).split())}") from None
    signal.signal(signal.SIGTERM, handler)  # Ray's own ends the process without a message


class _RayWorker(Worker):
    """A worker as Ray Data calls it."""

    def __call__(self, rows: dict[str, Any]) -> dict[str, Any]:
        return {"pictures": np.array([self.run(part) for part in rows["part"]])}
