"""Lambda SnapStart hooks: load everything before the snapshot, reload published models after the restore.

Nothing else is needed: the application keeps no connection, clock or random state, and request ids are Lambda's. https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

import gc
from contextlib import suppress

from fastapi import FastAPI
from PIL import WebPImagePlugin
from snapshot_restore_py import register_after_restore, register_before_snapshot

from digits import explain, jpeg
from digits.errors import ModelUnavailable
from digits.open_inference import tensors

LAZY_IMPORTS = (WebPImagePlugin, explain, jpeg, tensors)  # without SnapStart imported at their first use


def register(app: FastAPI) -> None:
    """Register the hooks for an application."""

    def before_snapshot() -> None:
        for classifier in app.state.registry.bundle.load().values():
            with suppress(ModelUnavailable):  # a request for an explanation reports it
                _ = classifier.explainer
        app.openapi()
        gc.collect()
        gc.freeze()

    register_before_snapshot(before_snapshot)
    if reloader := getattr(app.state, "reloader", None):
        register_after_restore(reloader.start)
