"""Reference app with onnxruntime limited to one thread.

By default onnxruntime starts a thread for each core of the machine, even where the process may use only one. These
threads spin while they wait for each other, which takes longer than the rest of a warm request. This variant separates
that cost from FastAPI's.
"""

from typing import Any

import onnxruntime as ort


class OneThread(ort.InferenceSession):  # type: ignore[misc]  # published without types
    def __init__(self, path: Any) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        super().__init__(path, options)


ort.InferenceSession = OneThread

from app import handler  # type: ignore[import-not-found]  # noqa: E402, F401  # copied beside this file
