"""Short soak test of the server and the function; `make soak` runs the long one."""

import pytest

from tests.support.artifact import Artifact
from tests.support.emulator import shipped
from tests.support.soak import events, load, workers
from tests.support.soak.cases import Case

pytestmark = [pytest.mark.serial, pytest.mark.slow]


def test_responses_to_concurrent_clients_are_correct(cases: list[Case]) -> None:
    result = load.measure(cases, clients=5, warm_up=0.5, seconds=1.5)
    assert result["requests"] == result["correct"] > 50
    assert (result["wrong"], result["lost"]) == (0, 0)
    assert len(result["resident"]) >= 2


def test_killed_worker_loses_only_its_own_requests(cases: list[Case]) -> None:
    result = workers.measure(cases, clients=5, kills=2, pause=0.5)
    assert result["failures"] == []
    assert result["kills"] == 2
    assert 1 <= result["lost"] <= result["in_flight"] <= 2 * 5


def test_only_one_lost_request_a_connection_is_expected() -> None:
    lost = [(1, "in flight"), (2, "in flight"), (2, "later"), (3, "with another")]
    assert workers.unexpected_losses(lost, {1, 2, 4}) == ["later", "with another"]


def test_responses_to_events_are_correct(artifact: Artifact, cases: list[Case]) -> None:
    result = events.measure(shipped(artifact), cases, 200)
    assert (result["correct"], result["failures"]) == (200 + events.WARM_UP * len(cases), [])
    assert len(result["resident"]) == 1 + events.SAMPLES


def test_first_response_after_cold_start_is_correct(artifact: Artifact, cases: list[Case]) -> None:
    result = events.cold_starts(shipped(artifact), cases, 3)
    assert (result["correct"], result["failures"]) == (3, [])
    assert 0 < result["cold_start"]["median"] < 30
