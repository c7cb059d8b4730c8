"""Wrong uses of `python -m deploy`: one clear line and the right exit status, never a traceback."""

from pathlib import Path

import pytest

from tests.support.deploy.cloud import ENVIRONMENT
from tests.support.wrong_use import PYTHON, WrongUse, check

pytestmark = pytest.mark.slow

OFFLINE = ENVIRONMENT | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
CASES = (
    WrongUse("no-network", ("deploy",), r"^Could not connect to AWS \(.*\)\. Check the network", environment=OFFLINE),
    WrongUse("destroy-no-network", ("deploy", "destroy"), r"^Could not connect to AWS", environment=OFFLINE),
    WrongUse(
        "unknown-environment",
        ("deploy", "--env", "test"),
        r"no section 'test'\. Use ENV=default or ENV=prod",
        python=PYTHON,
    ),
    WrongUse("unknown-parameter", ("deploy", "Memory=512"), r"^'Memory=512' is not NAME=VALUE of a parameter of"),
    WrongUse("parameter-without-value", ("deploy", "MemorySize"), r"^'MemorySize' is not NAME=VALUE of a parameter of"),
    WrongUse(
        "missing-template", ("deploy", "--built", "nofile"), r"^nofile does not exist\. Give the template.yaml of"
    ),
    WrongUse("template-is-folder", ("deploy", "--built", "."), r"^\. does not exist\. Give the template.yaml of"),
    WrongUse("smoke-without-url", ("deploy", "smoke"), r"the following arguments are required: URL", 2),
    WrongUse("smoke-nonsense", ("deploy", "smoke", "nonsense"), r"'nonsense' is not a URL: give https://HOST", 2),
    WrongUse("smoke-ftp", ("deploy", "smoke", "ftp://host"), r"'ftp://host' is not a URL: give https://HOST", 2),
    WrongUse(
        "unknown-profile",
        ("deploy",),
        r"^The AWS configuration is invalid: The config profile \(nobody\) could not be found\.$",
        environment=ENVIRONMENT | {"AWS_PROFILE": "nobody"},
    ),
    WrongUse(
        "damaged-configuration",
        ("deploy",),
        r"^The AWS configuration is invalid: Unable to parse config file",
        prepare=lambda folder: (folder / "config").write_text("not a configuration"),
        environment=ENVIRONMENT | {"AWS_CONFIG_FILE": "config"},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_wrong_use_prints_one_line(case: WrongUse, tmp_path: Path) -> None:
    check(case, tmp_path)
