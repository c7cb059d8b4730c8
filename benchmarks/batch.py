"""Pictures a second of `python -m batch`, beside what it could be replaced by: `python -m benchmarks batch`.

It writes the tables of docs/batch.md. A rate is measured from the first finished part on, without the start of the
workers.
"""

import argparse
import http.client
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.util import find_spec
from itertools import cycle, product
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import onnxruntime as ort
from PIL import Image
from rich.console import Console

from batch import engines, plan
from batch.classify import BATCH, Classifier
from batch.engines import Job
from batch.output import Output
from batch.plan import Options, Part
from benchmarks.aws.cost import ARCHITECTURES, CORE
from benchmarks.aws.prices import MILLION, price
from benchmarks.aws.scale import HOUR
from benchmarks.markdown import replace_tables, rows, usd
from command_line import CommandError, positive, sigint_blocked
from digits.decode import decode
from digits.preprocess import normalize
from digits.registry import BUNDLE, Bundle
from evaluation.pictures.kinds import encode, make
from evaluation.strokes.files import default_digits
from tests.support.ray_cluster import ray_cluster
from tests.support.site import site
from tests.support.template import ROOT
from training import dataset
from training.files import write_text

PAGE_FILE = ROOT / "docs" / "batch.md"
MODELS = ("mlp", "tree")
PICTURES, DIFFERENT = 20_000, 1_000  # PNGs of 280x280
ARRAY = 50_000  # pictures of 28x28
FEW = 2_000  # of a loop that classifies one at a time
BATCHES = (1, 32, BATCH)  # pictures of one run of the models; 1,024 are no faster
WORK = (("decode", "models"), ("decode", "preprocess", "models"))
SPOT_CORES = 8  # of the instance that `price("ec2 spot")` is of
CONCURRENCY = 1_000  # Lambda's default quota
MANY = (MILLION, 1_000 * MILLION)
GB_PER_CORE = CORE / 1024

console = Console(stderr=True)


def command(arguments: argparse.Namespace) -> None:
    """Measure, and write the tables of docs/batch.md."""
    if find_spec("ray") is None:
        raise CommandError("Ray is not installed: make .venv/ray")
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(Path(folder), arguments.pictures)
    write_text(PAGE_FILE, replace_tables(PAGE_FILE.read_text(), measured))
    print(f"Wrote the tables of {PAGE_FILE.relative_to(ROOT)}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pictures", type=positive, default=PICTURES, help="PNGs of 280x280 (%(default)s)")
    parser.set_defaults(command=command)


def measure(folder: Path, pictures: int) -> dict[str, str]:
    """Return the page's tables by the names of their markers."""
    with console.status("Writing the pictures"):
        files, array = write_pictures(folder / "files", pictures), write_array(folder / "digits.npy")
    measurement = Measurement(folder)
    return {
        "rate": measurement.rates(files, array),
        "peer": measurement.peers(files),
        "node": measurement.nodes(files, array),
        "cost": measurement.costs(),
    }


def write_pictures(folder: Path, count: int) -> Path:
    """Write canvas drawings as PNGs of 280x280, each of DIFFERENT ones several times."""
    folder.mkdir()
    drawn = [encode("canvas", picture)[1] for _, picture in make("canvas", default_digits(), min(count, DIFFERENT))]
    for number, content in zip(range(count), cycle(drawn), strict=False):
        (folder / f"{number:06}.png").write_bytes(content)
    return folder


