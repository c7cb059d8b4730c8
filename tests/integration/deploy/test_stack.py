"""Recovery of stacks after an interrupted or failed deployment."""

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
    """Return the list of states that `describe` reports in turn; the last one is repeated."""
    states: list[str | None] = []

    def describe(*_: Any) -> dict[str, Any] | None:
        state = states.pop(0) if len(states) > 1 else states[0]
        return {"StackStatus": state} if state else None

    monkeypatch.setattr(stack, "describe", describe)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    return states


@pytest.mark.parametrize("state", [None, "REVIEW_IN_PROGRESS", "CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_deployable_stack_is_unchanged(state: str | None, account: Account, states: list[str | None]) -> None:
    states.append(state)
    stack.recover_stack(account, "digits")


@pytest.mark.parametrize("state", ["CREATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_change_in_progress_is_waited_for(state: str, account: Account, states: list[str | None]) -> None:
    states += [state, state, "UPDATE_COMPLETE"]
    stack.recover_stack(account, "digits")
    assert states == ["UPDATE_COMPLETE"]


def test_endless_change_raises_deploy_error(account: Account, states: list[str | None]) -> None:
    states.append("UPDATE_IN_PROGRESS")
    with pytest.raises(
        DeployError, match=r"^digits has been in progress for 60 minutes: check it in the CloudFormation"
    ):
        stack.recover_stack(account, "digits")


def test_failed_creation_is_deleted(
    account: Account, states: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted: list[str] = []
    monkeypatch.setattr(stack, "delete", lambda _, name: deleted.append(name))
    states += ["ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"]
    stack.recover_stack(account, "digits")
    assert deleted == ["digits"]


@pytest.mark.parametrize(
    ("state", "remedy"),
    [
        ("ROLLBACK_FAILED", "run 'make destroy', then 'make deploy'"),
        ("DELETE_FAILED", "run 'make destroy', then 'make deploy'"),
        ("CREATE_FAILED", "run 'make destroy', then 'make deploy'"),
        ("UPDATE_ROLLBACK_FAILED", "use 'Continue update rollback' in the CloudFormation console"),
    ],
)
def test_stuck_stack_raises_deploy_error_with_remedy(
    state: str, remedy: str, account: Account, states: list[str | None]
) -> None:
    states.append(state)
    with pytest.raises(DeployError, match=f"^digits is {state}.*{remedy}"):
        stack.recover_stack(account, "digits")
