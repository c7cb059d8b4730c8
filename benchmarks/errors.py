"""The exception for what cannot be measured."""


class Fault(Exception):
    """Something that is measured cannot be installed, started or trusted."""


def last_line(log: str) -> str:
    """The last line that says something: an installer's or a server's own errors run to pages."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
