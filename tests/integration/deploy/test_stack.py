"""What an interrupted or failed run has left is waited for, cleared away, or named with what to do."""

from typing import Any

import pytest

from deploy import preflight, stack
from deploy.console import DeployError
from deploy.preflight import Account
from tests.support.deploy.cloud import Cloud


@pytest.fixture
def account(aws: Cloud) -> Account:
    return preflight.check(None)


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The states of the stack, one each time that it is asked for; the last one stays."""
    states: list[str | None] = []

    def describe(*_: Any) -> dict[str, Any] | None:
        state = states.pop(0) if len(states) > 1 else states[0]
        return {"StackStatus": state} if state else None

    monkeypatch.setattr(stack, "describe", describe)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    return states


@pytest.mark.parametrize("state", [None, "REVIEW_IN_PROGRESS", "CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_what_can_be_deployed_to_is_left_alone(state: str | None, account: Account, states: list[str | None]) -> None:
    states.append(state)
    stack.make_way(account, "digits")


@pytest.mark.parametrize("state", ["CREATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_what_is_in_progress_is_waited_for(state: str, account: Account, states: list[str | None]) -> None:
    states += [state, state, "UPDATE_COMPLETE"]
    stack.make_way(account, "digits")
    assert states == ["UPDATE_COMPLETE"]


def test_what_never_ends_is_said(account: Account, states: list[str | None]) -> None:
    states.append("UPDATE_IN_PROGRESS")
    with pytest.raises(
        DeployError, match=r"^digits has been in progress for 60 minutes: look at it in CloudFormation's"
    ):
        stack.make_way(account, "digits")


def test_a_first_creation_that_failed_is_deleted(
    account: Account, states: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted: list[str] = []
    monkeypatch.setattr(stack, "delete", lambda _, name: deleted.append(name))
    states += ["ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"]
    stack.make_way(account, "digits")
    assert deleted == ["digits"]


@pytest.mark.parametrize(
    ("state", "remedy"),
    [
        ("ROLLBACK_FAILED", "run 'make destroy', then 'make deploy'"),
        ("DELETE_FAILED", "run 'make destroy', then 'make deploy'"),
        ("CREATE_FAILED", "run 'make destroy', then 'make deploy'"),
        ("UPDATE_ROLLBACK_FAILED", "choose 'Continue update rollback' in CloudFormation's console"),
    ],
)
def test_what_is_stuck_is_named_with_what_to_do(
    state: str, remedy: str, account: Account, states: list[str | None]
) -> None:
    states.append(state)
    with pytest.raises(DeployError, match=f"^digits is {state}.*{remedy}"):
        stack.make_way(account, "digits")
