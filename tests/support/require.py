"""Skip of tests whose tools are missing."""

import os

import pytest


def require(present: bool, what: str, command: str) -> None:
    """Skip the test with the command that installs the tool. Under CI=true a missing tool is a failure."""
    if present:
        return
    reason = f"{what}. To run these tests: {command}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
