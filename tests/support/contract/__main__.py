"""Contract test with a given number of cases: `python -m tests.support.contract --help`."""

from command_line import run

if __name__ == "__main__":
    run("tests.support.contract.command")
