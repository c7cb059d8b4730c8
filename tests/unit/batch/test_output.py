"""Parts of the output: written atomically, kept for --resume, joined at the end."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from batch.output import RUN, Output
from batch.plan import Part, Plan
from command_line import CommandError

PARTS = [Part(index, "array", ("a.npy",), 2 * index, 2 * index + 2) for index in range(3)]
PLAN = Plan(PARTS, "0" * 64)
MODELS = {"mlp": "0123456789ab"}
SCHEMA = pa.schema([("source", pa.string()), ("mlp_digit", pa.int8())])


def rows(part: Part) -> pa.Table:
    return pa.table({"source": [f"a.npy#{row}" for row in range(part.start, part.stop)], "mlp_digit": [1, 2]}, SCHEMA)


def begin(
    output: Output,
    plan: Plan = PLAN,
    models: dict[str, str] = MODELS,
    *,
    overwrite: bool = False,
    resume: bool = False,
) -> set[int]:
    return output.begin(plan, models, overwrite=overwrite, resume=resume)


@pytest.mark.parametrize(("name", "form"), [("a", "folder"), ("a.parquet", "parquet"), ("a.CSV", "csv")])
def test_ending_tells_the_form(name: str, form: str) -> None:
    assert Output(f"/x/{name}").form == form


@pytest.mark.parametrize("name", ["answers", "answers.parquet", "answers.csv"])
def test_parts_become_one_table_in_their_order(name: str, tmp_path: Path) -> None:
    output = Output(str(tmp_path / name))
    assert begin(output) == set()
    for part in reversed(PARTS):
        output.write(part, rows(part))
    output.finish(SCHEMA)
    read = csv.read_csv if name.endswith("csv") else pq.read_table
    assert read(output.name)["source"].to_pylist() == [f"a.npy#{row}" for row in range(6)]
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert output.is_complete() == (name != "answers")


def test_finished_parts_are_kept(tmp_path: Path) -> None:
    output = Output(str(tmp_path / "answers.csv"))
    begin(output)
    output.write(PARTS[1], rows(PARTS[1]))
    Path(output.part_name(2)).write_bytes(b"damaged")
    assert begin(output, resume=True) == {1}


def test_resume_without_an_earlier_run_begins(tmp_path: Path) -> None:
    assert begin(Output(str(tmp_path / "answers")), resume=True) == set()


@pytest.mark.parametrize(
    ("plan", "models", "what"),
    [
        (Plan(PARTS, "1" * 64), MODELS, "input or options"),
        (PLAN, {"mlp": "ba9876543210"}, "models"),
        (Plan(PARTS[:2], "1" * 64), MODELS, "input or options and parts"),
    ],
)
def test_other_run_is_not_resumed(plan: Plan, models: dict[str, str], what: str, tmp_path: Path) -> None:
    output = Output(str(tmp_path / "answers"))
    begin(output)
    output.write(PARTS[0], rows(PARTS[0]))
    with pytest.raises(CommandError, match=rf"was begun with other {what}\. Resume it with the same"):
        begin(output, plan, models, resume=True)
    assert Path(output.part_name(0)).exists()


@pytest.mark.parametrize("name", ["answers", "answers.csv"])
def test_output_that_exists_is_not_replaced_unasked(name: str, tmp_path: Path) -> None:
    output = Output(str(tmp_path / name))
    begin(output)
    output.write(PARTS[0], rows(PARTS[0]))
    with pytest.raises(CommandError, match=r"exists\. Give --resume to go on with that run, or --overwrite\.$"):
        begin(output)
    assert begin(output, overwrite=True) == set()
    assert not Path(output.part_name(0)).exists()


@pytest.mark.parametrize(("overwrite", "resume"), [(False, False), (True, False), (False, True)])
def test_folder_of_other_files_is_never_touched(overwrite: bool, resume: bool, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(CommandError, match=r"has other files\. Give a folder that is new or empty\.$"):
        begin(Output(str(tmp_path)), overwrite=overwrite, resume=resume)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_folder_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "answers.csv").mkdir()
    with pytest.raises(CommandError, match=r"is a folder\. Give the name of a file\.$"):
        begin(Output(str(tmp_path / "answers.csv")), overwrite=True)


def test_file_is_not_replaced_by_a_folder(tmp_path: Path) -> None:
    (tmp_path / "answers").write_text("mine")
    with pytest.raises(CommandError, match=r"is a file: give a folder, or a name that ends in \.parquet or \.csv"):
        begin(Output(str(tmp_path / "answers")), overwrite=True)


def test_damaged_description_of_the_run_is_named(tmp_path: Path) -> None:
    output = Output(str(tmp_path / "answers"))
    begin(output)
    output.write(PARTS[0], rows(PARTS[0]))
    Path(output.parts_folder, RUN).write_text("{")
    with pytest.raises(CommandError, match=r"_run\.json is damaged\. Begin again with --overwrite\.$"):
        begin(output, resume=True)
    assert begin(output, overwrite=True) == set()


def test_failed_join_keeps_the_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Output) -> Iterator[pa.Table]:
        yield rows(PARTS[0])
        raise OSError(28, "No space left")

    output = Output(str(tmp_path / "answers.csv"))
    begin(output)
    output.write(PARTS[0], rows(PARTS[0]))
    with monkeypatch.context() as patched:
        patched.setattr(Output, "tables", fail)
        with pytest.raises(OSError, match="No space left"):
            output.finish(SCHEMA)
    assert [path.name for path in tmp_path.iterdir()] == ["answers.csv.parts"]
    assert begin(output, resume=True) == {0}
