"""Deploy to AWS, delete the stack, or test a site: `python -m deploy --help`."""

from command_line import run

if __name__ == "__main__":
    run(
        "deploy.command",
        "Stopped. CloudFormation continues its current operation; run the same command again to finish.",
    )
