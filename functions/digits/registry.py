"""Model registry: the bundle on disk as verified ONNX Runtime sessions, replaceable at run time."""

import hashlib
import json
import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime as ort
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, InvalidGraph, InvalidProtobuf
from onnxruntime.capi.onnxruntime_pybind11_state import NotImplemented as NotSupported

from digits.errors import ModelUnavailable, UnknownModel
from digits.manifest import MANIFEST, Entry, File
from digits.preprocess import SIZE

if TYPE_CHECKING:  # importing it takes 1 ms of a cold start, pathlib 2 ms
    from numpy.typing import NDArray

BUNDLE = os.path.join(os.path.dirname(__file__), "models")
BLANK = np.zeros((1, SIZE, SIZE), np.uint8)
LOAD_ERRORS = (
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
type Likeness = NDArray[np.float32]


@dataclass(frozen=True)
class Classifier:
    """One loaded model of the bundle."""

    entry: Entry
    session: ort.InferenceSession
    folder: str

    def probabilities(self, pictures: Pictures) -> Probabilities:
        """Classify pictures (n, 28, 28) uint8, 0 paper .. 255 ink. Returns (n, 10) float32, rows sum to 1."""
        (result,) = self.session.run([self.entry["output"]["name"]], {self.entry["input"]["name"]: pictures})
        return result  # type: ignore[no-any-return]

    def score(self, pictures: Pictures) -> tuple[Probabilities, Likeness | None]:
        """Classify pictures (n, 28, 28) uint8, and tell digits from other pictures, in one run of the graph.

        Returns probabilities (n, 10) float32 and digit likeness (n,) float32, 0..1; None if the model has none.
        """
        if "digit_likeness" not in self.entry:
            return self.probabilities(pictures), None
        outputs = [self.entry["output"]["name"], self.entry["digit_likeness"]["output"]]
        probabilities, likeness = self.session.run(outputs, {self.entry["input"]["name"]: pictures})
        return probabilities, likeness

    @cached_property
    def explainer(self) -> ort.InferenceSession:
        """Session of the model with the explanation outputs, loaded at the first use.

        The explanation file holds the rest of a graph: Protocol Buffers merge concatenated messages
        (https://protobuf.dev/programming-guides/encoding/#last-one-wins), so the model's bytes followed by the
        explanation's are one model with both. No weight is stored twice. Raises ModelUnavailable.
        """
        try:
            return open_session(_content(self.folder, self.entry) + _content(self.folder, self.entry["explanation"]))
        except LOAD_ERRORS as error:
            reason = f"The predictions of the model {self.entry['name']} cannot be explained: {_reason(error)}"
            raise _unavailable(reason) from None


class Bundle:
    """The models of one folder, each loaded at its first use: loading both makes a cold start a fifth longer.

    If one cannot be loaded, `load_errors` has the reason, and the others are still served.
    """

    def __init__(self, folder: str | os.PathLike[str] = BUNDLE) -> None:
        self.classifiers: dict[str, Classifier] = {}  # loaded so far
        self.load_errors: dict[str, str] = {}
        self._folder = os.fspath(folder)
        self._entries: dict[str, Entry] = {}
        self.version = ""  # the first digits of the manifest's sha256; the manifest has the sha256 of each file
        try:
            with open(os.path.join(folder, MANIFEST), "rb") as file:
                content = file.read()
            self.version = hashlib.sha256(content).hexdigest()[:12]
            self._entries = dict(json.loads(content)["models"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            self.load_errors[MANIFEST] = f"models/{MANIFEST} cannot be read: {_reason(error)}"

    def __getitem__(self, name: str) -> Classifier:
        """Return a classifier by name. Raises UnknownModel, or ModelUnavailable with the reason."""
        if classifier := self.classifiers.get(name) or self._load(name):
            return classifier
        if reason := self.load_errors.get(name, self.load_errors.get(MANIFEST)):
            raise _unavailable(reason)
        raise UnknownModel(f"There is no model of this name. Use {' or '.join(self._entries)}.")

    @property
    def names(self) -> list[str]:
        """Names of the models, loaded or not."""
        return list(self._entries)

    def likeness_model(self) -> Classifier | None:
        """Return the model that scores digit likeness; None if there is none, or it cannot be loaded."""
        for name, entry in self._entries.items():
            if "digit_likeness" in entry:
                return self.classifiers.get(name) or self._load(name)
        return None

    def load(self) -> dict[str, Classifier]:
        """Load the remaining models. Returns every model that can be loaded."""
        for name in self._entries:
            self._load(name)
        return {name: self.classifiers[name] for name in self._entries if name in self.classifiers}

    def all(self) -> dict[str, Classifier]:
        """Return every model. Raises ModelUnavailable with every file that cannot be loaded."""
        classifiers = self.load()
        if self.load_errors:
            raise _unavailable("; ".join(self.load_errors.values()))
        return classifiers

    def check(self) -> dict[str, Classifier]:
        """Load every model and run each once. Returns them; raises as `all` does."""
        classifiers = self.all()
        for classifier in classifiers.values():
            classifier.probabilities(BLANK)
        return classifiers

    def _load(self, name: str) -> Classifier | None:
        if name in self._entries and name not in self.classifiers and name not in self.load_errors:
            try:
                self.classifiers[name] = _load_classifier(self._folder, self._entries[name])
            except LOAD_ERRORS as error:
                self.load_errors[name] = f"The model {name} cannot be loaded: {_reason(error)}"
        return self.classifiers.get(name)


class ModelRegistry:
    """The current bundle. Each request uses one bundle, so a replacement never mixes the models of two."""

    def __init__(self, bundle: Bundle | None = None) -> None:
        self.bundle = bundle or Bundle()

    def replace(self, bundle: Bundle) -> None:
        """Serve this bundle, starting with the next request."""
        self.bundle = bundle

    def check(self) -> dict[str, Classifier]:
        """Load every model and run each once. Raises ModelUnavailable with every file that cannot be loaded."""
        return self.bundle.check()


def open_session(model: bytes | str) -> ort.InferenceSession:
    """Open a session with the function's options. Raises LOAD_ERRORS for a model that cannot be run."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a picture is 0.1 ms of work
    options.enable_cpu_mem_arena = False  # so that memory does not grow with requests
    options.log_severity_level = 3  # errors
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _load_classifier(folder: str, entry: Entry) -> Classifier:
    path = os.path.join(folder, entry["file"])
    with open(path, "rb") as file:
        _verify(entry, hashlib.file_digest(file, "sha256").hexdigest())
    session = open_session(path)  # onnxruntime reads a file faster than bytes: 7.7 for 9.5 ms
    classifier = Classifier(entry, session, folder)
    probabilities, likeness = classifier.score(BLANK)
    if (shape := probabilities.shape) != (1, len(entry["labels"])):
        raise ValueError(f"models/{entry['file']} has an output of shape {shape}")
    if likeness is not None and likeness.shape != (1,):
        raise ValueError(f"models/{entry['file']} has a digit likeness of shape {likeness.shape}")
    return classifier


def _content(folder: str, entry: File) -> bytes:
    with open(os.path.join(folder, entry["file"]), "rb") as file:
        content = file.read()
    _verify(entry, hashlib.sha256(content).hexdigest())
    return content


def _verify(entry: File, sha256: str) -> None:
    if sha256 != entry["sha256"]:
        raise ValueError(
            f"models/{entry['file']} has the sha256 {sha256[:12]}, the manifest has {entry['sha256'][:12]}"
        )


def _reason(error: Exception) -> str:
    """Describe the error and the file in one line, without the path of the folder."""
    if isinstance(error, OSError) and error.filename:
        return f"models/{os.path.basename(error.filename)}: {error.strerror}"
    text = f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else str(error)
    return " ".join(text.split())  # onnxruntime's messages have several lines


def _unavailable(reason: str) -> ModelUnavailable:
    return ModelUnavailable(f"{reason}. Restore the bundle: `git checkout functions/digits/models` or `make models`.")
