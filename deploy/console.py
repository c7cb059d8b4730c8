"""What a deployment says while it works: on stderr, because stdout is for the site's address."""

from functools import partial

from rich.console import Console

console = Console(stderr=True)
say = partial(console.print, soft_wrap=True, markup=False, highlight=False)


class DeployError(Exception):
    """The deployment cannot go on; the message says what to do."""
