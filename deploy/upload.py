"""Upload of the page to its bucket, and invalidation of the CloudFront cache.

The files keep their names: browsers revalidate them with each request (mostly 304), and CloudFront caches them for a
year, or until the invalidation at the end of each deployment. The MLP is uploaded for predictions in the browser.
"""

import hashlib
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from deploy.console import DeployError, console
from deploy.preflight import CLIENT_CONFIG, Account
from server.site import PAGE, PUBLISHED

CACHE = "public, max-age=0, s-maxage=31536000"  # seconds; a year is HTTP's longest
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".onnx": "application/octet-stream",
    ".png": "image/png",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
}
UPLOADED_LAST = (  # each loads or links to files before it
    "models/manifest.json",
    "serving.html",
    "report.html",
    "index.html",
    "sw.js",
)
OPEN_GRAPH = re.compile(rb'(<meta property="og:image" content=")(?!https?:)/?([^"]+")')
CONCURRENCY = 10  # requests; the size of boto3's connection pool
POLL_INTERVAL = 5  # seconds; an invalidation takes a few seconds to a minute
TIMEOUT = 900  # seconds


@dataclass(frozen=True)
class File:
    """One object of the bucket."""

    key: str
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        return {"ContentType": TYPES["." + self.key.rpartition(".")[2]], "CacheControl": CACHE}

    @property
    def digest(self) -> str:
        """SHA-256 of the content and its headers: a change of either is uploaded."""
        return hashlib.sha256(self.body + repr(self.headers).encode()).hexdigest()


@dataclass(frozen=True)
class Changes:
    """Numbers of uploaded, removed and unchanged objects."""

    uploaded: int
    removed: int
    unchanged: int


def files(site: str) -> list[File]:
    """Return the files that serve.py serves, in upload order. Raises DeployError for an unknown file type.

    Some Open Graph readers ignore relative URLs, so the URL of the pages' image is made absolute.
    """
    sources = {path.relative_to(PAGE).as_posix(): path for path in PAGE.rglob("*") if path.is_file()}
    sources = {key: path for key, path in sources.items() if not re.search(r"(^|/)\.", key)}  # .DS_Store etc.
    sources |= {path.removeprefix("/"): file for path, file in PUBLISHED.items()}
    if unknown := sorted(key for key, path in sources.items() if path.suffix not in TYPES):
        raise DeployError(f"{unknown[0]} has no Content-Type: remove it, or add its type to deploy/upload.py.")
    order = sorted(sources, key=lambda key: (UPLOADED_LAST.index(key) if key in UPLOADED_LAST else -1, key))
    absolute = rb"\g<1>" + site.encode() + rb"/\g<2>"
    bodies = {key: sources[key].read_bytes() for key in order}
    return [
        File(key, OPEN_GRAPH.sub(absolute, body) if key.endswith(".html") else body) for key, body in bodies.items()
    ]


def upload(account: Account, bucket: str, site: str) -> Changes:
    """Upload changed files, those in UPLOADED_LAST after the others, then remove files that no longer exist."""
    s3: Any = account.session.client("s3", config=CLIENT_CONFIG)
    wanted = files(site)
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        digests = list(pool.map(lambda file: _digest(s3, bucket, file.key), wanted))
        changed = [file for file, digest in zip(wanted, digests, strict=True) if digest != file.digest]

        def put(file: File) -> None:
            metadata = {"sha256": file.digest}
            s3.put_object(Bucket=bucket, Key=file.key, Body=file.body, Metadata=metadata, **file.headers)

        with Progress(TextColumn("Uploading the page"), BarColumn(), MofNCompleteColumn(), console=console) as progress:
            task = progress.add_task("", total=len(changed))
            for _ in pool.map(put, (file for file in changed if file.key not in UPLOADED_LAST)):
                progress.advance(task)
            for file in (file for file in changed if file.key in UPLOADED_LAST):
                put(file)
                progress.advance(task)
    removed = sorted(set(_keys(s3, bucket)) - {file.key for file in wanted})
    for key in removed:
        s3.delete_object(Bucket=bucket, Key=key)
    return Changes(len(changed), len(removed), len(wanted) - len(changed))


def invalidate_cache(account: Account, distribution: str) -> None:
    """Invalidate the CloudFront cache and wait for completion. Raises DeployError.

    Needed even if nothing was uploaded: an earlier run may have stopped after its upload. It is free.
    """
    cloudfront = account.session.client("cloudfront", config=CLIENT_CONFIG)
    batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": str(time.time_ns())}
    invalidation = cloudfront.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)["Invalidation"]
    with console.status("Invalidating the CloudFront cache"):
        for _ in range(TIMEOUT // POLL_INTERVAL):
            if invalidation["Status"].lower() == "completed":
                return
            time.sleep(POLL_INTERVAL)
            invalidation = cloudfront.get_invalidation(DistributionId=distribution, Id=invalidation["Id"])[
                "Invalidation"
            ]
    raise DeployError(f"CloudFront's cache is not invalidated after {TIMEOUT // 60} minutes: run 'make deploy' again.")


def _digest(s3: Any, bucket: str, key: str) -> str | None:
    try:
        return str(s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("sha256"))
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return None
        raise


def _keys(s3: Any, bucket: str) -> Iterator[str]:
    for part in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield from (each["Key"] for each in part.get("Contents", []))
