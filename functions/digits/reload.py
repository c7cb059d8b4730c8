"""Replace the served models with published ones (MODEL_URI), while they serve.

One small object, `current.json`, names the version to serve. It is read at the start, and then with a request once a
minute; another version is downloaded, validated and put in the place of the one that serves. If anything fails, the
served models stay, and one log line says why. `export.registry.s3` publishes.
"""

import asyncio
import hashlib
import json
import logging
import os
import re
import tempfile
import time
from collections.abc import Iterable
from threading import Thread

import numpy as np
from PIL import Image
from starlette.types import ASGIApp, Receive, Scope, Send

from digits.errors import ModelUnavailable
from digits.manifest import FORMAT, MANIFEST
from digits.preprocess import SIZE
from digits.registry import Bundle, ModelRegistry
from digits.s3 import Folder, S3Error

POINTER = "current.json"
INTERVAL = 60  # seconds between two reads of the pointer
START_TIMEOUT = 4  # seconds that a start waits: AWS gives it ten
REQUEST_TIMEOUT = 1  # seconds that a request waits; a reload that takes longer goes on beside the next requests
POLL_INTERVAL = 0.005  # seconds
VERSION = re.compile("[0-9a-f]{12}")  # the first digits of the manifest's sha256
REFERENCE_DIGITS = os.path.join(
    os.path.dirname(__file__), "reference_digits.png"
)  # the digits 0 to 9 (`evaluation.reference_digits`)

logger = logging.getLogger("digits")


class ModelRejected(Exception):
    """A published version is not served; the message says why."""


class ModelReloader:
    """Look for a published version from time to time, and serve it."""

    def __init__(self, uri: str, registry: ModelRegistry) -> None:
        self.uri = uri
        self._registry = registry
        self._committed = registry.bundle  # the bundle that ships with the function
        self._due = 0.0  # by the monotonic clock
        self._thread = Thread()

    def start(self) -> None:
        """Reload before the first request: at a start, and when a snapshot has been restored."""
        self._start_reload()
        self._thread.join(START_TIMEOUT)

    async def maybe_reload(self) -> None:
        """Reload if it is time. The request that finds it so waits for a moment; no other does."""
        if time.monotonic() < self._due or self._thread.is_alive():
            return
        self._start_reload()
        deadline = time.monotonic() + REQUEST_TIMEOUT
        while self._thread.is_alive() and time.monotonic() < deadline:
            await asyncio.sleep(POLL_INTERVAL)

    def reload(self) -> None:
        """Serve the version that the pointer names. Raises S3Error or ModelRejected; then nothing has changed."""
        serving = self._registry.bundle
        with Folder(self.uri) as folder:
            version = read_pointer(folder.get(POINTER)) or self._committed.version
            if version == serving.version:
                return
            published = version != self._committed.version
            bundle = fetch(folder, version, serving.names) if published else self._committed
        self._registry.replace(bundle)
        logger.info("Serving the models %s instead of %s", bundle.version, serving.version)

    def _start_reload(self) -> None:
        self._due = time.monotonic() + INTERVAL
        self._thread = Thread(target=self._try_reload, daemon=True)  # a slow S3 delays neither answers nor the exit
        self._thread.start()

    def _try_reload(self) -> None:
        try:
            self.reload()
        except (OSError, ModelRejected, S3Error) as error:  # OSError: a full disk
            logger.warning("%s; still serving the models %s", error, self._registry.bundle.version)
        except Exception:  # a thread has no caller to handle it
            logger.exception("Still serving the models %s", self._registry.bundle.version)


class ReloadMiddleware:
    """Let the reloader look for a published version before a request is answered."""

    def __init__(self, app: ASGIApp, reloader: ModelReloader) -> None:
        self.app = app
        self.reloader = reloader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.reloader.maybe_reload()
        await self.app(scope, receive, send)


def read_pointer(content: bytes) -> str | None:
    """Read the version to serve; None is the committed one. Raises ModelRejected."""
    try:
        version = json.loads(content)["version"]
    except (ValueError, KeyError, TypeError):
        version = ""
    if version is not None and not (isinstance(version, str) and VERSION.fullmatch(version)):
        raise ModelRejected(f"{POINTER} names no version")
    return version


def fetch(folder: Folder, version: str, names: Iterable[str]) -> Bundle:
    """Download a version and validate it: format, sha256 of each file, ten reference digits.

    Raises S3Error, ModelRejected.
    """
    content = folder.get(f"versions/{version}/{MANIFEST}")
    if not (found := hashlib.sha256(content).hexdigest()).startswith(version):
        raise ModelRejected(f"The manifest of version {version} has the sha256 {found[:12]}")
    with tempfile.TemporaryDirectory(prefix="digits-") as place:
        _write(place, MANIFEST, content)
        for name in files(version, content):
            _write(place, name, folder.get(f"versions/{version}/{name}"))
        bundle = Bundle(place)
        validate(version, bundle, names)
    return bundle


def files(version: str, manifest: bytes) -> list[str]:
    """List the other files of a version. Raises ModelRejected."""
    try:
        content = json.loads(manifest)
        if (found := content.get("format")) != FORMAT:
            raise ModelRejected(f"Version {version} has the format {found}, this code reads {FORMAT}")
        listed = [entry["file"] for model in content["models"].values() for entry in (model, model["explanation"])]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelRejected(f"The manifest of version {version} cannot be read ({type(error).__name__})") from None
    if strange := [name for name in listed if name != os.path.basename(name)]:
        raise ModelRejected(f"Version {version} has a file {strange[0]!r}")
    return listed


def validate(version: str, bundle: Bundle, names: Iterable[str]) -> None:
    """Load every model and its explanation, and classify ten reference digits. Raises ModelRejected."""
    classifiers = bundle.load()
    if bundle.faults:
        raise ModelRejected(f"Version {version}: {'; '.join(bundle.faults.values())}")
    if missing := set(names) - classifiers.keys():
        raise ModelRejected(f"Version {version} lacks the model {', '.join(sorted(missing))}")
    with Image.open(REFERENCE_DIGITS) as image:
        known = np.asarray(image).reshape(SIZE, -1, SIZE).swapaxes(0, 1)
    for name, classifier in classifiers.items():
        if (read := classifier.probabilities(known).argmax(1).tolist()) != list(range(len(known))):
            listed = ", ".join(map(str, read))
            raise ModelRejected(f"Version {version}: {name} classifies the reference digits 0 to 9 as {listed}")
        try:
            _ = classifier.explainer
        except ModelUnavailable as error:
            reason = str(error).partition(". ")[0]  # without the advice on how to restore the committed bundle
            raise ModelRejected(f"Version {version}: {reason}") from None


def _write(folder: str, name: str, content: bytes) -> None:
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)
