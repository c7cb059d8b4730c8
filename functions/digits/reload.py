"""The address of published models comes in (MODEL_URI); what serves is replaced by what is published, while it serves.

One small object, `current.json`, names the version to serve. It is read at the start, and with a request once a minute;
another version is fetched, proven and put in the place of the one that serves. Whatever goes wrong, that one goes on
serving, and one line of the log says why. `export.store` publishes.
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

from digits import endpoints
from digits.errors import ModelUnavailable
from digits.preprocess import SIZE
from digits.registry import FORMAT, MANIFEST, Bundle
from digits.s3 import Folder, S3Error

POINTER = "current.json"
INTERVAL = 60  # seconds from one look at the pointer to the next
AT_START = 4  # seconds that a start waits: AWS gives it ten
PATIENCE = 1  # seconds that a request waits; what takes longer goes on beside the next requests
STEP = 0.005  # seconds, from one glance at whether it is done to the next
VERSION = re.compile("[0-9a-f]{12}")  # the first digits of the manifest's sha256
KNOWN = os.path.join(os.path.dirname(__file__), "known.png")  # the digits 0 to 9 (`python -m training.known`)

logger = logging.getLogger("digits")


class Refused(Exception):
    """A published version is not taken; the message says why."""


class Renewal:
    """When to look for a successor of what serves, and the looking."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._own = endpoints.bundle  # what came with the function
        self._due = 0.0  # by the monotonic clock
        self._looking = Thread()

    def start(self) -> None:
        """Look before the first request: at a start, and when a snapshot has been restored."""
        self._look()
        self._looking.join(AT_START)

    async def keep(self) -> None:
        """Look if it is time to. The request that finds it so waits a moment; no other does."""
        if time.monotonic() < self._due or self._looking.is_alive():
            return
        self._look()
        patience = time.monotonic() + PATIENCE
        while self._looking.is_alive() and time.monotonic() < patience:
            await asyncio.sleep(STEP)

    def renew(self) -> None:
        """Serve what the pointer names. Raises S3Error, Refused; then everything is as it was."""
        serving = endpoints.bundle
        with Folder(self.uri) as folder:
            version = read_pointer(folder.get(POINTER)) or self._own.version
            if version == serving.version:
                return
            found = self._own if version == self._own.version else fetch(folder, version, serving.names)
        endpoints.bundle = found  # each request takes its models from one bundle
        logger.info("The models %s serve in place of %s", found.version, serving.version)

    def _look(self) -> None:
        self._due = time.monotonic() + INTERVAL
        self._looking = Thread(target=self._try, daemon=True)  # a slow S3 holds up neither an answer nor the end
        self._looking.start()

    def _try(self) -> None:
        try:
            self.renew()
        except (OSError, Refused, S3Error) as error:  # the first: a full disk
            logger.warning("%s; the models %s go on serving", error, endpoints.bundle.version)
        except Exception:  # whatever it is, what serves goes on serving
            logger.exception("The models %s go on serving", endpoints.bundle.version)


def read_pointer(content: bytes) -> str | None:
    """Read which version is to serve: none is the function's own. Raises Refused."""
    try:
        version = json.loads(content)["version"]
    except (ValueError, KeyError, TypeError):
        version = ""
    if version is not None and not (isinstance(version, str) and VERSION.fullmatch(version)):
        raise Refused(f"{POINTER} names no version")
    return version


def fetch(folder: Folder, version: str, names: Iterable[str]) -> Bundle:
    """Fetch a version and prove it: format, sha256 of each file, and ten known digits. Raises S3Error, Refused."""
    content = folder.get(f"versions/{version}/{MANIFEST}")
    if not (found := hashlib.sha256(content).hexdigest()).startswith(version):
        raise Refused(f"The manifest of version {version} has the sha256 {found[:12]}")
    with tempfile.TemporaryDirectory(prefix="digits-") as place:
        _write(place, MANIFEST, content)
        for name in files(version, content):
            _write(place, name, folder.get(f"versions/{version}/{name}"))
        bundle = Bundle(place)
        prove(version, bundle, names)
    return bundle


def files(version: str, manifest: bytes) -> list[str]:
    """List the other files of a version. Raises Refused."""
    try:
        content = json.loads(manifest)
        if (found := content.get("format")) != FORMAT:
            raise Refused(f"Version {version} has the format {found}, this code reads {FORMAT}")
        listed = [entry["file"] for model in content["models"].values() for entry in (model, model["explanation"])]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(f"The manifest of version {version} cannot be read ({type(error).__name__})") from None
    if strange := [name for name in listed if name != os.path.basename(name)]:
        raise Refused(f"Version {version} has a file {strange[0]!r}")
    return listed


def prove(version: str, bundle: Bundle, names: Iterable[str]) -> None:
    """Load everything that a request may ask for, and let each model read ten known digits. Raises Refused."""
    classifiers = bundle.load()
    if bundle.faults:
        raise Refused(f"Version {version}: {'; '.join(bundle.faults.values())}")
    if missing := set(names) - classifiers.keys():
        raise Refused(f"Version {version} lacks the model {', '.join(sorted(missing))}")
    with Image.open(KNOWN) as image:
        known = np.asarray(image).reshape(SIZE, -1, SIZE).swapaxes(0, 1)
    for name, classifier in classifiers.items():
        if (read := classifier.probabilities(known).argmax(1).tolist()) != list(range(len(known))):
            raise Refused(f"Version {version}: {name} reads the known digits 0 to 9 as {', '.join(map(str, read))}")
        try:
            _ = classifier.explainer
        except ModelUnavailable as error:
            reason = str(error).partition(". ")[0]  # what else it says is for another occasion
            raise Refused(f"Version {version}: {reason}") from None


def _write(folder: str, name: str, content: bytes) -> None:
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)
