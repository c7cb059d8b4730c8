"""Reload of the models under load, with failing publications."""

import pytest

from tests.support.reload_stress.faults import FAULTS
from tests.support.reload_stress.stream import MIN_REQUESTS, SWAPS, run
from tests.support.s3 import s3

MAX_LATENCY = 2_000  # milliseconds; a request waits at most a tenth of that for S3

pytestmark = [pytest.mark.serial, pytest.mark.slow]


def test_reload_under_load_fails_no_request_and_mixes_no_versions() -> None:
    with s3() as here:
        tally = run(here)
    assert (tally.errors, tally.wrong) == ([], [])
    assert tally.swaps == SWAPS
    assert tally.faults.keys() == FAULTS.keys()
    assert tally.requests >= MIN_REQUESTS
    assert len(tally.responses) > SWAPS  # the first version, and each published one
    assert tally.longest < MAX_LATENCY
