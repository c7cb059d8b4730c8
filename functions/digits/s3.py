"""Client of Amazon S3 that downloads the objects of one prefix, with Signature Version 4.

AWS's own client (botocore) takes longer to import than the rest of a cold start.
https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import hashlib
import hmac
import json
import os
import re
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Self
from urllib.parse import quote, urlsplit

TIMEOUT = 2  # seconds for a connection, and for each piece of an answer
DEADLINE = 20  # seconds for all objects of a folder, however slowly they arrive
CHUNK_SIZE = 1 << 16  # bytes
LARGEST = 1 << 26  # bytes of an object: a sandbox has 512 MB at least
ADDRESS = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/?(?P<path>[^?#]*?)/?")
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()  # the body of a GET
ERROR_HINTS = {
    301: "the bucket is in another region",
    403: "it may not be read, or is absent",
    404: "it is absent",
}


class S3Error(Exception):
    """An object cannot be downloaded; the message says which and why."""


@dataclass(frozen=True)
class Credentials:
    """Access key of AWS."""

    key: str
    secret: str = field(repr=False)
    token: str | None = field(repr=False, default=None)


class Folder:
    """Objects of one bucket under one prefix, over one connection: `with Folder(uri) as folder`."""

    def __init__(self, uri: str) -> None:
        """Raises S3Error if the URI is not s3://BUCKET/PREFIX."""
        if not (found := ADDRESS.fullmatch(uri)):
            raise S3Error(f"{uri!r} is no folder in S3: give s3://BUCKET/PREFIX")
        self.uri = uri.rstrip("/")
        self.region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        suffix = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        self._endpoint = urlsplit(endpoint or f"https://s3.{self.region}.{suffix}")
        self._path = quote(f"/{found['bucket']}/{found['path']}".rstrip("/"), safe="/-_.~")

    def __enter__(self) -> Self:
        connect = HTTPSConnection if self._endpoint.scheme == "https" else HTTPConnection
        self._connection = connect(self._endpoint.netloc, timeout=TIMEOUT)
        self._credentials = credentials()
        self._deadline = time.monotonic() + DEADLINE
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, name: str) -> bytes:
        """Download an object. Raises S3Error."""
        path, at = self.path(name), time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        try:
            self._connection.request("GET", path, headers=self.signed(path, at, self._credentials))
            with self._connection.getresponse() as response:
                content = self._read(response)
        except TimeoutError:
            raise S3Error(f"{self.uri}/{name}: S3 is too slow") from None
        except (OSError, HTTPException) as error:
            raise S3Error(f"{self.uri}/{name}: S3 does not answer ({str(error) or type(error).__name__})") from None
        if response.status != 200:
            why = ERROR_HINTS.get(response.status, response.reason)
            raise S3Error(f"{self.uri}/{name}: S3 answers {response.status}, {why}")
        return content

    def path(self, name: str) -> str:
        """Path-style URL path of an object, which every S3-compatible server supports."""
        return f"{self._path}/{quote(name, safe='/-_.~')}"

    def signed(self, path: str, at: str, credentials: Credentials) -> dict[str, str]:
        """Signed headers of a GET request at a time such as 20261124T120000Z."""
        headers = {"host": self._endpoint.netloc, "x-amz-content-sha256": EMPTY_SHA256, "x-amz-date": at}
        if credentials.token:
            headers["x-amz-security-token"] = credentials.token
        names = ";".join(headers)
        request = "\n".join(
            ["GET", path, "", *(f"{name}:{headers[name]}" for name in headers), "", names, EMPTY_SHA256]
        )
        scope = f"{at[:8]}/{self.region}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", at, scope, hashlib.sha256(request.encode()).hexdigest()])
        key = f"AWS4{credentials.secret}".encode()
        for part in (*scope.split("/"), text):
            key = hmac.digest(key, part.encode(), "sha256")
        credential = f"Credential={credentials.key}/{scope}"
        headers["authorization"] = f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={names}, Signature={key.hex()}"
        return headers

    def _read(self, response: HTTPResponse) -> bytes:
        content = bytearray()
        while chunk := response.read1(CHUNK_SIZE):
            content += chunk
            if time.monotonic() > self._deadline:
                raise TimeoutError
            if len(content) > LARGEST:
                raise HTTPException(f"more than {LARGEST:,} bytes")
        if response.length:  # what is still to come, of an answer that has ended
            raise HTTPException("the answer was cut off")
        return bytes(content)


def credentials() -> Credentials:
    """Read the credentials from the environment, or from a container's credentials endpoint. Raises S3Error.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html (SnapStart's and ECS's way)
    """
    environment = os.environ
    if "AWS_ACCESS_KEY_ID" in environment and "AWS_SECRET_ACCESS_KEY" in environment:
        key, secret = environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
        return Credentials(key, secret, environment.get("AWS_SESSION_TOKEN"))
    if relative := environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        place = urlsplit(f"http://169.254.170.2{relative}")
    elif full := environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        place = urlsplit(full)
    else:
        raise S3Error("There are no credentials for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    try:
        connection = HTTPConnection(place.netloc, timeout=TIMEOUT)
        path = place._replace(scheme="", netloc="").geturl()
        connection.request("GET", path, headers={"authorization": token} if token else {})
        found = json.loads(connection.getresponse().read())
        connection.close()
        return Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["Token"])
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        raise S3Error(f"The host gives no credentials for S3 ({type(error).__name__})") from None
