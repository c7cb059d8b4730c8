"""Console output of the deployment, on stderr: stdout is for the site's URL."""

from functools import partial

from rich.console import Console

from command_line import CommandError

console = Console(stderr=True)
log = partial(console.print, soft_wrap=True, markup=False, highlight=False)


class DeployError(CommandError):
    """The deployment cannot continue; the message has the reason and what to do."""
