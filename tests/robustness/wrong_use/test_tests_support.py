"""Wrong uses of the commands of tests.support: one clear line and the right exit status, never a traceback."""

from pathlib import Path

import pytest

from tests.support.wrong_use import PYTHON, WrongUse, check

pytestmark = pytest.mark.slow

AUDITS, FUZZ = "tests.support.audits", "tests.support.fuzz"
CASES = (
    WrongUse(
        "soak-unknown-part",
        ("tests.support.soak", "--only", "storm"),
        r"there is no part storm; choose of",
        2,
        python=PYTHON,
    ),
    WrongUse("soak-out-is-folder", ("tests.support.soak", "--out", "."), r"\. cannot be written: give a file", 2),
    WrongUse("fuzz-unknown-option", (FUZZ, "--fast"), r"unrecognized arguments: --fast", 2),
    WrongUse("fuzz-two-hyphens", (FUZZ, "decoder", "--runs=5"), r"libFuzzer has no option --runs=5: .* one hyphen", 2),
    WrongUse("fuzz-save-unknown-target", (FUZZ, "save", "png"), r"invalid choice: 'png'", 2),
    WrongUse(
        "contract-no-cases", ("tests.support.contract", "--cases", "0"), r"'0' is not a whole number of at least", 2
    ),
    WrongUse("contract-seed", ("tests.support.contract", "--seed", "x"), r"--seed: invalid int value: 'x'", 2),
    WrongUse("reload-stress-argument", ("tests.support.reload_stress", "fast"), r"unrecognized arguments: fast", 2),
    WrongUse("deploy-argument", ("tests.support.deploy", "fast"), r"unrecognized arguments: fast", 2),
    WrongUse("events-argument", ("tests.support.events", "mlp"), r"unrecognized arguments: mlp", 2),
    WrongUse("sam-architecture", ("tests.support.sam_local", "riscv"), r"invalid choice: 'riscv'", 2),
    WrongUse("interrupt-command", ("tests.support.interrupt", "sleep"), r"there is no command sleep: choose of", 2),
    WrongUse("audits-without-command", (AUDITS,), r"the following arguments are required: AUDIT", 2),
    WrongUse("axe-unknown-state", (AUDITS, "axe", "asleep"), r"there is no state 'asleep': choose of blank", 2),
    WrongUse(
        "lighthouse-no-url", (AUDITS, "lighthouse", "--url", "site"), r"'site' is not a URL: give https://HOST", 2
    ),
    WrongUse("replay-no-digits", (AUDITS, "replay", "--count", "0"), r"'0' is not a whole number of at least 1", 2),
    WrongUse("replay-missing-file", (AUDITS, "replay", "--handwriting", "nofile"), r"^nofile"),
    WrongUse("recording-without-file", (AUDITS, "recording"), r"the following arguments are required: file", 2),
    WrongUse(
        "audit-without-chromium",
        (AUDITS, "weight"),
        r"^There is no Chromium on this machine: apt-get install chromium$",
        environment={"PATH": "/nowhere"},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_wrong_use_prints_one_line(case: WrongUse, tmp_path: Path) -> None:
    check(case, tmp_path)
