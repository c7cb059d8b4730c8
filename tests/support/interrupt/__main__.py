"""Interrupt every long command: `python -m tests.support.interrupt --help`."""

from command_line import run

if __name__ == "__main__":
    run("tests.support.interrupt.command")
