"""Start of `python -m tests.support.documented_commands`."""

from command_line import run

if __name__ == "__main__":
    run("tests.support.documented_commands.command")
