"""Commands of the deployment: `python -m deploy [up]|destroy|release|smoke`.

Each step can be repeated, so after an interruption the same command continues.
"""

import argparse
import sys
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from command_line import site_url, with_default
from deploy import preflight, settings, smoke, stack, upload
from deploy.console import DeployError, log
from deploy.destroy import destroy
from deploy.diagnosis import warn_of_low_concurrency
from deploy.traffic import traffic


def main() -> None:
    arguments = parse(sys.argv[1:])
    try:
        arguments.command(arguments)
    except (BotoCoreError, ClientError) as error:
        raise DeployError(" ".join(str(error).split())) from None


def parse(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="build, deploy, upload the page, run the smoke test (the default command)")
    up.add_argument("parameters", nargs="*", metavar="NAME=VALUE", help="parameters of template.yaml")
    up.add_argument("--built", type=Path, help="template.yaml of an earlier 'sam build', instead of building")
    up.set_defaults(command=run_up)
    down = commands.add_parser("destroy", help="delete the stack and its buckets")
    down.add_argument("--yes", metavar="STACK", help="the stack's name, instead of typing it")
    down.set_defaults(command=run_destroy, parameters=())
    served = commands.add_parser("release", help="print the release that the stack serves, if it is recorded")
    served.set_defaults(command=run_release)
    for command in (up, down, served):
        command.add_argument("--env", default="default", help="section of samconfig.toml (%(default)s)")
        command.add_argument("--stack", help="name of the stack (default: the section's)")
    test = commands.add_parser("smoke", help="test the page, both models and an error response of a live site")
    test.add_argument("url", metavar="URL", type=site_url)
    test.add_argument("--any-version", action="store_true", help="accept any models (MODEL_URI is set)")
    test.set_defaults(command=run_smoke_test)
    return parser.parse_args(with_default(given, commands.choices, "up"))


def run_up(arguments: argparse.Namespace) -> None:
    """Run `make deploy`: build, deploy, upload the page, invalidate the CloudFront cache, run the smoke test."""
    chosen = settings.read(arguments.env, arguments.stack, arguments.parameters)
    if arguments.built and not arguments.built.is_file():
        raise DeployError(f"{arguments.built} does not exist. Give the template.yaml of 'sam build', or omit --built.")
    account = preflight.check(chosen.region)
    log(f"Deploying the stack {chosen.stack} to {account.region} of account {account.id} (ENV={chosen.env}).")
    stack.recover_stack(account, chosen.stack)
    warn_of_low_concurrency(account, int(chosen.parameters.get("ThrottleBurst", settings.default("ThrottleBurst"))))
    before = stack.describe(account, chosen.stack)
    chosen = settings.with_architecture(chosen, stack.parameters(before) if before else {})
    if not arguments.built:
        stack.build(chosen)
    is_gradual = chosen.parameters.get("Rollout", "AllAtOnce") != "AllAtOnce"
    with traffic(stack.outputs(before).get("SiteUrl") if before and is_gradual else None):
        description = stack.deploy(account, chosen, arguments.built or stack.BUILT_TEMPLATE)
    output = stack.outputs(description)
    changes = upload.upload(account, output["PageBucket"], output["SiteUrl"])
    log(f"Page: {changes.uploaded} files uploaded, {changes.removed} removed, {changes.unchanged} unchanged.")
    upload.invalidate_cache(account, output["DistributionId"])
    versions = None if stack.parameters(description).get("ModelUri") else smoke.committed_models()
    if not smoke.run_smoke_test(output["SiteUrl"], versions):
        raise DeployError(f"The site is deployed, but failed the smoke test: {output['SiteUrl']}")
    print(output["SiteUrl"])


def run_destroy(arguments: argparse.Namespace) -> None:
    """Run `make destroy`."""
    chosen = settings.read(arguments.env, arguments.stack, ())
    destroy(preflight.check(chosen.region, tools={}), chosen.stack, arguments.yes)


def run_release(arguments: argparse.Namespace) -> None:
    """Print the release that the stack serves: .github/workflows/deploy.yml rolls back to it."""
    chosen = settings.read(arguments.env, arguments.stack, ())
    description = stack.describe(preflight.check(chosen.region, tools={}), chosen.stack)
    served = stack.outputs(description).get("Release", "") if description else ""
    print("" if served == "unknown" else served)


def run_smoke_test(arguments: argparse.Namespace) -> None:
    """Run the smoke test of any site."""
    if not smoke.run_smoke_test(arguments.url, None if arguments.any_version else smoke.committed_models()):
        raise DeployError(f"{arguments.url} failed the smoke test.")
