"""A short soak of what ships, as `make soak` does it for minutes."""

from tests.support.artifact import Artifact
from tests.support.emulator import shipped
from tests.support.soak import events, load, workers
from tests.support.soak.cases import Case


def test_every_answer_to_clients_at_once_is_right(cases: list[Case]) -> None:
    shown = load.measure(cases, clients=5, warm_up=0.5, seconds=1.5)
    assert shown["requests"] == shown["right"] > 50
    assert (shown["wrong"], shown["lost"]) == (0, 0)
    assert len(shown["resident"]) >= 2


def test_a_killed_worker_loses_no_other_requests_than_its_own(cases: list[Case]) -> None:
    shown = workers.measure(cases, clients=5, kills=2, pause=0.5)
    assert shown["failures"] == []
    assert shown["kills"] == 2
    assert 1 <= shown["lost"] <= shown["in_flight"] <= 2 * 5


def test_one_request_for_each_connection_of_a_killed_worker_may_be_lost() -> None:
    lost = [(1, "in flight"), (2, "in flight"), (2, "later"), (3, "with another")]
    assert workers.beyond(lost, {1, 2, 4}) == ["later", "with another"]


def test_every_event_is_answered_right(artifact: Artifact, cases: list[Case]) -> None:
    shown = events.measure(shipped(artifact), cases, 200)
    assert (shown["right"], shown["failures"]) == (200 + events.WARM_UP * len(cases), [])
    assert len(shown["resident"]) == 1 + events.SAMPLES


def test_a_cold_start_answers_whatever_comes_first(artifact: Artifact, cases: list[Case]) -> None:
    shown = events.cold_starts(shipped(artifact), cases, 3)
    assert (shown["right"], shown["failures"]) == (3, [])
    assert 0 < shown["cold_start"]["median"] < 30
