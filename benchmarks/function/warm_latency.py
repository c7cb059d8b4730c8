"""Warm latency: seconds of a request in a process that has handled requests before."""

import json
import math
import random
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import track

from benchmarks.cores import cores, on_core
from benchmarks.errors import BenchmarkError
from benchmarks.function.variants import SIDES, seven_event
from benchmarks.spread import ratios, spread
from tests.support import runtime_client
from tests.support.emulator import PYTHON, Function

WORKER = Path(__file__).with_name("worker.py")
CALLS = 50  # of one worker in each of its turns
WARM_UP = 5  # calls at the start of a turn that are not counted: the cache has another worker's data
ONE_THREAD = "common, one thread"
TOLERANCE = 1e-6  # of a probability: threads change the order of summation


@dataclass(frozen=True)
class Worker:
    """A process that handles one event repeatedly."""

    process: subprocess.Popen[str]
    first: Any  # its first response

    def seconds(self) -> list[float]:
        """Run one turn. Return the seconds of each call."""
        assert self.process.stdin is not None
        print(WARM_UP + CALLS, file=self.process.stdin, flush=True)
        taken: list[float] = _line(self.process)
        return taken[WARM_UP:]


def measure(functions: dict[str, Function], rounds: int) -> dict[str, Any]:
    """Return the seconds of a request by side of the drawing and function, and of decoding."""
    bare = functions["bare"]
    handlers = {name: (function, "handler", function.handler) for name, function in functions.items()}
    del handlers["empty"]
    handlers[ONE_THREAD] = (functions["common"], "handler", "one_thread.handler")
    handlers["session.run"] = (bare, "step", "steps.session_run")
    decoders = {name: (bare, "step", f"steps.{name}_decode") for name in ("bare", "pillow", "load")}
    result: dict[str, Any] = {}
    for side in SIDES:
        seconds = take_turns(handlers, side, rounds, f"warm, {side}x{side}")
        result[str(side)] = _summary(seconds, [("ours", other) for other in ("fastapi", "bare", "common", ONE_THREAD)])
    result["decode"] = _summary(
        take_turns(decoders, SIDES[-1], rounds, "decode"), [("pillow", "bare"), ("pillow", "load")]
    )
    return result


def take_turns(
    what: dict[str, tuple[Function, str, str]], side: int, rounds: int, title: str
) -> dict[str, list[list[float]]]:
    """Return the seconds of each call, by name and round. Each worker has one turn a round, in shuffled order."""
    seconds: dict[str, list[list[float]]] = {name: [] for name in what}
    with on_core(cores()[1]), ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        event = Path(folder, "event.json")
        event.write_text(json.dumps(seven_event(side)))
        client = Path(folder, "client")
        runtime_client.copy_to(client)
        workers = {name: stack.enter_context(worker(*described, event, client)) for name, described in what.items()}
        check({name: worker.first for name, worker in workers.items()})
        for _ in track(range(rounds), title):
            for name in random.sample(list(workers), len(workers)):
                seconds[name].append(workers[name].seconds())
    return seconds


@contextmanager
def worker(function: Function, kind: str, name: str, event: Path, client: Path) -> Iterator[Worker]:
    """Start a worker in the function's folder, with its environment, on the measured core."""
    # -S, -P: without this interpreter's packages and this folder on the path
    command: list[str | Path] = [PYTHON, "-S", "-P", WORKER, kind, name, event]
    environment = function.variables(function.task, client)
    with on_core(cores()[0]):
        process = subprocess.Popen(
            command, cwd=function.task, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
    with process:
        yield Worker(process, _line(process))


def check(responses: dict[str, Any]) -> None:
    """Raise BenchmarkError unless all predict 7, and common has our probabilities within TOLERANCE."""
    bodies = {name: json.loads(response["body"]) for name, response in responses.items() if isinstance(response, dict)}
    for name, body in bodies.items():
        if body.get("digit") != 7:
            raise BenchmarkError(f"{name} does not classify the drawn seven as 7: {body}")
        if name.startswith("common") and not same(bodies["ours"]["probabilities"], body["probabilities"]):
            raise BenchmarkError(f"{name} differs from ours: {body} and {bodies['ours']}")


def same(probabilities: list[float], others: list[float]) -> bool:
    pairs = zip(probabilities, others, strict=True)
    return all(math.isclose(one, other, rel_tol=0, abs_tol=TOLERANCE) for one, other in pairs)


def _summary(seconds: dict[str, list[list[float]]], pairs: list[tuple[str, str]]) -> dict[str, Any]:
    medians = {name: [statistics.median(turn) for turn in turns] for name, turns in seconds.items()}
    whole = {name: spread([second for turn in turns for second in turn]) for name, turns in seconds.items()}
    return whole | {f"{one} / {other}": ratios(medians[one], medians[other]) for one, other in pairs}


def _line(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise BenchmarkError(f"A warm process ended with {process.wait()}: {process.args!r}")
    return json.loads(line)
