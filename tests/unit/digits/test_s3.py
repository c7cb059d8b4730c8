"""S3 client: signatures equal to botocore's, downloads, credentials, error messages."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import Request, urlopen

import pytest

from digits import s3
from digits.s3 import Credentials, Folder, S3Error, credentials
from tests.support.s3 import REGION, S3, cut_off, drips
from tests.support.s3 import s3 as running

TIMESTAMP = "20261124T120000Z"
KEY = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
SESSION = Credentials("ASIAEXAMPLE", "secret/+=", "a+session/token==")


def client(service: str) -> Any:
    import boto3  # takes a second: not at collection

    return boto3.client(service)  # type: ignore[call-overload]


@pytest.fixture(name="server")
def _server() -> Iterator[S3]:
    with running() as server:
        server.bucket("models")
        yield server


@pytest.mark.parametrize("signer", [KEY, SESSION], ids=["key", "session"])
@pytest.mark.parametrize("name", ["current.json", "versions/0123/a b+c~d$é.onnx"])
@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_signature_equals_that_of_botocore(
    monkeypatch: pytest.MonkeyPatch, signer: Credentials, name: str, region: str
) -> None:
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials as AwsCredentials

    for variable in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_REGION", region)
    folder = Folder("s3://bucket/pre fix")
    url = f"https://s3.{region}.amazonaws.com{folder.path(name)}"
    expected = AWSRequest("GET", url, headers={"X-Amz-Content-SHA256": s3.EMPTY_SHA256})
    botocore_signer = S3SigV4Auth(AwsCredentials(signer.key, signer.secret, signer.token), "s3", region)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: datetime(2026, 11, 24, 12))
    botocore_signer.add_auth(expected)
    headers = folder.sign(folder.path(name), TIMESTAMP, signer)
    assert headers["authorization"] == expected.headers["Authorization"]
    assert headers["x-amz-date"] == expected.headers["X-Amz-Date"] == TIMESTAMP


def set_requests_without_auth(server: S3, number: str) -> None:
    """Let the server check signatures after this number of requests."""
    url, headers = f"{server.url}/moto-api/reset-auth", {"Content-Type": "text/plain"}
    urlopen(Request(url, number.encode(), headers), timeout=5).close()


@pytest.mark.slow
def test_signed_request_is_authorized(server: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    client("s3").put_object(Bucket="models", Key="prod/current.json", Body=b"{}")
    iam = client("iam")
    iam.create_user(UserName="function")
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::models/prod/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="function", PolicyName="reads", PolicyDocument=policy)
    key = iam.create_access_key(UserName="function")["AccessKey"]
    set_requests_without_auth(server, "0")
    try:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        with Folder("s3://models/prod") as folder:
            assert folder.get("current.json") == b"{}"
        with Folder("s3://models/other") as folder, pytest.raises(S3Error, match="403, access denied"):
            folder.get("current.json")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
        with Folder("s3://models/prod") as folder, pytest.raises(S3Error, match="403, access denied"):
            folder.get("current.json")
    finally:
        set_requests_without_auth(server, "inf")


@pytest.mark.slow
@pytest.mark.parametrize("uri", ["s3://models", "s3://models/"])
def test_folder_may_be_a_whole_bucket(server: S3, uri: str) -> None:
    client("s3").put_object(Bucket="models", Key="current.json", Body=b"here")
    with Folder(uri) as folder:
        assert folder.get("current.json") == b"here"


@pytest.mark.parametrize("uri", ["s3://Models/prod", "s3://M", "s3://my_models/prod"])
def test_invalid_bucket_raises_s3_error_that_names_it(uri: str) -> None:
    with pytest.raises(
        S3Error, match="is not a bucket's name: use 3 to 63 lower-case letters, digits, dots and hyphens"
    ):
        Folder(uri)


@pytest.mark.parametrize("uri", ["", "models", "https://models/prod", "s3://", "s3://models/x?y"])
def test_invalid_uri_raises_s3_error_with_expected_form(uri: str) -> None:
    with pytest.raises(S3Error, match="is not an S3 folder: use s3://BUCKET/PREFIX"):
        Folder(uri)


@pytest.mark.parametrize(("region", "host"), [("cn-north-1", "s3.cn-north-1.amazonaws.com.cn"), ("", "")])
def test_host_matches_region(monkeypatch: pytest.MonkeyPatch, region: str, host: str) -> None:
    for variable in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_REGION", region)
    assert Folder("s3://bucket").sign("/", TIMESTAMP, KEY)["host"] == (host or f"s3.{REGION}.amazonaws.com")


@pytest.mark.slow
def test_refused_connection_raises_s3_error(monkeypatch: pytest.MonkeyPatch, server: S3) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        with Folder("s3://models") as folder, pytest.raises(S3Error, match=r"no response from S3 \(.*refused\)"):
            folder.get("current.json")


@pytest.mark.slow
def test_too_large_object_raises_s3_error(server: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "MAX_OBJECT_SIZE", 1_000)
    client("s3").put_object(Bucket="models", Key="current.json", Body=bytes(1_001))
    with Folder("s3://models") as folder, pytest.raises(S3Error, match="more than 1,000 bytes"):
        folder.get("current.json")


class Endpoint(BaseHTTPRequestHandler):
    """Credentials endpoint of a container."""

    content: bytes = json.dumps({"AccessKeyId": "ASIA", "SecretAccessKey": "secret", "Token": "token"}).encode()

    def do_GET(self) -> None:
        self.send_response(200 if self.headers["Authorization"] == "mine" and self.path == "/v1?role=x" else 401)
        self.end_headers()
        if self.headers["Authorization"] == "mine":
            self.wfile.write(self.content)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log nothing."""


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Endpoint]]:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        monkeypatch.delenv(variable, raising=False)
    handler = type("Endpoint", (Endpoint,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{server.server_port}/v1?role=x")
        yield handler
        server.shutdown()


def test_credentials_are_read_from_container_endpoint(
    endpoint: type[Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "mine")
    assert credentials() == Credentials("ASIA", "secret", "token")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}"])
def test_invalid_response_of_credentials_endpoint_raises_s3_error(
    endpoint: type[Endpoint], monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "mine")
    monkeypatch.setattr(endpoint, "content", content)
    with pytest.raises(S3Error, match="The credentials endpoint returned no credentials for S3"):
        credentials()


def test_relative_credentials_uri_uses_ecs_host(monkeypatch: pytest.MonkeyPatch, endpoint: type[Endpoint]) -> None:
    hosts: list[str] = []

    class Connection:
        def __init__(self, netloc: str, timeout: float) -> None:
            hosts.append(netloc)
            raise OSError

    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x")
    monkeypatch.setattr(s3, "HTTPConnection", Connection)
    with pytest.raises(S3Error, match="The credentials endpoint returned no credentials"):
        credentials()
    assert hosts == ["169.254.170.2"]


def test_missing_credentials_raise_s3_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (
        "AWS_ACCESS_KEY_ID",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    ):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(S3Error, match="no credentials for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        credentials()


def test_secrets_are_not_printed() -> None:
    assert repr(SESSION) == "Credentials(key='ASIAEXAMPLE')"


@pytest.mark.slow
def test_slow_download_raises_s3_error_after_deadline(server: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "DEADLINE", 0.3)
    client("s3").put_object(Bucket="models", Key="current.json", Body=bytes(300))
    server.fault = drips(0.01)  # seconds per byte, under TIMEOUT; all of them take three seconds
    start = time.monotonic()
    with Folder("s3://models") as folder, pytest.raises(S3Error, match="S3 timed out"):
        folder.get("current.json")
    assert 0.3 <= time.monotonic() - start < 2


@pytest.mark.slow
def test_truncated_response_raises_s3_error(server: S3) -> None:
    client("s3").put_object(Bucket="models", Key="current.json", Body=bytes(300))
    server.fault = cut_off
    with (
        Folder("s3://models") as folder,
        pytest.raises(S3Error, match=r"no response from S3 \(the response was cut off\)"),
    ):
        folder.get("current.json")
