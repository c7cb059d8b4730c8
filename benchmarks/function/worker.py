"""Warm worker: prints the first response of a handler or step to an event, then the seconds of more calls.

`python worker.py handler|step MODULE.NAME EVENT.json` runs in the measured folder and imports only what is in it.
"""

import importlib
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

CONTEXT = SimpleNamespace(aws_request_id="bench")  # the only field of Lambda's context that the app reads


def log_as_lambda_does() -> None:
    """Format log lines as the Lambda runtime does, and write them to /dev/null."""
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON":
        from awslambdaric.lambda_runtime_log_utils import JsonFormatter

        handler = logging.FileHandler(os.devnull)
        handler.setFormatter(JsonFormatter())
        logging.basicConfig(level=os.environ["AWS_LAMBDA_LOG_LEVEL"], handlers=[handler])


def main(kind: str, name: str, event_file: str) -> None:
    log_as_lambda_does()
    module, _, attribute = name.rpartition(".")
    target, event = getattr(importlib.import_module(module), attribute), json.loads(Path(event_file).read_bytes())
    call = partial(target, event, CONTEXT) if kind == "handler" else target(event)
    print(json.dumps(call(), default=lambda array: array.tolist()), flush=True)
    for line in sys.stdin:
        print(json.dumps(seconds(call, int(line))), flush=True)


def seconds(call: Callable[[], Any], calls: int) -> list[float]:
    """Return the seconds of each call."""
    taken = []
    for _ in range(calls):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return taken


if __name__ == "__main__":
    main(*sys.argv[1:])
