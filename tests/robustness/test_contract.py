"""Contract test of the API with generated requests (schemathesis); `make fuzz` runs thousands."""

import pytest

MIN_CASES = 300

pytestmark = pytest.mark.slow


def test_api_conforms_to_its_openapi_document() -> None:
    from schemathesis.checks import CHECKS  # seconds to import
    from schemathesis.engine.run import TESTING_PHASES

    from tests.support.contract.campaign import run

    *_, report = run(examples=2)
    assert report.failures == []
    assert report.cases.total() >= MIN_CASES
    assert report.cases.keys() == {phase.value for phase in TESTING_PHASES}
    assert report.checks.keys() == {*CHECKS.get_all_names(), "max_response_time"}
