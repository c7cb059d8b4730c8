"""The common app with one thing changed: onnxruntime keeps to one thread.

By default it starts a thread for each core that the machine has, also where the process may use only one of them; there
the threads wait for each other, spinning, and that alone is more than the rest of a warm answer. It is measured beside
the common app so that nobody takes this for the price of FastAPI.
"""

from typing import Any

import onnxruntime as ort


class OneThread(ort.InferenceSession):  # type: ignore[misc]  # published without types
    def __init__(self, path: Any) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        super().__init__(path, options)


ort.InferenceSession = OneThread

from app import handler  # type: ignore[import-not-found]  # noqa: E402, F401  # it stands beside this file where it runs
