"""Audits of the page: `python -m tests.support.audits --help`."""

from command_line import run

if __name__ == "__main__":
    run("tests.support.audits.command")
