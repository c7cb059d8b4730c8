"""Start of the web server: `python serve.py --help`."""

import os
import signal


def stop(number: int, frame: object) -> None:
    os.write(2, b"Stopped.\n")
    os._exit(0)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)  # until command_line.run, whose import takes a moment, sets its own
    from command_line import run

    run("server.command", stopped_status=0)  # a server that is stopped has not failed
