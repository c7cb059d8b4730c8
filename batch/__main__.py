"""Classify a folder, a bucket or a table of pictures: `python -m batch --help`."""

from command_line import run

if __name__ == "__main__":
    run("batch.command", "Stopped. The finished parts are kept: the same command with --resume goes on.")
