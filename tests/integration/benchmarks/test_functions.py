"""Cold starts, warm latency, memory and size of minimal functions."""

import json
from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.function import cold_start, memory, warm_latency
from benchmarks.function.size import sizes
from benchmarks.function.variants import copy_baselines, write_empty_function
from tests.support.emulator import Function, executable
from tests.support.require import require

SEVEN = """
import json
def handler(event, context):
    return {"statusCode": 200, "headers": {}, "body": json.dumps({"digit": 7, "probabilities": [0.5, 0.5]})}
"""


@pytest.fixture
def empty(tmp_path: Path) -> Function:
    require(executable().exists(), f"This SAM CLI has no {executable().name}", "make test")
    return write_empty_function(tmp_path / "empty")


def test_cold_starts_are_compared_in_pairs(empty: Function) -> None:
    result = cold_start.measure(dict.fromkeys(("ours", "common", "fastapi", "bare"), empty), {"bytecode": empty}, 2)
    starts, optimization = result["cold_start"], result["measures"]["bytecode"]
    pairs = {"ours / fastapi", "ours / bare", "ours / common", "fastapi / bare"}
    assert set(starts) == {"ours", "common", "fastapi", "bare"} | pairs
    assert {spread["n"] for spread in (*starts.values(), *optimization.values())} == {2}
    assert 0.01 < starts["ours"]["median"] < 10
    assert all(0.1 < starts[pair]["median"] < 10 for pair in pairs)
    assert 0.01 < optimization["without"]["median"] < 10


def test_saved_time_is_the_median_of_paired_differences() -> None:
    result = cold_start.saved(without=[3.0, 9.0, 5.0], ours=[1.0, 3.0, 4.0])
    assert result["saved"]["median"] == 2.0
    assert result["without / ours"]["median"] == 3.0
    assert result["without"]["median"] == 5.0


def test_memory_is_measured_after_each_count_of_requests(empty: Function) -> None:
    held = memory.measure(empty, (2, 6))
    assert held["requests"] == [2, 6]
    assert all(1e6 < each < 1e9 for each in held["resident"])


def test_warm_functions_take_turns(tmp_path: Path) -> None:
    seven = Function(tmp_path, "seven.handler", {})
    (tmp_path / "seven.py").write_text(SEVEN)
    seconds = warm_latency.take_turns(
        {name: (seven, "handler", "seven.handler") for name in ("ours", "common")}, 28, 2, "test"
    )
    assert {name: [len(turn) for turn in turns] for name, turns in seconds.items()} == {
        "ours": [warm_latency.CALLS] * 2,
        "common": [warm_latency.CALLS] * 2,
    }
    assert all(0 < second < 1 for turns in seconds.values() for turn in turns for second in turn)


def test_exit_of_a_warm_process_raises(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="ended with 1"):
        warm_latency.take_turns(
            {"ours": (Function(tmp_path, "none.handler", {}), "handler", "none.handler")}, 28, 1, "test"
        )


def test_baselines_are_compiled(tmp_path: Path) -> None:
    compiled = {path.name.partition(".")[0] for path in copy_baselines(tmp_path / "baselines").rglob("*.pyc")}
    assert compiled == {"bare_baseline", "fastapi_baseline", "steps"}


def test_sizes_count_files_bytes_and_zip(tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    for name in ("one", "deeper/two"):
        (tmp_path / name).write_bytes(bytes(10_000))
    size = sizes(tmp_path)
    assert (size["files"], size["unzipped"]) == (2, 20_000)
    assert 0 < size["zipped"] < 1_000, json.dumps(size)