def write_array(file: Path) -> Path:
    """Write MNIST's test images several times into one array."""
    images = dataset.load_test().images
    np.save(file, np.concatenate([images] * (ARRAY // len(images))))
    return file


class Measurement:
    """Measures one after the other, and keeps the seconds of a picture on one core."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        self._seconds: dict[str, float] = {}  # by kind of picture
        self._cores = os.process_cpu_count() or 1
        self._counts = sorted({1, self._cores})

    def job(self, models: Sequence[str] = MODELS, batch: int = BATCH) -> Job:
        """Return a job with an output of its own."""
        output = Output(str(self._folder / f"output-{next(self._numbers)}"))
        Path(output.name).mkdir()
        return Job(models, Classifier(models, Options()).versions, Options(), output, batch)

    def rate(self, what: str, counts: Generator[int]) -> float:
        """Return the pictures a second, from the first finished part on."""
        with console.status(what):
            next(counts)
            start = time.perf_counter()
            total = sum(counts)
            measured = total / (time.perf_counter() - start)
        console.print(f"{what}: {measured:,.0f} pictures a second", highlight=False)
        return measured

    def rates(self, files: Path, array: Path) -> str:
        """Return the table by cores and batch size, beside what decoding, preprocessing and the models take alone."""
        body: list[tuple[object, ...]] = []
        for (title, source), count in product((("PNG, 280x280", files), ("array, 28x28", array)), self._counts):
            parts, name = plan.make([str(source)], Options()).parts, f"{title}, {_cores(count)}"
            rates = [
                self.rate(f"{name}, {size} a run", engines.on_this_machine(self.job(batch=size), parts, count))
                for size in BATCHES
            ]
            alone = [
                self.rate(f"{name}, {' and '.join(work)} alone", only(work, self.job(), parts, count))
                for work in (WORK if source == files else WORK[:1])  # an array needs no preprocessing
            ]
            served = rates[BATCHES.index(BATCH)]
            if count == 1:
                self._seconds[title] = 1 / served
            ratios = [f"{each:,.0f} ({served / each:.2f})" for each in alone]
            ratios += [""] * (len(WORK) - len(ratios))
            body.append((name, *(f"{each:,.0f}" for each in rates), *ratios))
        head = (
            "pictures a second",
            *(f"{size:,} a run" for size in BATCHES),
            *(f"{', '.join(work)} alone" for work in WORK),
        )
        return rows(head, *body)

    def peers(self, files: Path) -> str:
        """Return the table of the network alone by this command, by a plain script and by a loop over the API."""
        parts = plan.make([str(files)], Options()).parts
        names = [name for part in parts for name in part.names]
        ours = {
            f"`python -m batch --model mlp`, {_cores(count)}": self.rate(
                f"network, {count} cores", engines.on_this_machine(self.job(("mlp",)), parts, count)
            )
            for count in self._counts
        }
        others = {
            "a script: Pillow and `session.run`, one by one, without preprocessing": self.rate(
                "script", script(names[:FEW])
            ),
            "a loop over `/api/predict/mlp` of `make run`, one connection": self.rate(
                "loop over the API", loop(names[:FEW])
            ),
        }
        return rows(
            ("PNG of 280x280, the network alone", "pictures a second"),
            *((title, f"{each:,.0f}") for title, each in (ours | others).items()),
        )

    def nodes(self, files: Path, array: Path) -> str:
        """Return the table of Ray clusters of this machine: a node has one core."""
        body: list[tuple[object, ...]] = []
        sources = {"PNG, 280x280": files, "array, 28x28": array}
        for count in self._counts:
            with console.status("Starting a cluster"), ray_cluster(count) as cluster:
                by_source = [
                    self.rate(
                        f"{title}, {count} nodes",
                        engines.on_ray(self.job(), plan.make([str(source)], Options()).parts, count, cluster.address),
                    )
                    for title, source in sources.items()
                ]
            body.append((f"{count} node{'s' * (count > 1)} of one core", *(f"{each:,.0f}" for each in by_source)))
        return rows(("Ray, pictures a second", *sources), *body)

    def costs(self) -> str:
        """Return the table of time and USD for a million and a billion pictures."""
        head = ("both models", *(f"{_words(count)} {title}" for title in self._seconds for count in MANY))
        every = [(title, count, seconds * count) for title, seconds in self._seconds.items() for count in MANY]
        get = {"PNG, 280x280": price("s3 get") / MILLION}
        spot = price("ec2 spot") / SPOT_CORES / HOUR
        return rows(
            head,
            (f"this machine, {_cores(self._cores)}", *(_time(core / self._cores) for *_, core in every)),
            (f"Lambda, {CORE:,.0f} MB, {CONCURRENCY:,} at a time", *(_time(core / CONCURRENCY) for *_, core in every)),
            *(
                (f"Lambda, {name}, USD", *(usd(core * GB_PER_CORE * price(f"lambda {name}")) for *_, core in every))
                for name in ARCHITECTURES
            ),
            (f"100 spot instances of {SPOT_CORES} vCPU", *(_time(core / 100 / SPOT_CORES) for *_, core in every)),
            ("spot instances, USD", *(usd(core * spot) for *_, core in every)),
            ("GET requests to S3, USD", *(usd(count * get.get(title, 0)) for title, count, _ in every)),
        )


def only(work: Sequence[str], job: Job, parts: Sequence[Part], cores: int) -> Generator[int]:
    """Do some of the work of a run and nothing else: decode, preprocess, run the models."""
    with sigint_blocked(), ProcessPoolExecutor(cores, get_context("spawn"), _open, (job.models,)) as pool:
        for future in as_completed([pool.submit(_work, work, part, job.batch) for part in parts]):
            yield future.result()


def _open(models: Sequence[str]) -> None:
    global _sessions, _images
    bundle = Bundle()
    _sessions, _images = [bundle[name].score for name in models], dataset.load_test().images


def _work(work: Sequence[str], part: Part, batch: int) -> int:
    for name in part.names if part.kind == "pictures" else ():
        image = decode(Path(name).read_bytes())
        if "preprocess" in work:
            normalize(image)
    for start in range(0, len(part), batch):
        for score in _sessions:
            score(_images[: min(batch, len(part) - start)])
    return len(part)


_sessions: list[Callable[[Any], object]]
_images: Any


def script(names: Iterable[str]) -> Generator[int]:
    """Classify as a plain script does, with onnxruntime's default options."""
    session = ort.InferenceSession(str(Path(BUNDLE, "mlp.onnx")), providers=["CPUExecutionProvider"])
    (pixels,) = session.get_inputs()
    for name in names:
        image = Image.open(name).convert("L").resize((28, 28))
        session.run(None, {pixels.name: np.asarray(image)[None]})
        yield 1


def loop(names: Iterable[str]) -> Generator[int]:
    """Send one picture after the other to the server of `make run`."""
    with site() as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc)
        for name in names:
            connection.request("POST", "/api/predict/mlp", Path(name).read_bytes(), {"Content-Type": "image/png"})
            response = connection.getresponse()
            response.read()
            assert response.status == 200
            yield 1
        connection.close()


def _cores(count: int) -> str:
    return f"{count} core{'s' * (count > 1)}"


def _words(count: int) -> str:
    return "a million," if count == MILLION else "a billion,"


def _time(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds:,.1f} s"
