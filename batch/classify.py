"""Classification of one part: the API's decoding, preprocessing and models, over many pictures at a time."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import batched
from pathlib import PurePath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from batch import arrays, storage
from batch.plan import Options, Part, label_column, table_column
from digits.decode import decode
from digits.errors import DigitsError, InternalError, NotAnImage, TooLarge
from digits.likeness import assess
from digits.preprocess import SIZE, normalize
from digits.registry import Bundle

BATCH = 256  # pictures of one run of the models; larger ones are no faster (docs/batch.md)
CONNECTIONS = 32  # concurrent downloads from S3 by one worker
MAX_BYTES = 64 << 20  # of one picture
UNREADABLE = "urn:digits:unreadable"  # the problem type of a file that cannot be read
DIGITS = range(10)

type Pictures = NDArray[np.uint8]


@dataclass(frozen=True)
class Rows:
    """Pictures of a batch, and what the output says about them beside the models' answers.

    The lists have one element a picture. pictures: (m, 28, 28) uint8, those without an error.
    """

    sources: list[str]
    labels: list[int | None]
    errors: list[str | None]  # problem types
    pictures: Pictures


def schema(models: Sequence[str]) -> pa.Schema:
    """Return the columns of the output: one row a picture."""
    columns: list[tuple[str, pa.DataType]] = [
        ("source", pa.string()),
        ("label", pa.int8()),
        ("error", pa.string()),
        ("digit_likeness", pa.float32()),
        ("is_digit", pa.bool_()),
        ("reason", pa.string()),
    ]
    for model in models:
        columns.append((f"{model}_digit", pa.int8()))
        columns += [(f"{model}_{digit}", pa.float32()) for digit in DIGITS]
        columns.append((f"{model}_version", pa.string()))
    return pa.schema(columns)


class Classifier:
    """The models of the function's bundle, opened once by each worker."""

    def __init__(self, models: Sequence[str], options: Options, batch: int = BATCH) -> None:
        """Raises UnknownModel, ModelUnavailable. batch: pictures of one run of the models"""
        bundle = Bundle()
        self._models = {name: bundle[name] for name in models}
        self._network = bundle.likeness_model()
        self._options = options
        self._batch = batch
        self.schema = schema(models)

    @property
    def versions(self) -> dict[str, str]:
        """Version by model, the network's included: it scores digit likeness whatever the model."""
        network = [self._network] if self._network else []
        return {model.entry["name"]: model.entry["version"] for model in (*self._models.values(), *network)}

    def classify(self, part: Part) -> pa.Table:
        """Return the output's rows of a part, in its order."""
        batches = [self._classify(rows) for rows in read(part, self._options, self._batch)]
        return pa.Table.from_batches(batches, self.schema)

    def _classify(self, rows: Rows) -> pa.RecordBatch:
        readable = np.array([error is None for error in rows.errors])
        columns: dict[str, pa.Array] = {}
        likeness = None
        for name, model in self._models.items():
            probabilities, score = model.score(rows.pictures) if len(rows.pictures) else (np.empty((0, 10)), None)
            likeness = score if model is self._network else likeness
            columns[f"{name}_digit"] = _spread(probabilities.argmax(axis=1), readable, pa.int8())
            for digit in DIGITS:
                columns[f"{name}_{digit}"] = _spread(probabilities[:, digit], readable, pa.float32())
            columns[f"{name}_version"] = pa.array([model.entry["version"]] * len(readable))
        assessed = _fields(self._assess(rows.pictures, likeness), readable)
        columns |= {
            "source": pa.array(rows.sources, pa.string()),
            "label": pa.array(rows.labels, pa.int8()),
            "error": pa.array(rows.errors, pa.string()),
        } | {name: pa.array([each.get(name) for each in assessed], self.schema.field(name).type) for name in ASSESSED}
        return pa.RecordBatch.from_arrays([columns[name] for name in self.schema.names], schema=self.schema)

    def _assess(self, pictures: Pictures, likeness: NDArray[np.float32] | None) -> list[dict[str, Any]]:
        network = self._network
        if network is None or not len(pictures):
            return [{}] * len(pictures)
        if likeness is None:
            likeness = network.score(pictures)[1]
        assert likeness is not None  # Bundle.likeness_model has this output
        return [assess(network, picture, likeness[i : i + 1]) for i, picture in enumerate(pictures)]


ASSESSED = ("digit_likeness", "is_digit", "reason")


def _spread(values: NDArray[Any], readable: NDArray[np.bool_], kind: pa.DataType) -> pa.Array:
    """Return a column with the values at the readable pictures, and null at the others."""
    column = np.zeros(len(readable), values.dtype)
    column[readable] = values
    return pa.array(column, kind, mask=~readable, safe=False)


