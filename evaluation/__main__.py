"""Measure the models: `python -m evaluation --help`."""

from command_line import run

if __name__ == "__main__":
    run("evaluation.command")
