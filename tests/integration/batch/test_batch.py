"""`python -m batch` from files to files: same answers as the API, stopped and resumed, on S3."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.csv import read_csv

from digits.registry import BUNDLE, Bundle
from evaluation.api import open_client
from evaluation.pictures.kinds import KINDS, encode, make
from evaluation.strokes.files import default_digits
from tests.support.batch import batch, kill_when
from tests.support.pictures import encode as png
from tests.support.pictures import seven
from tests.support.s3 import S3, s3
from training import dataset

pytestmark = pytest.mark.slow

PICTURES = 4  # of each kind
FIELDS = ("digit_likeness", "is_digit", "reason")


@pytest.fixture(scope="module", name="kinds")
def _kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures of all kinds, and of files that are none."""
    folder = tmp_path_factory.mktemp("kinds")
    for name in KINDS:
        for number, (_, picture) in enumerate(make(name, default_digits(), PICTURES)):
            suffix, content = encode(name, picture)
            (folder / f"{name}-{number}.{suffix}").write_bytes(content)
    (folder / "blank.png").write_bytes(png(seven(ink=0)))
    (folder / "text.png").write_bytes(b"no picture")
    (folder / "cut-off.png").write_bytes(png(seven())[:200])
    return folder


def answer(client: Any, file: Path) -> dict[str, Any]:
    """Return the API's answer as a row of the output."""
    media_type = {".png": "image/png", ".jpg": "image/jpeg"}[file.suffix]
    response = client.post("/api/compare", content=file.read_bytes(), headers={"Content-Type": media_type})
    body = response.json()
    if response.status_code != 200:
        return {"source": file.name, "error": body["type"]}
    row = {"source": file.name, "error": None} | {name: body.get(name) for name in FIELDS}
    for one in body["predictions"]:
        model = one["model"]
        row |= {f"{model}_digit": one["digit"], f"{model}_version": one["version"]}
        row |= {f"{model}_{digit}": probability for digit, probability in enumerate(one["probabilities"])}
    return row


def test_answers_equal_the_apis_bit_for_bit(kinds: Path, tmp_path: Path) -> None:
    batch(".", tmp_path / "answers.parquet", folder=kinds)
    rows = pq.read_table(tmp_path / "answers.parquet").to_pylist()
    client = open_client(Path(BUNDLE))
    assert len(rows) == len(KINDS) * PICTURES + 3
    for row, file in zip(rows, sorted(kinds.iterdir(), key=str), strict=True):
        expected = answer(client, file)
        assert {name: row[name] for name in expected} == expected
        if row["error"]:
            assert [value for name, value in row.items() if name not in ("source", "error", "label")].count(None) == 25


@pytest.fixture(scope="module", name="arrays")
def _arrays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20,000 pictures with labels in one array."""
    test = dataset.load_test()
    file = tmp_path_factory.mktemp("arrays") / "digits.npz"
    np.savez(file, x=np.concatenate((test.images, test.images)), y=np.concatenate((test.labels, test.labels)))
    return file


@pytest.fixture(scope="module", name="whole")
def _whole(arrays: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a run that was not stopped."""
    folder = tmp_path_factory.mktemp("whole")
    batch(arrays, "answers", "--label", "y", folder=folder)
    return folder / "answers"


def content(folder: Path) -> dict[str, bytes]:
    """Return the parts by their names."""
    return {file.name: file.read_bytes() for file in folder.glob("part-*.parquet")}


def test_accuracy_is_that_of_the_manifest(whole: Path) -> None:
    table, bundle = pq.read_table(whole), Bundle()
    for model in ("mlp", "tree"):
        expected = bundle[model].entry["metrics"]["accuracy"]
        right = np.equal(table[f"{model}_digit"].to_numpy(), table["label"].to_numpy())
        assert right.mean() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", ["answers", "answers.csv"])
