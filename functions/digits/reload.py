"""Hot reload of published models (MODEL_URI).

One small object, `current.json`, contains the version to serve. It is read at startup, and then with a request once a
minute; a new version is downloaded, validated and replaces the served one. After a failure the served models stay,
and the reason is logged in one line. `export.registry.s3` publishes.
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

from digits import signing
from digits.errors import ModelUnavailable
from digits.manifest import FORMAT, MANIFEST
from digits.preprocess import SIZE
from digits.registry import Bundle, ModelRegistry
from digits.s3 import Folder, S3Error

POINTER = "current.json"
INTERVAL = 60  # seconds between two reads of the pointer
START_TIMEOUT = 4  # seconds that startup waits: AWS limits it to ten
REQUEST_TIMEOUT = 1  # seconds that a request waits; a longer reload continues during the next requests
POLL_INTERVAL = 0.005  # seconds
VERSION = re.compile("[0-9a-f]{12}")  # the first digits of the manifest's sha256
# The digits 0 to 9, made by `evaluation.samples.reference_digits`.
REFERENCE_DIGITS = os.path.join(os.path.dirname(__file__), "reference_digits.png")

logger = logging.getLogger("digits")


class ModelRejected(Exception):
    """A published version failed validation; the message is the reason."""


class ModelReloader:
    """Check for a published version once a minute, and serve it."""

    def __init__(self, uri: str, registry: ModelRegistry) -> None:
        self.uri = uri
        self._registry = registry
        self._committed = registry.bundle  # the bundle that ships with the function
        self._due = 0.0  # by the monotonic clock
        self._thread = Thread()

    def start(self) -> None:
        """Reload before the first request: at startup, and after a snapshot has been restored."""
        self._start_reload()
        self._thread.join(START_TIMEOUT)

    async def maybe_reload(self) -> None:
        """Reload if INTERVAL has passed. Only the request that starts the reload waits, up to REQUEST_TIMEOUT."""
        if time.monotonic() < self._due or self._thread.is_alive():
            return
        self._start_reload()
        deadline = time.monotonic() + REQUEST_TIMEOUT
        while self._thread.is_alive() and time.monotonic() < deadline:
            await asyncio.sleep(POLL_INTERVAL)

    def reload(self) -> None:
        """Serve the version in the pointer. Raises S3Error or ModelRejected, and then changes nothing."""
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
        self._thread = Thread(target=self._try_reload, daemon=True)  # a slow S3 delays neither responses nor the exit
        self._thread.start()

    def _try_reload(self) -> None:
        try:
            self.reload()
        except (OSError, ModelRejected, S3Error) as error:  # OSError: a full disk
            logger.warning("%s; still serving the models %s", error, self._registry.bundle.version)
        except Exception:  # a thread has no caller to handle it
            logger.exception("Still serving the models %s", self._registry.bundle.version)


class ReloadMiddleware:
    """Reload published models, if it is time, before a request is handled."""

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
        raise ModelRejected(f"{POINTER} has no valid version")
    return version


def fetch(folder: Folder, version: str, names: Iterable[str]) -> Bundle:
    """Download a version and validate it: signature, format, sha256 of each file, ten reference digits.

    Raises S3Error, ModelRejected.
    """
    content = folder.get(f"versions/{version}/{MANIFEST}")
    if not (digest := hashlib.sha256(content).hexdigest()).startswith(version):
        raise ModelRejected(f"The manifest of version {version} has the sha256 {digest[:12]}")
    if signing.is_required():
        try:
            signing.verify(content, folder.get(f"versions/{version}/{signing.SIGNATURE}"))
        except signing.SigningError as error:
            raise ModelRejected(f"Version {version}: {error}") from None
    with tempfile.TemporaryDirectory(prefix="digits-") as directory:
        _write(directory, MANIFEST, content)
        for name in files(version, content):
            _write(directory, name, folder.get(f"versions/{version}/{name}"))
        bundle = Bundle(directory)
        validate(version, bundle, names)
    return bundle


def files(version: str, manifest: bytes) -> list[str]:
    """List the other files of a version. Raises ModelRejected."""
    try:
        content = json.loads(manifest)
        if (format_version := content.get("format")) != FORMAT:
            raise ModelRejected(f"Version {version} has the format {format_version}, this code reads {FORMAT}")
        listed = [entry["file"] for model in content["models"].values() for entry in (model, model["explanation"])]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelRejected(f"The manifest of version {version} cannot be read ({type(error).__name__})") from None
    if unsafe := [name for name in listed if name != os.path.basename(name)]:
        raise ModelRejected(f"Version {version} has a file {unsafe[0]!r}")
    return listed


def validate(version: str, bundle: Bundle, names: Iterable[str]) -> None:
    """Load every model and its explanation, and classify ten reference digits. Raises ModelRejected."""
    classifiers = bundle.load()
    if bundle.load_errors:
        raise ModelRejected(f"Version {version}: {'; '.join(bundle.load_errors.values())}")
    if missing := set(names) - classifiers.keys():
        raise ModelRejected(f"Version {version} lacks the model {', '.join(sorted(missing))}")
    with Image.open(REFERENCE_DIGITS) as image:
        images = np.asarray(image).reshape(SIZE, -1, SIZE).swapaxes(0, 1)
    for name, classifier in classifiers.items():
        if (predicted := classifier.probabilities(images).argmax(1).tolist()) != list(range(len(images))):
            listed = ", ".join(map(str, predicted))
            raise ModelRejected(f"Version {version}: {name} classifies the reference digits 0 to 9 as {listed}")
        try:
            _ = classifier.explainer
        except ModelUnavailable as error:
            reason = str(error).partition(". ")[0]  # without the hint on how to restore the committed bundle
            raise ModelRejected(f"Version {version}: {reason}") from None


def _write(folder: str, name: str, content: bytes) -> None:
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)
