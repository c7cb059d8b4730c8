"""Write the sample events: `python -m tests.events`."""

from command_line import run

if __name__ == "__main__":
    run("tests.events.command")
