"""What the document says holds for requests that are made of it, good and bad; `make fuzz` tries thousands."""

from schemathesis.checks import CHECKS
from schemathesis.engine.run import TESTING_PHASES

from tests.support.contract.campaign import run

ENOUGH = 300  # cases


def test_the_application_does_what_the_document_says() -> None:
    *_, report = run(examples=2)
    assert report.failures == []
    assert report.cases.total() >= ENOUGH
    assert report.cases.keys() == {phase.value for phase in TESTING_PHASES}
    assert report.checks.keys() == {*CHECKS.get_all_names(), "max_response_time"}