def test_killed_run_is_resumed(name: str, arrays: Path, whole: Path, tmp_path: Path) -> None:
    parts = tmp_path / (name if name == "answers" else f"{name}.parts")
    kill_when(lambda: len([*parts.glob("part-*")]) >= 5, arrays, name, "--label", "y", folder=tmp_path)
    kept = {file.name: file.stat().st_mtime_ns for file in parts.glob("part-*")}
    batch(arrays, name, "--label", "y", "--resume", folder=tmp_path)
    if name == "answers":
        assert content(parts) == content(whole)
        assert {part: (parts / part).stat().st_mtime_ns for part in kept} == kept  # they were not classified again
    else:
        rows = csv.reader(io.StringIO((tmp_path / name).read_text()))
        assert [row[0] for row in rows][1:] == pq.read_table(whole)["source"].to_pylist()
        assert [each.name for each in tmp_path.iterdir()] == [name]
    assert "finished already" in batch(arrays, "answers.csv", "--resume", folder=tmp_path).stdout or name == "answers"


def test_one_core_writes_the_same_as_all(arrays: Path, whole: Path, tmp_path: Path) -> None:
    batch(arrays, "answers", "--label", "y", "--cores", 1, folder=tmp_path)
    assert content(tmp_path / "answers") == content(whole)


@pytest.mark.parametrize("name", ["answers.parquet", "answers.csv"])
def test_single_model_has_only_its_columns(name: str, tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "a.png").write_bytes(png(seven()))
    done = batch("7", name, "--model", "tree", folder=tmp_path)
    read = pq.read_table if name.endswith("parquet") else read_csv
    (row,) = read(tmp_path / name).to_pylist()
    assert (row["source"], row["label"], row["tree_digit"], row["is_digit"]) == ("7/a.png", 7, 7, True)
    assert not [column for column in row if column.startswith("mlp")]
    assert "1 pictures are in" in done.stdout


def test_table_that_is_damaged_inside_ends_the_run_with_one_line(tmp_path: Path) -> None:
    file = tmp_path / "scans.parquet"
    pq.write_table(pa.table({"image": [png(seven())] * 200}), file, compression="none", use_dictionary=False)
    content_ = bytearray(file.read_bytes())
    content_[4:40] = bytes(36)  # the header of the first page
    file.write_bytes(content_)
    done = batch(file, "answers", folder=tmp_path, succeeds=False)
    assert done.stderr.splitlines()[-1].startswith(f"{file} ")
    assert content(tmp_path / "answers") == {}


@pytest.fixture(name="server")
def _server() -> Iterator[S3]:
    with s3() as server:
        yield server


@pytest.mark.parametrize("output", ["s3://answers/a", "s3://answers/a.csv"])
def test_s3_in_and_out(output: str, server: S3, arrays: Path, tmp_path: Path) -> None:
    scans, answers = server.bucket("scans"), server.bucket("answers")
    for number in range(40):
        scans.put_object(Key=f"in/{number % 10}/{number}.png", Body=png(seven()))
    with arrays.open("rb") as file:
        scans.put_object(Key="in/more.npz", Body=file.read())
    done = batch("s3://scans/in", output, "--label", "y", folder=tmp_path)
    keys = sorted(each.key for each in answers.objects.all())
    if output == "s3://answers/a":
        assert keys[0] == "a/_run.json"
        stored = [pq.read_table(io.BytesIO(answers.Object(key).get()["Body"].read())) for key in keys[1:]]
        sources = [source for table in stored for source in table["source"].to_pylist()]
        assert sources[:2] == ["s3://scans/in/0/0.png", "s3://scans/in/0/10.png"]
        assert len(set(sources)) == len(sources) == 20_040
    else:
        assert keys == [output.removeprefix("s3://answers/")]
    assert "20,040 pictures are in s3://answers/a" in done.stdout
    assert not [*tmp_path.iterdir()]


def test_missing_bucket_is_named(server: S3, tmp_path: Path) -> None:
    assert server.url
    done = batch("s3://missing/in", "answers", folder=tmp_path, succeeds=False)
    assert done.stderr.splitlines() == ["s3://missing/in: there is no such bucket. Check its name."]
    assert not [*tmp_path.iterdir()]
