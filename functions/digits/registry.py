"""The exported bundle comes in; classifiers go out, each turning 28x28 pictures into probabilities."""

import hashlib
import json
import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
import onnxruntime as ort
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, InvalidGraph, InvalidProtobuf
from onnxruntime.capi.onnxruntime_pybind11_state import NotImplemented as NotSupported

from digits.errors import ModelUnavailable, UnknownModel
from digits.preprocess import SIZE

if TYPE_CHECKING:  # at a cold start it would take a millisecond, and pathlib two
    from numpy.typing import NDArray

BUNDLE = os.path.join(os.path.dirname(__file__), "models")
MANIFEST = "manifest.json"
FORMAT = 1  # of the manifest and of what its files take and give; another is not read
EMPTY = np.zeros((1, SIZE, SIZE), np.uint8)
BROKEN = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NotSupported,
)

type Pictures = NDArray[np.uint8]
type Probabilities = NDArray[np.float32]


class Tensor(TypedDict):
    """An input or output of a model."""

    name: str
    dtype: str
    shape: list[int | str]


class File(TypedDict):
    """A file of the bundle."""

    file: str
    bytes: int
    sha256: str


class Explanation(File):
    """What explains a model's answers, and the proof that it explains those."""

    parity: dict[str, Any]


class Entry(File):
    """What the manifest says of one model: `export` writes it, `/api/models` shows it."""

    name: str
    title: str
    version: str
    input: Tensor
    output: Tensor
    labels: list[int]
    metrics: dict[str, Any]
    parity: dict[str, Any]
    explanation: Explanation
    recipe: dict[str, Any]
    tools: dict[str, str]


@dataclass(frozen=True)
class Classifier:
    """One model of the bundle, ready to answer."""

    entry: Entry
    session: ort.InferenceSession
    folder: str

    def probabilities(self, pictures: Pictures) -> Probabilities:
        """Classify pictures (n, 28, 28) uint8, 0 paper .. 255 ink. Returns (n, 10) float32, rows sum to 1."""
        (answer,) = self.session.run([self.entry["output"]["name"]], {self.entry["input"]["name"]: pictures})
        return answer  # type: ignore[no-any-return]

    @cached_property
    def explainer(self) -> ort.InferenceSession:
        """The same model with what explains its answers as further outputs, loaded when first asked for.

        The file of the explanation is the end of a model: behind the model's own bytes it makes one graph of both, as
        Protocol Buffers merge what is concatenated (https://protobuf.dev/programming-guides/encoding/#last-one-wins).
        So no weight is on the disk twice, and what answers is what explains. Raises ModelUnavailable.
        """
        try:
            return open_session(_content(self.folder, self.entry) + _content(self.folder, self.entry["explanation"]))
        except BROKEN as error:
            reason = f"The answers of the model {self.entry['name']} cannot be explained: {_reason(error)}"
            raise _unavailable(reason) from None


class Bundle:
    """The models of one folder, each loaded when it is first asked for: both at once make a cold start a fifth longer.

    One that cannot be loaded is remembered with the reason; the others still serve.
    """

    def __init__(self, folder: str | os.PathLike[str] = BUNDLE) -> None:
        self.classifiers: dict[str, Classifier] = {}  # those loaded so far
        self.faults: dict[str, str] = {}
        self._folder = os.fspath(folder)
        self._entries: dict[str, Entry] = {}
        self.version = ""  # the first digits of the manifest's sha256, which names those of all files
        try:
            with open(os.path.join(folder, MANIFEST), "rb") as file:
                content = file.read()
            self.version = hashlib.sha256(content).hexdigest()[:12]
            self._entries = dict(json.loads(content)["models"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            self.faults[MANIFEST] = f"models/{MANIFEST} cannot be read: {_reason(error)}"

    def __getitem__(self, name: str) -> Classifier:
        """Find a classifier by name. Raises UnknownModel, or ModelUnavailable with the reason."""
        if classifier := self.classifiers.get(name) or self._load(name):
            return classifier
        if reason := self.faults.get(name, self.faults.get(MANIFEST)):
            raise _unavailable(reason)
        raise UnknownModel(f"There is no model of this name. Ask for {' or '.join(self._entries)}.")

    @property
    def names(self) -> list[str]:
        """Name the models, loaded or not."""
        return list(self._entries)

    def load(self) -> dict[str, Classifier]:
        """Load what has not been asked for yet. Returns every model that can be loaded."""
        for name in self._entries:
            self._load(name)
        return {name: self.classifiers[name] for name in self._entries if name in self.classifiers}

    def all(self) -> dict[str, Classifier]:
        """Give every model. Raises ModelUnavailable with every file at fault."""
        classifiers = self.load()
        if self.faults:
            raise _unavailable("; ".join(self.faults.values()))
        return classifiers

    def check(self) -> dict[str, Classifier]:
        """Let each model answer once. Returns them; raises as `all` does."""
        classifiers = self.all()
        for classifier in classifiers.values():
            classifier.probabilities(EMPTY)
        return classifiers

    def _load(self, name: str) -> Classifier | None:
        if name in self._entries and name not in self.classifiers and name not in self.faults:
            try:
                self.classifiers[name] = _read(self._folder, self._entries[name])
            except BROKEN as error:
                self.faults[name] = f"The model {name} cannot be loaded: {_reason(error)}"
        return self.classifiers.get(name)


def open_session(model: bytes | str) -> ort.InferenceSession:
    """Start a session as the function runs it. Raises what onnxruntime raises for a model that it cannot run."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a picture is 0.1 ms of work
    options.enable_cpu_mem_arena = False  # nothing grows with requests
    options.log_severity_level = 3  # errors
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _read(folder: str, entry: Entry) -> Classifier:
    path = os.path.join(folder, entry["file"])
    with open(path, "rb") as file:
        _check(entry, hashlib.file_digest(file, "sha256").hexdigest())
    session = open_session(path)  # onnxruntime reads a file faster than bytes: 7.7 for 9.5 ms
    classifier = Classifier(entry, session, folder)
    if (shape := classifier.probabilities(EMPTY).shape) != (1, len(entry["labels"])):
        raise ValueError(f"models/{entry['file']} answers with the shape {shape}")
    return classifier


def _content(folder: str, entry: File) -> bytes:
    with open(os.path.join(folder, entry["file"]), "rb") as file:
        content = file.read()
    _check(entry, hashlib.sha256(content).hexdigest())
    return content


def _check(entry: File, sha256: str) -> None:
    if sha256 != entry["sha256"]:
        raise ValueError(
            f"models/{entry['file']} has the sha256 {sha256[:12]}, the manifest says {entry['sha256'][:12]}"
        )


def _reason(error: Exception) -> str:
    """Say what is wrong with which file, in one line and without the folder that it is in."""
    if isinstance(error, OSError) and error.filename:
        return f"models/{os.path.basename(error.filename)}: {error.strerror}"
    said = f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else str(error)
    return " ".join(said.split())  # onnxruntime takes several lines for an input of another shape


def _unavailable(reason: str) -> ModelUnavailable:
    return ModelUnavailable(f"{reason}. Restore the bundle: `git checkout functions/digits/models` or `make models`.")
