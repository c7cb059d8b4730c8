"""Write the sample events: `python -m tests.support.events`."""

from command_line import run

if __name__ == "__main__":
    run("tests.support.events.command")
