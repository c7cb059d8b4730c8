"""Events come in, a JSON line each; the function's answers go out, from a process whose surroundings do not work.

`python strained.py SURROUNDINGS FOLDER...` runs in the function's folder and imports nothing of this project
but what that folder has. Its first line says why a file in each of the folders cannot be written, where that is so.
"""

import json
import os
import resource
import sys
import time
from types import SimpleNamespace
from typing import Any

CLOCKS = ("time", "monotonic", "perf_counter", "process_time", "thread_time")


def main(surroundings: str, *folders: str) -> None:
    if surroundings == "frozen":
        freeze()
    if surroundings == "limited":
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    print(json.dumps([write(folder) for folder in folders]), flush=True)
    from digits.app import handler  # not before: it finds the clocks as they are now

    for number, line in enumerate(sys.stdin):
        context: Any = SimpleNamespace(aws_request_id=str(number))  # all that the app reads of Lambda's context
        print(json.dumps(handler(json.loads(line), context)), flush=True)


def freeze() -> None:
    """Let every clock of Python give one time for ever."""
    for clock in CLOCKS:
        seconds, nanoseconds = getattr(time, clock)(), getattr(time, f"{clock}_ns")()
        setattr(time, clock, lambda seconds=seconds: seconds)
        setattr(time, f"{clock}_ns", lambda nanoseconds=nanoseconds: nanoseconds)


def write(folder: str) -> str:
    """Try to write a file. Returns what the system says to it."""
    try:
        with open(os.path.join(folder, "written"), "wb") as file:
            file.write(bytes(4096))
    except OSError as error:
        return os.strerror(error.errno or 0)
    return "written"


if __name__ == "__main__":
    main(*sys.argv[1:])
