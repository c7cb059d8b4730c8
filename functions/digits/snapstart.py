"""Lambda is about to keep a snapshot of the started function (SnapStart): all that a request may load goes into it.

When a snapshot is restored, published models are looked for, as at any start. Nothing else has to be done: the app
holds no connection, no clock and no random state, and takes the name of each answer from Lambda.
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

import gc
from contextlib import suppress

from PIL import WebPImagePlugin
from snapshot_restore_py import register_after_restore, register_before_snapshot

from digits import documentation, endpoints, explain, inference, jpeg
from digits.app import renewal
from digits.errors import ModelUnavailable

LAZY = (WebPImagePlugin, documentation, explain, inference, jpeg)  # imported at need elsewhere


def prepare() -> None:
    """Load both models, each of which answers once, with what explains them."""
    for classifier in endpoints.bundle.load().values():
        with suppress(ModelUnavailable):  # a request for an explanation will say so
            _ = classifier.explainer
    gc.collect()
    gc.freeze()


register_before_snapshot(prepare)
if renewal:
    register_after_restore(renewal.start)
