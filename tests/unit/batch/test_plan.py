"""Inputs of a batch run, and their parts."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from batch import plan
from batch.plan import MAX_ROWS, MIN_ROWS, Options
from command_line import CommandError
from tests.support.pictures import encode, seven

PNG = encode(seven(28))


def pictures(folder: Path, *names: str) -> Path:
    """Write a picture to each of the files, and return the folder."""
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(PNG)
    return folder


def table(path: Path, **columns: object) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def array(path: Path, content: object) -> Path:
    np.save(path, np.asarray(content))
    return path


def header(rows: int) -> bytes:
    """Return the header of an .npy of (rows, 28, 28) uint8."""
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({rows}, 28, 28), }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def text(path: Path, content: bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def test_folder_is_read_at_any_depth_in_the_order_of_names(tmp_path: Path) -> None:
    folder = pictures(tmp_path, "b/2.png", "b/1.JPG", "a.webp", "c/d/e.jpeg")
    (folder / "notes.txt").write_text("no picture")
    (part,) = plan.make([str(folder)], Options()).parts
    assert [name.removeprefix(f"{folder}/") for name in part.names] == ["a.webp", "b/1.JPG", "b/2.png", "c/d/e.jpeg"]


def test_hidden_files_and_those_of_other_tools_are_left_out(tmp_path: Path) -> None:
    folder = pictures(tmp_path, ".hidden.png", "_SUCCESS.png", "a.png")
    assert plan.make([str(folder)], Options()).pictures == 1


def test_pattern_is_expanded(tmp_path: Path) -> None:
    pictures(tmp_path, "1/a.png", "2/b.png", "2/c.jpg")
    assert plan.make([f"{tmp_path}/*/*.png"], Options()).pictures == 2
    assert plan.make([f"{tmp_path}/**/*.*"], Options()).pictures == 3


def test_several_inputs_are_one_run(tmp_path: Path) -> None:
    pictures(tmp_path, "a.png")
    array(tmp_path / "b.npy", np.zeros((3, 28, 28), np.uint8))
    made = plan.make([str(tmp_path / "a.png"), str(tmp_path / "b.npy")], Options())
    assert [(part.kind, len(part)) for part in made.parts] == [("pictures", 1), ("array", 3)]


def test_file_that_two_inputs_name_is_read_once(tmp_path: Path) -> None:
    folder = pictures(tmp_path, "a.png", "b.png")
    assert plan.make([str(folder), f"{folder}/a.png", f"{folder}/*.png"], Options()).pictures == 2


def test_output_in_an_input_folder_is_not_read(tmp_path: Path) -> None:
    folder = pictures(tmp_path, "a.png", "answers.png")
    for name in ("answers/part-00000000.parquet", "b.parquet.parts/part-00000000.parquet", "b.parquet"):
        text(folder / name, b"no table")
    written = [str(folder / name) for name in ("answers", "b.parquet", "b.parquet.parts")]
    assert plan.make([str(folder)], Options(), written).pictures == 2


@pytest.mark.parametrize("rows", [1, MIN_ROWS, 1_000, 100_000, 2_000_000])
def test_parts_cover_every_row_once(tmp_path: Path, rows: int) -> None:
    name = array(tmp_path / "many.npy", np.broadcast_to(np.uint8(0), (1, 28, 28)))
    name.write_bytes(header(rows))
    with name.open("r+b") as file:
        file.truncate(len(header(rows)) + rows * 28 * 28)  # sparse
    parts = plan.make([str(name)], Options()).parts
    assert [part.start for part in parts] == [0, *(part.stop for part in parts[:-1])]
    assert parts[-1].stop == rows
    assert [part.index for part in parts] == [*range(len(parts))]
    assert max(map(len, parts)) <= MAX_ROWS["array"]


def test_fingerprint_changes_with_the_input_and_the_options(tmp_path: Path) -> None:
    folder = pictures(tmp_path, "a.png")
    first = plan.make([str(folder)], Options())
    assert plan.make([str(folder)], Options()) == first
    assert plan.make([str(folder)], Options(label="x")).fingerprint != first.fingerprint
    pictures(tmp_path, "b.png")
    assert plan.make([str(folder)], Options()).fingerprint != first.fingerprint


def test_label_column_is_found_by_its_name() -> None:
    assert plan.label_column(Options(), ["image", "label"]) == "label"
    assert plan.label_column(Options(), ["image"]) is None
    assert plan.label_column(Options(label="digit"), ["image", "digit"]) == "digit"


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda folder: folder / "missing", r"missing: there is no such file or folder\.$"),
    "no pictures in folder": (lambda folder: folder, r"has no PNG, JPEG, WebP, Parquet, \.npy, \.npz or idx file"),
    "no match": (lambda folder: folder / "*.png", r"no file matches"),
    "text file": (lambda folder: text(folder / "a.txt", b"no picture"), r"a\.txt is none of PNG, JPEG"),
    "damaged table": (
        lambda folder: text(folder / "a.parquet", b"no table"),
        r"a\.parquet is damaged or no Parquet file",
    ),
    "no column": (
        lambda folder: table(folder / "a.parquet", scan=[PNG]),
        r"has no column 'image'\. It has scan: name one by",
    ),
    "column of names": (
        lambda folder: table(folder / "a.parquet", image=["a.png"]),
        r"the column 'image' is string\. Pictures are",
    ),
    "label of text": (
        lambda folder: table(folder / "a.parquet", image=[PNG], label=["1"]),
        r"the column 'label' is string",
    ),
    "empty table": (
        lambda folder: table(folder / "a.parquet", image=pa.array([], pa.binary())),
        r"no pictures\. Give a folder",
    ),
    "small pictures": (
        lambda folder: array(folder / "a.npy", np.zeros((2, 8, 8), np.uint8)),
        r"is \(2, 8, 8\) uint8\. Pictures are",
    ),
    "floats": (lambda folder: array(folder / "a.npy", np.zeros((2, 28, 28))), r"is \(2, 28, 28\) float64"),
    "no axes": (lambda folder: array(folder / "a.npy", np.uint8(1)), r"the array is \(\) uint8"),
    "empty array": (
        lambda folder: array(folder / "a.npy", np.zeros((0, 28, 28), np.uint8)),
        r"no pictures\. Give a folder",
    ),
    "cut off": (lambda folder: text(folder / "a.npy", header(10)), r"a\.npy is damaged: it ends before row 10\.$"),
    "damaged array": (lambda folder: text(folder / "a.npy", b"no array"), r"a\.npy is damaged: "),
    "damaged archive": (lambda folder: text(folder / "a.npz", b"no archive"), r"a\.npz is damaged: "),
    "damaged idx": (lambda folder: text(folder / "t10k-images-idx3-ubyte", b""), r"ubyte is damaged: "),
    "damaged gzip": (lambda folder: text(folder / "t10k-images-idx3-ubyte.gz", b"x"), r"ubyte\.gz is damaged: "),
    "bucket's name": (lambda folder: "s3://Scans/a", r"^'Scans' is not a bucket's name"),
}


@pytest.mark.parametrize(("make", "message"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_named(make: Callable[[Path], object], message: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=message) as error:
        plan.make([str(make(tmp_path))], Options())
    assert "\n" not in str(error.value)
