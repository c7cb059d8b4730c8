"""Train models, or search for hyper-parameters: `python -m training --help`."""

from command_line import run

if __name__ == "__main__":
    run("training.command", "Stopped. Models that were finished are kept.")
