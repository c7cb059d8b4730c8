"""A proven bundle comes in; it becomes a version in S3, and the one that running functions take up by themselves.

    PREFIX/current.json          the pointer: the version to serve, and those served before it, the last one first
    PREFIX/versions/VERSION/...  the bundle's files; VERSION is the first digits of its manifest's sha256

A version never changes; the pointer is one small object, so it is swung at once or not at all. `digits.reload` reads.
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

from digits.manifest import MANIFEST
from digits.registry import Bundle
from digits.reload import POINTER, VERSION, files
from digits.s3 import S3_URI

HISTORY = 20  # versions that the pointer remembers
TIMES = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 3})  # seconds
ABSENT = ("404", "NoSuchKey")
CHANGED = ("PreconditionFailed", "ConditionalRequestConflict")


class StoreError(Exception):
    """S3 does not hold or take what it should; the message says what to do."""


@dataclass(frozen=True)
class Pointer:
    """The version to serve (None: the function's own models), and those before it, the last one first."""

    version: str | None = None
    before: tuple[str | None, ...] = ()

    def swung(self, version: str | None) -> "Pointer":
        """Point to a version, and remember the present one."""
        return Pointer(version, (self.version, *self.before)[:HISTORY])

    @property
    def back(self) -> "Pointer":
        """Point to what was served before."""
        return Pointer(self.before[0], self.before[1:])


class Store:
    """The models under one prefix."""

    def __init__(self, uri: str) -> None:
        """Raises StoreError for what is no address in S3."""
        if not (found := S3_URI.fullmatch(uri)):
            raise StoreError(f"{uri!r} is no folder in S3. Give s3://BUCKET/PREFIX.")
        self.uri, self.bucket = uri.rstrip("/"), found["bucket"]
        self._prefix = f"{found['path']}/" if found["path"] else ""
        self._client = boto3.client("s3", config=TIMES)

    def publish(self, folder: Path, tell: Callable[[str], None]) -> str:
        """Upload a bundle under its own version, tell of each file, then swing the pointer to it. Returns the version.

        What S3 has already is not sent again: a publication that was cut off can be repeated. Raises StoreError.
        """
        content = (folder / MANIFEST).read_bytes()
        version = Bundle(folder).version
        for name in (*files(version, content), MANIFEST):  # the manifest last: a version that has one is whole
            self._upload(f"versions/{version}/{name}", (folder / name).read_bytes(), tell)
        self._swing(lambda pointer: pointer if pointer.version == version else pointer.swung(version))
        return version

    def rollback(self, version: str | None = None) -> Pointer:
        """Point to what was served before, or to a version that is here. Returns the new pointer; raises StoreError."""
        if version is None:
            return self._swing(self._to_the_last)
        if not VERSION.fullmatch(version):
            raise StoreError(f"{version!r} is no version. Give twelve digits as `publish` and /api/models name it.")
        with explained(f"{self.uri}: the version {version}"):
            self._client.head_object(Bucket=self.bucket, Key=f"{self._prefix}versions/{version}/{MANIFEST}")
        return self._swing(lambda pointer: pointer.swung(version))

    def _to_the_last(self, pointer: Pointer) -> Pointer:
        if not pointer.before:
            raise StoreError(f"{self.uri} points to nothing older. Name a version: --version 0123456789ab.")
        return pointer.back

    def _upload(self, name: str, content: bytes, tell: Callable[[str], None]) -> None:
        key, digest = self._prefix + name, b64encode(hashlib.sha256(content).digest()).decode()
        with explained(f"{self.uri}/{name}"):
            if self._checksum(key) == digest:
                return tell(f"{name} is there")
            self._client.put_object(Bucket=self.bucket, Key=key, Body=content, ChecksumAlgorithm="SHA256")
        tell(f"{name}, {len(content):,} bytes")

    def _checksum(self, key: str) -> str | None:
        try:
            head = self._client.head_object(Bucket=self.bucket, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            if error.response["Error"]["Code"] in (*ABSENT, "403"):  # who may not list sees no difference
                return None
            raise
        return head.get("ChecksumSHA256")

    def _swing(self, change: Callable[[Pointer], Pointer]) -> Pointer:
        """Read, change and write the pointer, unless somebody else wrote it meanwhile."""
        key = self._prefix + POINTER
        with explained(f"{self.uri}/{POINTER}"):
            try:
                found = self._client.get_object(Bucket=self.bucket, Key=key)
                old = _parse(found["Body"].read())
                condition: dict[str, Any] = {"IfMatch": found["ETag"]}
            except ClientError as error:
                if error.response["Error"]["Code"] not in ABSENT:
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
        raise StoreError(f"{POINTER} there is no pointer of ours. Delete it, then publish again.") from None


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Raise as StoreError, with what to do, whatever AWS's client raises."""
    try:
        yield
    except NoCredentialsError:
        raise StoreError("AWS knows no credentials from here: run 'aws configure' or 'aws sso login'.") from None
    except ClientError as error:
        code, said = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if code in CHANGED:
            raise StoreError(f"{what} was changed by somebody else meanwhile. Run it again.") from None
        if code in ABSENT:
            raise StoreError(f"{what} is not there.") from None
        raise StoreError(f"{what}: S3 answers {code} ({said.rstrip('.')}).") from None
    except BotoCoreError as error:
        raise StoreError(f"{what}: {' '.join(str(error).split()).rstrip('.')}.") from None
