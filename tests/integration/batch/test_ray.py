"""`python -m batch --ray` on a local Ray, and on a cluster of two nodes of which one is killed."""

import subprocess
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.support.batch import TIMEOUT, batch, command, environment
from tests.support.ray_cluster import ray_cluster
from tests.support.require import require
from training import dataset

pytestmark = [pytest.mark.slow, pytest.mark.serial]  # beside others, Ray's processes start too late for Ray


@pytest.fixture(scope="module", autouse=True)
def _ray() -> None:
    require(find_spec("ray") is not None, "Ray is not installed", "make .venv/ray")


@pytest.fixture(scope="module", name="arrays")
def _arrays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """50,000 pictures."""
    file = tmp_path_factory.mktemp("arrays") / "digits.npy"
    np.save(file, np.concatenate([dataset.load_test().images] * 5))
    return file


def parts(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob("part-*.parquet")}


def test_lost_node_loses_and_repeats_no_picture(arrays: Path, tmp_path: Path) -> None:
    batch(arrays, "here", folder=tmp_path)
    with ray_cluster(2) as cluster:
        _, lost = [*cluster.worker_nodes][:2]
        with subprocess.Popen(
            command(arrays, "there", "--ray", cluster.address),
            cwd=tmp_path,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            while process.poll() is None and len(parts(tmp_path / "there")) < 10:
                pass
            cluster.remove_node(lost, allow_graceful=False)
            running = len(parts(tmp_path / "there"))
            _, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, errors
    assert running < len(parts(tmp_path / "here"))
    assert parts(tmp_path / "there") == parts(tmp_path / "here")
    sources = pq.read_table(tmp_path / "there")["source"].to_pylist()
    assert len(sources) == len(set(sources)) == 50_000


def test_local_ray_writes_the_same(arrays: Path, tmp_path: Path) -> None:
    first = tmp_path / "first.npy"
    np.save(first, np.load(arrays, mmap_mode="r")[:5_000])
    for name, options in (("here", []), ("there", ["--ray"])):
        batch(first, name, *options, folder=tmp_path)
    assert parts(tmp_path / "there") == parts(tmp_path / "here")


def test_wrong_address_is_named(arrays: Path, tmp_path: Path) -> None:
    done = batch(arrays, "there", "--ray", "127.0.0.1:9", folder=tmp_path, succeeds=False)
    assert done.stderr.splitlines()[-1].startswith("There is no Ray cluster at 127.0.0.1:9: ")
