"""A function comes in; how long its cold start takes in the Lambda emulator goes out."""

import time
from pathlib import Path

from tests.emulator.emulator import Function, emulator
from tests.events import EVENTS

EMPTY = "empty"
HANDLER = 'def handler(event, context):\n    return {"statusCode": 200, "headers": {}, "body": ""}\n'


def cold_start(function: Function, client: Path, log: Path) -> float:
    """Seconds from starting the emulator's process to the answer to a drawn seven."""
    start = time.perf_counter()
    with emulator(function, client, log) as running:
        answer = running.invoke(EVENTS["predict_mlp"])
        seconds = time.perf_counter() - start
    assert answer.status == 200, answer
    return seconds


def write_empty(folder: Path) -> Function:
    """Write a function that does nothing: what the emulator and Python alone take."""
    folder.mkdir()
    (folder / "empty.py").write_text(HANDLER)
    return Function(folder, "empty.handler", {})
