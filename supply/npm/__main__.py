"""Install the npm packages, or run one of their programs: `python -m supply.npm --help`."""

from command_line import run

if __name__ == "__main__":
    run("supply.npm.command")
