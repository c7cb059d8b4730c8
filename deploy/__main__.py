"""Put everything in the cloud and print its address: `python -m deploy`; `destroy` takes it down, `smoke URL` asks it.

Run it as often as you like: each step begins with what is there, so a run that was cut off is repeated from its start.
"""

import argparse
import sys
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from deploy import page, preflight, settings, stack
from deploy.console import DeployError, say
from deploy.destroy import destroy
from deploy.smoke import manifest, smoke


def main() -> None:
    arguments = parse(sys.argv[1:])
    try:
        arguments.command(arguments)
    except (DeployError, BotoCoreError, ClientError) as error:
        sys.exit(str(error))
    except (KeyboardInterrupt, EOFError):
        say("Stopped. What CloudFormation has begun goes on; the same command takes it up from there.")
        sys.exit(130)


def parse(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up_ = commands.add_parser("up", help="build, deploy, upload, ask (if no command is given)")
    up_.add_argument("parameters", nargs="*", metavar="NAME=VALUE", help="parameters of template.yaml")
    up_.add_argument("--built", type=Path, help="deploy what 'sam build' has made already: its template.yaml")
    up_.set_defaults(command=up)
    down_ = commands.add_parser("destroy", help="delete the stack and all that it holds")
    down_.add_argument("--yes", metavar="STACK", help="the stack's name, instead of typing it")
    down_.set_defaults(command=down, parameters=())
    for command in (up_, down_):
        command.add_argument("--env", default="default", help="section of samconfig.toml (%(default)s)")
        command.add_argument("--stack", help="name of the stack (default: the section's)")
    ask_ = commands.add_parser("smoke", help="ask a live site for its page, both models and an error")
    ask_.add_argument("url", metavar="URL")
    ask_.add_argument("--any-version", action="store_true", help="whichever models serve (MODEL_URI is set)")
    ask_.set_defaults(command=ask)
    if not given or (given[0] not in commands.choices and given[0] not in ("-h", "--help")):
        given = ["up", *given]
    return parser.parse_args(given)


def up(arguments: argparse.Namespace) -> None:
    """All of `make deploy`."""
    wanted = settings.read(arguments.env, arguments.stack, arguments.parameters)
    account = preflight.check(wanted.region)
    say(f"Deploying the stack {wanted.stack} to {account.region} of account {account.id} (ENV={wanted.env}).")
    stack.make_way(account, wanted.stack)
    if not arguments.built:
        stack.build(wanted)
    found = stack.deploy(account, wanted, arguments.built or stack.BUILT)
    output = stack.outputs(found)
    changes = page.upload(account, output["PageBucket"], output["SiteUrl"])
    if changes.uploaded or changes.removed:
        say(f"The page: {changes.uploaded} files uploaded, {changes.removed} removed, {changes.kept} as they were.")
    else:
        say(f"The page: all {changes.kept} files are as they were, nothing uploaded.")
    page.invalidate(account, output["DistributionId"])
    own = not stack.parameters(found).get("ModelUri")
    if not smoke(output["SiteUrl"], manifest() if own else None):
        raise DeployError(f"The site is deployed, and does not answer as it has to: {output['SiteUrl']}")
    print(output["SiteUrl"])


def down(arguments: argparse.Namespace) -> None:
    """All of `make destroy`."""
    wanted = settings.read(arguments.env, arguments.stack, ())
    destroy(preflight.check(wanted.region, tools={}), wanted.stack, arguments.yes)


def ask(arguments: argparse.Namespace) -> None:
    """The smoke test alone, of any address."""
    if not smoke(arguments.url.rstrip("/"), None if arguments.any_version else manifest()):
        raise DeployError(f"{arguments.url} does not answer as it has to.")


if __name__ == "__main__":
    main()
