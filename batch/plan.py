"""What a run has to classify, split into parts: each becomes one file of the output, whoever classifies it."""

import glob
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from batch import arrays, storage
from command_line import CommandError

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
MIN_PARTS = 64  # so that all cores finish at about the same time
MIN_ROWS, MAX_ROWS = 32, {"pictures": 2_048, "table": 2_048, "array": 16_384}  # of a part: seconds of work

type Kind = Literal["pictures", "table", "array"]


@dataclass(frozen=True)
class Options:
    """Names of what a table or an archive of arrays holds, and of the folder that sources are relative to."""

    column: str | None = None  # pictures; default: `image` of a table, the only array of an .npz
    label: str | None = None  # labels; default: `label` of a table, if there is one
    base: str = ""  # with a final slash; files elsewhere keep their absolute path

    def source(self, name: str) -> str:
        """Return the name of a file as the output has it."""
        return name.removeprefix(self.base)


@dataclass(frozen=True)
class Part:
    """Pictures that one worker classifies at a time: files, or the rows start to stop of a table or an array."""

    index: int
    kind: Kind
    names: tuple[str, ...]
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class Plan:
    """All parts of a run, in the order of the output."""

    parts: Sequence[Part] = field(repr=False)
    fingerprint: str  # of the names, sizes and times of the input's files

    @property
    def pictures(self) -> int:
        return sum(map(len, self.parts))


def make(inputs: Sequence[str], options: Options, output: Sequence[str] = ()) -> Plan:
    """Find the inputs' pictures and split them into parts. Raises CommandError if an input has none.

    output: names of files and folders below which nothing is read; a file that two inputs name is read once
    """
    every = {name: info for each in inputs for name, info in _find(each)}
    written = tuple(f"{name}/" for name in output)
    files = [(name, info) for name, info in every.items() if not f"{name}/".startswith(written)]
    sizes = [(kind, names, _rows(kind, names, options)) for kind, names in _groups([name for name, _ in files])]
    total = sum(rows for *_, rows in sizes)
    if not total:
        raise CommandError(f"{', '.join(inputs)}: no pictures. Give a folder, a file or a pattern that has some.")
    parts: list[Part] = []
    for kind, names, rows in sizes:
        step = min(max(-(-total // MIN_PARTS), MIN_ROWS), MAX_ROWS[kind])
        for start in range(0, rows, step):
            stop = min(start + step, rows)
            of_part = names[start:stop] if kind == "pictures" else names
            parts.append(Part(len(parts), kind, of_part, start, stop))
    described = repr([(name, info.size, info.mtime_ns) for name, info in files] + [options])
    return Plan(parts, hashlib.sha256(described.encode()).hexdigest())


def _find(given: str) -> list[tuple[str, fs.FileInfo]]:
    """Return the readable files of a folder, prefix, file or pattern. Raises CommandError if there are none."""
    is_pattern = not storage.is_on_s3(given) and glob.has_magic(given)
    if is_pattern:
        files = [(name, storage.info(name)) for name in sorted(map(storage.absolute, glob.glob(given, recursive=True)))]
        reason = "no file matches"
    else:
        name = storage.absolute(given)
        with storage.readable_errors(name):
            if storage.is_on_s3(name) and not storage.has_bucket(name):
                raise CommandError(f"{given}: there is no such bucket. Check its name.")
            info = storage.info(name)
            if info.type == fs.FileType.File:
                return [(name, _readable(name, info))]
            if info.type == fs.FileType.NotFound and not storage.is_on_s3(name):
                raise CommandError(f"{given}: there is no such file or folder.")
            files = [(storage.full_name(name, each.path), each) for each in storage.files(name)]
        reason = "it has no PNG, JPEG, WebP, Parquet, .npy, .npz or idx file"
    files = [(name, info) for name, info in files if _kind(name) and not PurePath(name).name.startswith((".", "_"))]
    if not files:
        raise CommandError(f"{given}: {reason}. Give a folder, a file or a pattern that has pictures.")
    return files


def _readable(name: str, info: fs.FileInfo) -> fs.FileInfo:
    """Return the info of a file that was named itself. Raises CommandError if its ending is of no known format."""
    if _kind(name):
        return info
    raise CommandError(
        f"{name} is none of PNG, JPEG, WebP, Parquet, .npy, .npz and idx (such as t10k-images-idx3-ubyte.gz)."
    )


def _kind(name: str) -> Kind | None:
    lower = name.lower()
    if lower.endswith(PICTURES):
        return "pictures"
    if lower.endswith((".parquet", ".pq")):
        return "table"
    return "array" if arrays.is_array(lower) else None


def _groups(names: Sequence[str]) -> Iterator[tuple[Kind, tuple[str, ...]]]:
    """Yield the files of pictures together, and each table and array by itself."""
    pictures = tuple(name for name in names if _kind(name) == "pictures")
    if pictures:
        yield "pictures", pictures
    for name in names:
        if (kind := _kind(name)) and kind != "pictures":
            yield kind, (name,)


def _rows(kind: Kind, names: Sequence[str], options: Options) -> int:
    """Return the number of pictures. Raises CommandError for a damaged table or array, or without the column."""
    if kind == "pictures":
        return len(names)
    (name,) = names
    with storage.readable_errors(name):
        if kind == "array":
            return arrays.check(name, options.column, options.label)
        return check_table(name, options)


def check_table(name: str, options: Options) -> int:
    """Return the number of rows of a Parquet file. Raises CommandError if it is damaged or lacks a column."""
    try:
        with storage.open_file(name) as file, pq.ParquetFile(file) as table:
            schema, rows = table.schema_arrow, table.metadata.num_rows
    except pa.ArrowInvalid as error:
        raise CommandError(f"{name} is damaged or no Parquet file ({str(error).splitlines()[0]})") from None
    pictures = table_column(options)
    for column in (pictures, options.label):
        if column is not None and column not in schema.names:
            raise CommandError(f"{name} has no column {column!r}. It has {', '.join(schema.names)}: {_hint(options)}")
    kind = schema.field(pictures).type
    if not _is_bytes(kind) and not (pa.types.is_struct(kind) and _is_bytes(_member(kind, "bytes"))):
        raise CommandError(f"{name}: the column {pictures!r} is {kind}. Pictures are bytes of PNG, JPEG or WebP files.")
    label = label_column(options, schema.names)
    if label and not pa.types.is_integer(schema.field(label).type):
        raise CommandError(f"{name}: the column {label!r} is {schema.field(label).type}. Labels are integers, 0 to 9.")
    return int(rows)


def table_column(options: Options) -> str:
    return options.column or "image"


def label_column(options: Options, names: Sequence[str]) -> str | None:
    return options.label or ("label" if "label" in names else None)


def _hint(options: Options) -> str:
    return "check --column and --label." if options.column or options.label else "name one by --column."


def _member(struct: pa.StructType, name: str) -> pa.DataType | None:
    index = struct.get_field_index(name)
    return struct.field(index).type if index >= 0 else None


def _is_bytes(kind: pa.DataType | None) -> bool:
    return kind is not None and (pa.types.is_binary(kind) or pa.types.is_large_binary(kind))
