"""Write the report and the documentation's tables: `python -m report --help`."""

from command_line import run

if __name__ == "__main__":
    run("report.command")
