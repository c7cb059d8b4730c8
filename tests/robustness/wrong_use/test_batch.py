"""Wrong uses of `python -m batch`: one clear line, never a traceback, nothing half-written."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.deploy.cloud import ENVIRONMENT
from tests.support.pictures import encode, seven
from tests.support.wrong_use import PYTHON, WrongUse, check

pytestmark = pytest.mark.slow

OFFLINE = ENVIRONMENT | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}


def picture(folder: Path) -> None:
    (folder / "in").mkdir()
    (folder / "in" / "a.png").write_bytes(encode(seven(28)))


def finished(folder: Path) -> None:
    picture(folder)
    (folder / "out.csv").write_text("mine")


def other_files(folder: Path) -> None:
    picture(folder)
    (folder / "out").mkdir()
    (folder / "out" / "letter.txt").write_text("mine")


def table(folder: Path) -> None:
    pq.write_table(pa.table({"scan": [encode(seven(28))]}), folder / "a.parquet")


def small(folder: Path) -> None:
    np.save(folder / "a.npy", np.zeros((2, 8, 8), np.uint8))


CASES = (
    WrongUse("no-output", ("batch", "in"), r"the following arguments are required: OUTPUT", 2, python=PYTHON),
    WrongUse("missing-input", ("batch", "in", "out"), r"^in: there is no such file or folder\.$"),
    WrongUse("empty-folder", ("batch", ".", "out"), r"^\.: it has no PNG, JPEG, WebP, Parquet"),
    WrongUse("no-match", ("batch", "*.png", "out"), r"^\*\.png: no file matches\. Give a folder"),
    WrongUse(
        "no-column", ("batch", "a.parquet", "out"), r"has no column 'image'\. It has scan: name one", prepare=table
    ),
    WrongUse("small-array", ("batch", "a.npy", "out"), r"the array is \(2, 8, 8\) uint8\. Pictures are", prepare=small),
    WrongUse(
        "output-exists", ("batch", "in", "out.csv"), r"out\.csv exists\. Give --resume .* or --over", prepare=finished
    ),
    WrongUse(
        "overwrite-other-files",
        ("batch", "in", "out", "--overwrite"),
        r"out has other files\. Give",
        prepare=other_files,
    ),
    WrongUse("both-again", ("batch", "in", "out", "--resume", "--overwrite"), r"not allowed with argument", 2),
    WrongUse("no-model", ("batch", "in", "out", "--model", "forest"), r"invalid choice: 'forest'", 2),
    WrongUse("no-cores", ("batch", "in", "out", "--cores", "0"), r"'0' is not a whole number of at least 1", 2),
    WrongUse("output-below-file", ("batch", "in", "/dev/null/out"), r"^/dev/null/out.* cannot be", prepare=picture),
    WrongUse("upper-case-bucket", ("batch", "s3://Scans/a", "out"), r"^'Scans' is not a bucket's name"),
    WrongUse(
        "no-network", ("batch", "s3://scans/a", "out"), r"^s3://scans/a: S3 does not respond", environment=OFFLINE
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_wrong_use_prints_one_line(case: WrongUse, tmp_path: Path) -> None:
    check(case, tmp_path)
    assert not [path for path in tmp_path.rglob("*.parquet") if path.name != "a.parquet"]
    assert not (tmp_path / "out.csv").exists() or (tmp_path / "out.csv").read_text() == "mine"
