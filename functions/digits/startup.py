"""Settings that shorten a cold start; `digits.app` imports this module before any other.

Each setting is one line. `make bench` measures what it saves: docs/benchmarks.md.
"""

# ruff: noqa: E402

import gc
import os
import warnings

gc.disable()  # no garbage collection while importing
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # no search for plugins

from pydantic import BaseModel
from pydantic.warnings import UnsupportedFieldAttributeWarning

BaseModel.model_config["defer_build"] = True  # validators are built at their first use
# FastAPI hides this warning while it builds validators; deferred ones are built with the first request.
warnings.simplefilter("ignore", UnsupportedFieldAttributeWarning)


def finish() -> None:
    """Exempt the imported objects from garbage collection, and enable it."""
    gc.freeze()
    gc.enable()
