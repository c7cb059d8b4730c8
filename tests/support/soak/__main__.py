"""Soak test of the server and the function: `python -m tests.support.soak --help`."""

from command_line import run

if __name__ == "__main__":
    run("tests.support.soak.command", "Stopped: no file was written.")
