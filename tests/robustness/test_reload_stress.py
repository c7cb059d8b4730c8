"""Replacement of the models under load: no request fails, and a faulty publication keeps the served models."""

from tests.support.reload_stress.faults import FAULTS
from tests.support.reload_stress.stream import LEAST, SWAPS, run
from tests.support.s3 import s3

PATIENT = 2_000  # milliseconds for the longest answer: a request waits a tenth of that for S3


def test_no_request_fails_and_none_mixes_versions() -> None:
    with s3() as here:
        tally = run(here)
    assert (tally.errors, tally.wrong) == ([], [])
    assert tally.swaps == SWAPS
    assert tally.met.keys() == FAULTS.keys()
    assert tally.asked >= LEAST
    assert len(tally.answers) > SWAPS  # what came with the function, and each that was published
    assert tally.longest < PATIENT
