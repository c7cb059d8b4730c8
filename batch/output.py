"""The output: parts that are written atomically, one by one, and joined at the end if OUTPUT is one file.

A folder OUTPUT keeps its parts, which every reader of Parquet takes for one table. While a run that writes one file is
under way, its parts lie beside it in OUTPUT.parts.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv, fs

from batch import storage
from batch.plan import Part, Plan
from command_line import CommandError
from training.files import write_atomically

RUN = "_run.json"  # what the run classifies, and with which models
PART = re.compile(r"part-(?P<index>\d{8})\.parquet")

type Form = Literal["folder", "parquet", "csv"]
type Writer = pq.ParquetWriter | csv.CSVWriter


@dataclass(frozen=True)
class Output:
    """OUTPUT by its absolute name; its ending tells the form."""

    name: str

    @property
    def form(self) -> Form:
        lower = self.name.lower()
        return "csv" if lower.endswith(".csv") else "parquet" if lower.endswith(".parquet") else "folder"

    @property
    def parts_folder(self) -> str:
        return self.name if self.form == "folder" else f"{self.name}.parts"

    def part_name(self, index: int) -> str:
        return f"{self.parts_folder}/part-{index:08}.parquet"

    def write(self, part: Part, table: pa.Table) -> None:
        """Write a part atomically. Raises OSError."""
        content = pa.BufferOutputStream()
        pq.write_table(table, content, compression="zstd")
        storage.write(self.part_name(part.index), memoryview(content.getvalue()))

    def begin(self, plan: Plan, models: dict[str, str], *, overwrite: bool, resume: bool) -> set[int]:
        """Prepare the folder of parts. Return the indices of the parts that an earlier run has finished.

        models: version by model
        Raises CommandError if there is an output and neither option was given, or if the run to resume is another one.
        """
        with storage.readable_errors(self.name):
            run = {"fingerprint": plan.fingerprint, "parts": len(plan.parts), "models": models}
            earlier = self._earlier_run()
            if self._is_taken(earlier is not None) and not (overwrite or resume):
                raise CommandError(f"{self.name} exists. Give --resume to go on with that run, or --overwrite.")
            if overwrite or earlier is None:
                self._delete_parts()
                storage.make_folder(self.parts_folder)
                storage.write(f"{self.parts_folder}/{RUN}", memoryview(json.dumps(run, indent=1).encode()))
                return set()
            if not earlier:
                raise CommandError(f"{self.parts_folder}/{RUN} is damaged. Begin again with --overwrite.")
            if differences := [key for key in run if run[key] != earlier.get(key)]:
                raise CommandError(
                    f"{self.name} was begun with other {_words(differences)}. "
                    "Resume it with the same input, options and models, or begin again: --overwrite."
                )
            return {part.index for part in plan.parts if self._is_finished(part)}

    def is_complete(self) -> bool:
        """Return whether OUTPUT is one file and there: its parts have been joined."""
        return self.form != "folder" and storage.info(self.name).type == fs.FileType.File

    def tables(self, columns: list[str] | None = None) -> Iterator[pa.Table]:
        """Yield the parts in their order."""
        for name in self._parts():
            with storage.open_file(name) as file:
                yield pq.read_table(file, columns=columns)

    def finish(self, schema: pa.Schema) -> None:
        """Join the parts into one file, if OUTPUT is one, and delete them."""
        if self.form == "folder":
            return
        if storage.is_on_s3(self.name):
            self._join_on_s3(schema)
        else:
            write_atomically(Path(self.name), lambda temporary: self._join(str(temporary), schema))
        self._delete_parts()

    def _join(self, target: object, schema: pa.Schema) -> None:
        create: Callable[..., Writer] = csv.CSVWriter if self.form == "csv" else pq.ParquetWriter
        with closing(create(target, schema)) as writer:
            for table in self.tables():
                writer.write_table(table)

    def _join_on_s3(self, schema: pa.Schema) -> None:
        system, path = storage.place(self.name)
        try:
            with system.open_output_stream(path) as stream:
                self._join(stream, schema)
        except BaseException:
            system.delete_file(path)  # closing the stream has made it visible
            raise

    def _is_taken(self, begun: bool) -> bool:
        """Return whether there is something in OUTPUT's place. Raises CommandError if it is not a run's output."""
        info = storage.info(self.name)
        if self.form == "folder" and not begun:
            if info.type == fs.FileType.File:
                raise CommandError(f"{self.name} is a file: give a folder, or a name that ends in .parquet or .csv.")
            if any(PurePath(each.path).name != RUN for each in storage.files(self.name)):
                raise CommandError(f"{self.name} has other files. Give a folder that is new or empty.")
            return False
        if self.form != "folder" and info.type == fs.FileType.Directory:
            raise CommandError(f"{self.name} is a folder. Give the name of a file.")
        return begun or info.type == fs.FileType.File

    def _earlier_run(self) -> dict[str, object] | None:
        """Return the description of a run that has finished some parts; {} if it is damaged."""
        name = f"{self.parts_folder}/{RUN}"
        if not storage.exists(name) or not self._parts():
            return None
        with storage.open_file(name) as file:
            try:
                return dict(json.loads(file.read()))
            except (ValueError, TypeError):
                return {}

    def _is_finished(self, part: Part) -> bool:
        try:
            with storage.open_file(self.part_name(part.index)) as file:
                return bool(pq.read_metadata(file).num_rows == len(part))
        except (OSError, pa.ArrowInvalid):
            return False

    def _parts(self) -> list[str]:
        names = (storage.full_name(self.name, info.path) for info in storage.files(self.parts_folder))
        return [name for name in names if PART.fullmatch(name.rpartition("/")[2])]

    def _delete_parts(self) -> None:
        """Delete the files of a run, and no others."""
        for name in (*self._parts(), f"{self.parts_folder}/{RUN}"):
            if storage.exists(name):
                storage.delete(name)
        if not storage.is_on_s3(self.name):
            for leftover in Path(self.parts_folder).glob(".*-part-*.parquet"):  # of a run that was killed
                leftover.unlink()
        if self.form != "folder" and not storage.files(self.parts_folder):
            storage.delete_folder(self.parts_folder)


def _words(keys: Iterable[str]) -> str:
    return " and ".join({"fingerprint": "input or options", "parts": "parts", "models": "models"}[key] for key in keys)
