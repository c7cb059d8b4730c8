"""Requests during a gradual release."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from deploy import command, smoke, traffic
from tests.integration.deploy.conftest import Run
from tests.support.deploy.cloud import Cloud


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_both_models_get_requests_until_block_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def send(url: str, picture: bytes) -> None:
        sent.append(url)
        raise ConnectionResetError

    monkeypatch.setattr(smoke, "send", send)
    monkeypatch.setattr(traffic, "INTERVAL", 0.01)
    with traffic.traffic("https://site"):
        wait_until(lambda: len(sent) >= 4)
    count = len(sent)
    assert set(sent) == {"https://site/api/predict/mlp", "https://site/api/predict/tree"}
    time.sleep(0.05)
    assert len(sent) == count


def test_no_site_gets_no_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "send", pytest.fail)
    with traffic.traffic(None):
        time.sleep(0.05)


def test_only_later_gradual_releases_have_traffic(
    aws: Cloud, built: Path, run: Run, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sites: list[str | None] = []

    def record(site: str | None) -> nullcontext[None]:
        sites.append(site)
        return nullcontext()

    monkeypatch.setattr(command, "traffic", record)
    gradual = ("--built", str(built), "--env", "prod", "--stack", "digits")
    assert run(*gradual) == 0
    assert run(*gradual) == 0
    assert run(*gradual, "Rollout=AllAtOnce") == 0
    assert sites == [None, site, None]
