"""Versions of the bundle in S3, which running functions load without a deployment (`digits.reload`).

    PREFIX/current.json          the pointer: the version to serve, and the earlier ones, the latest first
    PREFIX/versions/VERSION/...  the bundle's files; VERSION is the first digits of its manifest's sha256

A version never changes. The pointer is a single object, so its update is atomic.
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from command_line import CommandError
from digits.manifest import MANIFEST
from digits.registry import Bundle
from digits.reload import POINTER, VERSION, files
from digits.s3 import S3_URI, invalid_uri
from digits.signing import SIGNATURE

HISTORY = 20  # earlier versions kept in the pointer
CLIENT_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 3})  # seconds
NOT_FOUND = ("404", "NoSuchKey")
CONFLICT = ("PreconditionFailed", "ConditionalRequestConflict")


class StoreError(CommandError):
    """A version cannot be published or rolled back; the message includes the remedy."""


@dataclass(frozen=True)
class Pointer:
    """The version to serve (None: the function's own models) and the earlier ones, the latest first."""

    version: str | None = None
    before: tuple[str | None, ...] = ()

    def advance(self, version: str | None) -> "Pointer":
        """Return a pointer to a version, with the current one in its history."""
        return Pointer(version, (self.version, *self.before)[:HISTORY])

    @property
    def previous(self) -> "Pointer":
        """Return the pointer before the last change."""
        return Pointer(self.before[0], self.before[1:])


class Store:
    """The versions under one prefix."""

    def __init__(self, uri: str) -> None:
        """Raises StoreError for an invalid URI."""
        if not (match := S3_URI.fullmatch(uri)):
            raise StoreError(f"{invalid_uri(uri)}.")
        self.uri, self.bucket = uri.rstrip("/"), match["bucket"]
        self._prefix = f"{match['path']}/" if match["path"] else ""
        self._client = boto3.client("s3", config=CLIENT_CONFIG)

    def publish(self, folder: Path, print_line: Callable[[str], None]) -> str:
        """Upload a bundle under its version, then update the pointer. Returns the version; raises StoreError.

        Stored files are not sent again, so that an interrupted publication can be repeated.
        """
        content = (folder / MANIFEST).read_bytes()
        version = Bundle(folder).version
        signature = [SIGNATURE] if (folder / SIGNATURE).exists() else []
        for name in (*files(version, content), *signature, MANIFEST):  # last: a version that has one is complete
            self._upload(f"versions/{version}/{name}", (folder / name).read_bytes(), print_line)
        self._update_pointer(lambda pointer: pointer if pointer.version == version else pointer.advance(version))
        return version

    def rollback(self, version: str | None = None) -> Pointer:
        """Point to the previous version or to the given one. Returns the new pointer; raises StoreError."""
        if version is None:
            return self._update_pointer(self._previous)
        if not VERSION.fullmatch(version):
            raise StoreError(f"{version!r} is not a version. Give its twelve digits, as in /api/models.")
        with store_errors(f"{self.uri}: the version {version}"):
            self._client.head_object(Bucket=self.bucket, Key=f"{self._prefix}versions/{version}/{MANIFEST}")
        return self._update_pointer(lambda pointer: pointer.advance(version))

    def _previous(self, pointer: Pointer) -> Pointer:
        if not pointer.before:
            raise StoreError(f"{self.uri} has no earlier version. Name one: --version 0123456789ab.")
        return pointer.previous

    def _upload(self, name: str, content: bytes, print_line: Callable[[str], None]) -> None:
        key, digest = self._prefix + name, b64encode(hashlib.sha256(content).digest()).decode()
        with store_errors(f"{self.uri}/{name}"):
            if self._checksum(key) == digest:
                return print_line(f"{name} is already stored")
            self._client.put_object(Bucket=self.bucket, Key=key, Body=content, ChecksumAlgorithm="SHA256")
        print_line(f"{name}, {len(content):,} bytes")

    def _checksum(self, key: str) -> str | None:
        try:
            head = self._client.head_object(Bucket=self.bucket, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            if error.response["Error"]["Code"] in (*NOT_FOUND, "403"):  # without the right to list, S3 responds 403
                return None
            raise
        return head.get("ChecksumSHA256")

    def _update_pointer(self, change: Callable[[Pointer], Pointer]) -> Pointer:
        """Read, change and write the pointer. Raises StoreError if it was changed meanwhile."""
        key = self._prefix + POINTER
        with store_errors(f"{self.uri}/{POINTER}"):
            try:
                response = self._client.get_object(Bucket=self.bucket, Key=key)
                old = _parse(response["Body"].read())
                condition: dict[str, Any] = {"IfMatch": response["ETag"]}
            except ClientError as error:
                if error.response["Error"]["Code"] not in NOT_FOUND:
                    raise
                old, condition = Pointer(), {"IfNoneMatch": "*"}
            new = change(old)
            if new != old:
                content = json.dumps({"version": new.version, "before": new.before}) + "\n"
                self._client.put_object(
                    Bucket=self.bucket,
                    Key=key,
                    Body=content.encode(),
                    ContentType="application/json",
                    CacheControl="no-store",
                    **condition,
                )
        return new


def _parse(content: bytes) -> Pointer:
    try:
        pointer: dict[str, Any] = json.loads(content)
        return Pointer(pointer["version"], tuple(pointer["before"]))
    except (ValueError, KeyError, TypeError):
        raise StoreError(f"{POINTER} is not a pointer of this project. Delete it, then publish again.") from None


@contextmanager
def store_errors(what: str) -> Iterator[None]:
    """Convert errors of AWS's client to StoreError."""
    try:
        yield
    except NoCredentialsError:
        raise StoreError("No AWS credentials: run 'aws configure' or 'aws sso login'.") from None
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if code in CONFLICT:
            raise StoreError(f"{what} was changed by another publication. Run this one again.") from None
        if code in NOT_FOUND:
            raise StoreError(f"{what} does not exist.") from None
        raise StoreError(f"{what}: S3 responded {code} ({message.rstrip('.')}).") from None
    except BotoCoreError as error:
        raise StoreError(f"{what}: {' '.join(str(error).split()).rstrip('.')}.") from None
