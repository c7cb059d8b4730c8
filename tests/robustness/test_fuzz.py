"""Fuzz targets on their corpora and a few thousand new inputs; `make fuzz` runs a million."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fuzz.fuzzer import HERE

RUNS = 10_000


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is published for Linux on x86_64 only")
@pytest.mark.parametrize("target", ["decoder", "body"])
def test_target_survives_ten_thousand_inputs(target: str, tmp_path: Path) -> None:
    saved = HERE / "corpus" / target
    # No memory limit: on Linux, the peak of a process includes that of its parent.
    options = [f"-runs={RUNS}", "-seed=1", "-rss_limit_mb=0"]
    command = [sys.executable, "-m", "tests.support.fuzz", target, *options, str(tmp_path), str(saved)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert f"number_of_executed_units: {RUNS}" in done.stderr


def test_saved_corpus_is_small() -> None:
    files = [file for file in (HERE / "corpus").rglob("*") if file.is_file()]
    assert 50 <= len(files) <= 150
    assert sum(file.stat().st_size for file in files) <= 200_000
