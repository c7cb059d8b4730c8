"""Load test of the reload of models: `python -m tests.support.reload_stress --help`."""

from command_line import run

if __name__ == "__main__":
    run("tests.support.reload_stress.command")
