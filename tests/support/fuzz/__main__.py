"""Fuzz tests of the API: `python -m tests.support.fuzz --help`."""

from command_line import run

if __name__ == "__main__":
    run("tests.support.fuzz.command")
