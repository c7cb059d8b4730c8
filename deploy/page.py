"""The page's files come in; the bucket and CloudFront have them and nothing else, each with its headers.

The files keep their names, so a browser asks each time whether it has the current one (most often: 304), while
CloudFront keeps them for a year, or until the invalidation that ends each deployment. The network goes with them, for
those who want it to answer without a connection.
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
from deploy.preflight import TIMES, Account
from serve import PAGE, PUBLISHED

CACHE = "public, max-age=0, s-maxage=31536000"  # seconds; a year is HTTP's longest
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".onnx": "application/octet-stream",
    ".png": "image/png",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
}
LAST = ("models/manifest.json", "report.html", "index.html", "sw.js")  # each asks for what comes before it
OPEN_GRAPH = re.compile(rb'(<meta property="og:image" content=")(?!https?:)/?([^"]+")')
AT_ONCE = 10  # requests; as many connections as boto3 keeps open
POLL = 5  # seconds; an invalidation takes from a few of them to a minute
LIMIT = 900  # seconds


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
        """Names the content and its headers: a change of either is uploaded."""
        return hashlib.sha256(self.body + repr(self.headers).encode()).hexdigest()


@dataclass(frozen=True)
class Changes:
    """How many objects were uploaded, removed, and left as they were."""

    uploaded: int
    removed: int
    kept: int


def files(site: str) -> list[File]:
    """What serve.py serves, in the order in which it is uploaded. Raises DeployError for a kind that has no type here.

    Some readers of Open Graph pass over a relative address, so the uploaded pages name their picture with the site's.
    """
    sources = {path.relative_to(PAGE).as_posix(): path for path in PAGE.rglob("*") if path.is_file()}
    sources = {key: path for key, path in sources.items() if not re.search(r"(^|/)\.", key)}  # .DS_Store and its like
    sources |= {path.removeprefix("/"): file for path, file in PUBLISHED.items()}
    if strange := sorted(key for key, path in sources.items() if path.suffix not in TYPES):
        raise DeployError(f"{strange[0]} has no Content-Type: remove it, or give its kind one in deploy/page.py.")
    order = sorted(sources, key=lambda key: (LAST.index(key) if key in LAST else -1, key))
    absolute = rb"\g<1>" + site.encode() + rb"/\g<2>"
    bodies = {key: sources[key].read_bytes() for key in order}
    return [
        File(key, OPEN_GRAPH.sub(absolute, body) if key.endswith(".html") else body) for key, body in bodies.items()
    ]


def upload(account: Account, bucket: str, site: str) -> Changes:
    """Upload what differs, new things before the pages that ask for them, then remove what is no longer there."""
    s3: Any = account.session.client("s3", config=TIMES)
    wanted = files(site)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        there = list(pool.map(lambda file: _digest(s3, bucket, file.key), wanted))
        changed = [file for file, digest in zip(wanted, there, strict=True) if digest != file.digest]

        def put(file: File) -> None:
            metadata = {"sha256": file.digest}
            s3.put_object(Bucket=bucket, Key=file.key, Body=file.body, Metadata=metadata, **file.headers)

        with Progress(TextColumn("Uploading the page"), BarColumn(), MofNCompleteColumn(), console=console) as progress:
            task = progress.add_task("", total=len(changed))
            for _ in pool.map(put, (file for file in changed if file.key not in LAST)):
                progress.advance(task)
            for file in (file for file in changed if file.key in LAST):
                put(file)
                progress.advance(task)
    surplus = sorted(set(_keys(s3, bucket)) - {file.key for file in wanted})
    for key in surplus:
        s3.delete_object(Bucket=bucket, Key=key)
    return Changes(len(changed), len(surplus), len(wanted) - len(changed))


def invalidate(account: Account, distribution: str) -> None:
    """Let CloudFront forget what it keeps, and wait until it has. Raises DeployError.

    Also where nothing was uploaded: an earlier run may have been cut off between the two. It costs nothing.
    """
    cloudfront = account.session.client("cloudfront", config=TIMES)
    batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": str(time.time_ns())}
    made = cloudfront.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)["Invalidation"]
    with console.status("Waiting for CloudFront to forget the old page"):
        for _ in range(LIMIT // POLL):
            if made["Status"].lower() == "completed":
                return
            time.sleep(POLL)
            made = cloudfront.get_invalidation(DistributionId=distribution, Id=made["Id"])["Invalidation"]
    raise DeployError(f"CloudFront has not forgotten the old page in {LIMIT // 60} minutes: run 'make deploy' again.")


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
