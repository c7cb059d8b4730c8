"""Amazon S3 client that downloads the objects of one prefix, with Signature Version 4.

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

TIMEOUT = 2  # seconds for a connection, and for each read of a response
DEADLINE = 20  # seconds for all objects of a folder
CHUNK_SIZE = 1 << 16  # bytes
MAX_OBJECT_SIZE = 1 << 26  # bytes; the function has at least 512 MB of memory
S3_URI = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/?(?P<path>[^?#]*?)/?")
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()  # the body of a GET
ERROR_HINTS = {
    301: "the bucket is in another region",
    403: "access denied, or no such object",
    404: "no such object",
}


class S3Error(Exception):
    """An object cannot be downloaded; the message has its name and the reason."""


def invalid_uri(uri: str) -> str:
    """Return what is wrong with a URI that S3_URI does not match: the bucket's name, or all of it."""
    bucket = uri.removeprefix("s3://").partition("/")[0]
    if uri.startswith("s3://") and bucket and not S3_URI.fullmatch(f"s3://{bucket}"):
        return f"{bucket!r} is not a bucket's name: use 3 to 63 lower-case letters, digits, dots and hyphens"
    return f"{uri!r} is not an S3 folder: use s3://BUCKET/PREFIX"


@dataclass(frozen=True)
class Credentials:
    """AWS access key."""

    key: str
    secret: str = field(repr=False)
    token: str | None = field(repr=False, default=None)


class Folder:
    """Objects of one bucket under one prefix, over one connection: `with Folder(uri) as folder`."""

    def __init__(self, uri: str) -> None:
        """Raises S3Error if the URI is not s3://BUCKET/PREFIX."""
        if not (match := S3_URI.fullmatch(uri)):
            raise S3Error(invalid_uri(uri))
        self.uri = uri.rstrip("/")
        self.region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        suffix = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        self._endpoint = urlsplit(endpoint or f"https://s3.{self.region}.{suffix}")
        self._path = quote(f"/{match['bucket']}/{match['path']}".rstrip("/"), safe="/-_.~")

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
        path, timestamp = self.path(name), time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        try:
            self._connection.request("GET", path, headers=self.sign(path, timestamp, self._credentials))
            with self._connection.getresponse() as response:
                content = self._read(response)
        except TimeoutError:
            raise S3Error(f"{self.uri}/{name}: S3 timed out") from None
        except (OSError, HTTPException) as error:
            raise S3Error(f"{self.uri}/{name}: no response from S3 ({str(error) or type(error).__name__})") from None
        if response.status != 200:
            reason = ERROR_HINTS.get(response.status, response.reason)
            raise S3Error(f"{self.uri}/{name}: S3 returned {response.status}, {reason}")
        return content

    def path(self, name: str) -> str:
        """Return the path-style URL path of an object, which every S3-compatible server supports."""
        return f"{self._path}/{quote(name, safe='/-_.~')}"

    def sign(self, path: str, timestamp: str, credentials: Credentials) -> dict[str, str]:
        """Return the signed headers of a GET request; timestamp: such as 20261124T120000Z."""
        headers = {"host": self._endpoint.netloc, "x-amz-content-sha256": EMPTY_SHA256, "x-amz-date": timestamp}
        if credentials.token:
            headers["x-amz-security-token"] = credentials.token
        names = ";".join(headers)
        request = "\n".join(
            ["GET", path, "", *(f"{name}:{headers[name]}" for name in headers), "", names, EMPTY_SHA256]
        )
        scope = f"{timestamp[:8]}/{self.region}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", timestamp, scope, hashlib.sha256(request.encode()).hexdigest()])
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
            if len(content) > MAX_OBJECT_SIZE:
                raise HTTPException(f"more than {MAX_OBJECT_SIZE:,} bytes")
        if response.length:  # bytes that are missing
            raise HTTPException("the response was cut off")
        return bytes(content)


def credentials() -> Credentials:
    """Read the credentials from the environment, or from a container's credentials endpoint. Raises S3Error.

    SnapStart and ECS: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
    """
    environment = os.environ
    if "AWS_ACCESS_KEY_ID" in environment and "AWS_SECRET_ACCESS_KEY" in environment:
        key, secret = environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
        return Credentials(key, secret, environment.get("AWS_SESSION_TOKEN"))
    if relative := environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        endpoint = urlsplit(f"http://169.254.170.2{relative}")
    elif full := environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        endpoint = urlsplit(full)
    else:
        raise S3Error("There are no credentials for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    try:
        connection = HTTPConnection(endpoint.netloc, timeout=TIMEOUT)
        path = endpoint._replace(scheme="", netloc="").geturl()
        connection.request("GET", path, headers={"authorization": token} if token else {})
        values = json.loads(connection.getresponse().read())
        connection.close()
        return Credentials(values["AccessKeyId"], values["SecretAccessKey"], values["Token"])
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        raise S3Error(f"The credentials endpoint returned no credentials for S3 ({type(error).__name__})") from None