def _fields(assessed: Sequence[dict[str, Any]], readable: NDArray[np.bool_]) -> list[dict[str, Any]]:
    following = iter(assessed)
    return [next(following) if each else {} for each in readable]


def read(part: Part, options: Options, batch: int = BATCH) -> Iterator[Rows]:
    """Read and preprocess the pictures of a part, a batch at a time.

    Raises OSError and CommandError for a table or an array; what is wrong with one picture stands in its row.
    """
    match part.kind:
        case "pictures":
            yield from _read_pictures(part, options, batch)
        case "table":
            yield from _read_table(part, options, batch)
        case "array":
            yield from _read_array(part, options, batch)


def _read_pictures(part: Part, options: Options, size: int) -> Iterator[Rows]:
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        on_s3 = storage.is_on_s3(part.names[0])
        for names in batched(part.names, min(CONNECTIONS, size) if on_s3 else size, strict=False):
            encoded = (pool.map if on_s3 else map)(_content, names)
            yield _rows([options.source(name) for name in names], [_label(name) for name in names], encoded)


def _content(name: str) -> bytes | OSError:
    """Return the bytes of a file, or why there are none."""
    try:
        return storage.read(name, MAX_BYTES + 1)
    except OSError as error:
        return error


def _label(name: str) -> int | None:
    """Return the digit that is the name of a picture's folder."""
    folder = PurePath(name).parent.name
    return int(folder) if folder in tuple("0123456789") else None


def _read_table(part: Part, options: Options, size: int) -> Iterator[Rows]:
    (name,) = part.names
    with storage.open_file(name) as file, pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20) as table:
        pictures, label = table_column(options), label_column(options, table.schema_arrow.names)
        position, groups = _row_groups(table, part)
        for batch in table.iter_batches(size, groups, [pictures, *([label] if label else [])], use_threads=False):
            first, last = max(part.start - position, 0), min(part.stop - position, len(batch))
            if first < last:
                rows = batch.slice(first, last - first)
                encoded = rows.column(pictures)
                if pa.types.is_struct(encoded.type):
                    encoded = encoded.field("bytes")
                labels = rows.column(label).to_pylist() if label else [None] * len(rows)
                sources = [f"{options.source(name)}#{position + row}" for row in range(first, last)]
                yield _rows(sources, labels, encoded.to_pylist())
            position += len(batch)
            if position >= part.stop:
                return


def _row_groups(table: pq.ParquetFile, part: Part) -> tuple[int, list[int]]:
    """Return the number of rows before the first row group that the part needs, and the groups it needs."""
    start, first = 0, 0
    groups: list[int] = []
    for group in range(table.num_row_groups):
        stop = start + table.metadata.row_group(group).num_rows
        if stop > part.start and start < part.stop:
            first = first if groups else start
            groups.append(group)
        start = stop
    return first, groups


def _read_array(part: Part, options: Options, size: int) -> Iterator[Rows]:
    (name,) = part.names
    pictures, labels = arrays.read(name, options.column, options.label, part.start, part.stop)
    known = [_known(label) for label in ([None] * len(part) if labels is None else labels.tolist())]
    sources = [f"{options.source(name)}#{row}" for row in range(part.start, part.stop)]
    for start in range(0, len(part), size):
        rows = slice(start, start + size)
        batch = pictures[rows]
        yield Rows(sources[rows], known[rows], [None] * len(batch), batch)


def _rows(sources: list[str], labels: list[int | None], encoded: Iterator[Any] | Sequence[Any]) -> Rows:
    """Decode and preprocess encoded pictures: bytes, None, or the error that reading them raised."""
    pictures: list[Pictures] = []
    errors: list[str | None] = []
    for each in encoded:
        picture = preprocess(each)
        errors.append(picture if isinstance(picture, str) else None)
        if not isinstance(picture, str):
            pictures.append(picture)
    stacked = np.stack(pictures) if pictures else np.empty((0, SIZE, SIZE), np.uint8)
    return Rows(sources, [_known(label) for label in labels], errors, stacked)


def _known(label: int | None) -> int | None:
    return label if label in DIGITS else None


def preprocess(encoded: bytes | OSError | None) -> Pictures | str:
    """Return the models' input (28, 28) uint8, or the problem type of a picture that has none.

    encoded: a PNG, JPEG or WebP file; None in a table without a value; the error that reading it raised
    """
    try:
        if isinstance(encoded, OSError):
            return UNREADABLE
        if encoded is None:
            return NotAnImage.type
        if len(encoded) > MAX_BYTES:
            return TooLarge.type
        return normalize(decode(encoded))
    except DigitsError as error:
        return error.type
    except Exception:  # one picture never stops a run
        return InternalError.type
