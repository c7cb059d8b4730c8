"""Export, publish, pull or roll back the models: `python -m export --help`."""

from command_line import run

if __name__ == "__main__":
    run("export.command")
