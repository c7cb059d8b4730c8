"""Deployment rehearsal without an account: `python -m tests.support.deploy --help`."""

from command_line import run

if __name__ == "__main__":
    run("tests.support.deploy.command")
