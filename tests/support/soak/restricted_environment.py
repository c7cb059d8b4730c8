"""The function in a process without working clocks or disks: reads events and prints responses, as JSON lines.

`python restricted_environment.py RESTRICTION FOLDER...` runs in the function's folder and imports only what is in it.
Its first line has the error of writing a file to each of the folders.
"""

import argparse
import json
import os
import resource
import sys
import time
from types import SimpleNamespace
from typing import Any

CLOCKS = ("time", "monotonic", "perf_counter", "process_time", "thread_time")


def main(restriction: str, *folders: str) -> None:
    if restriction == "frozen":
        freeze()
    if restriction == "limited":
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    print(json.dumps([write(folder) for folder in folders]), flush=True)
    from digits.app import handler  # after freeze()

    for number, line in enumerate(sys.stdin):
        context: Any = SimpleNamespace(
            aws_request_id=str(number)
        )  # the only field of Lambda's context that the app reads
        print(json.dumps(handler(json.loads(line), context)), flush=True)


def freeze() -> None:
    """Make every clock of Python return a constant time."""
    for clock in CLOCKS:
        seconds, nanoseconds = getattr(time, clock)(), getattr(time, f"{clock}_ns")()
        setattr(time, clock, lambda seconds=seconds: seconds)
        setattr(time, f"{clock}_ns", lambda nanoseconds=nanoseconds: nanoseconds)


def write(folder: str) -> str:
    """Try to write a file. Return the system's error message, or "written"."""
    try:
        with open(os.path.join(folder, "written"), "wb") as file:
            file.write(bytes(4096))
    except OSError as error:
        return os.strerror(error.errno or 0)
    return "written"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("restriction", choices=("frozen", "limited", "none"), help="frozen clocks, no space, or none")
    parser.add_argument("folders", nargs="*", metavar="FOLDER")
    arguments = parser.parse_args()
    main(arguments.restriction, *arguments.folders)
