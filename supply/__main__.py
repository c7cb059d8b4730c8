"""List licenses, or query for vulnerabilities: `python -m supply --help`."""

from command_line import run

if __name__ == "__main__":
    run("supply.command")
