"""Commands of the page's audits: `python -m tests.support.audits axe|frames|lighthouse|recording|replay|weight`."""

import argparse

from command_line import CommandError
from supply.npm.packages import is_installed
from tests.support.audits import axe, frames, lighthouse, recording, replay, weight
from tests.support.browser.chromium import executable

AUDITS = {
    "axe": axe,
    "frames": frames,
    "lighthouse": lighthouse,
    "recording": recording,
    "replay": replay,
    "weight": weight,
}
NPM = ("axe", "lighthouse")  # audits by npm packages


def main() -> None:
    arguments = parse()
    if executable() is None:
        raise CommandError("There is no Chromium on this machine: apt-get install chromium")
    if arguments.audit in NPM and not is_installed():
        raise CommandError("The npm packages are not installed: make audit installs them.")
    arguments.command(arguments)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.support.audits", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="AUDIT", dest="audit")
    for name, module in AUDITS.items():
        module.add_arguments(audit := commands.add_parser(name, help=module.HELP, description=module.__doc__))
        audit.set_defaults(command=module.command)
    return parser.parse_args()
