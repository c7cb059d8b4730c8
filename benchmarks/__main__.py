"""Measure the function and the server: `python -m benchmarks --help`."""

from command_line import run

if __name__ == "__main__":
    run("benchmarks.command", "Stopped: no file was written.")
