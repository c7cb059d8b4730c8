"""Lambda is about to keep a snapshot of the started function (SnapStart): all that a request may load goes into it.

Nothing has to be done when a snapshot is restored: the app holds no connection, no clock and no random state, and takes
the name of each answer from Lambda. https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

import gc

from PIL import ImageOps, JpegImagePlugin, WebPImagePlugin
from snapshot_restore_py import register_before_snapshot

from digits.documentation import api
from digits.endpoints import bundle

LAZY = (ImageOps, JpegImagePlugin, WebPImagePlugin)  # what `digits.drawing` imports at need


def prepare() -> None:
    """Load both models, each of which answers once, and write the OpenAPI document."""
    bundle.load()
    api.openapi()
    gc.collect()
    gc.freeze()


register_before_snapshot(prepare)
