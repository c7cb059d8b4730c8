"""Provide the base image of `sam local`: `python -m tests.support.sam_local --help`."""

from command_line import run

if __name__ == "__main__":
    run("tests.support.sam_local.base_image")
