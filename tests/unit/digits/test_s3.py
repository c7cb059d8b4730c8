"""What the function asks of S3 is signed as AWS's own client signs it; what S3 says, or does not, is one sentence."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
import requests
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as AwsCredentials

from digits import s3
from digits.s3 import Credentials, Folder, S3Error, credentials
from tests.support.s3 import REGION, S3, cut_off, drips
from tests.support.s3 import s3 as running

AT = "20261124T120000Z"
PLAIN = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
SESSION = Credentials("ASIAEXAMPLE", "secret/+=", "a+session/token==")


@pytest.fixture(name="here")
def _here() -> Iterator[S3]:
    with running() as here:
        here.bucket("models")
        yield here


@pytest.mark.parametrize("asking", [PLAIN, SESSION], ids=["key", "session"])
@pytest.mark.parametrize("name", ["current.json", "versions/0123/a b+c~d$é.onnx"])
@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_signature_is_that_of_botocore(
    monkeypatch: pytest.MonkeyPatch, asking: Credentials, name: str, region: str
) -> None:
    for variable in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_REGION", region)
    folder = Folder("s3://bucket/pre fix")
    url = f"https://s3.{region}.amazonaws.com{folder.path(name)}"
    theirs = AWSRequest("GET", url, headers={"X-Amz-Content-SHA256": s3.EMPTY_SHA256})
    signer = S3SigV4Auth(AwsCredentials(asking.key, asking.secret, asking.token), "s3", region)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: datetime(2026, 11, 24, 12))
    signer.add_auth(theirs)
    ours = folder.signed(folder.path(name), AT, asking)
    assert ours["authorization"] == theirs.headers["Authorization"]
    assert ours["x-amz-date"] == theirs.headers["X-Amz-Date"] == AT


def test_a_server_that_checks_signatures_gives_the_object(here: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    boto3.client("s3").put_object(Bucket="models", Key="prod/current.json", Body=b"{}")
    iam = boto3.client("iam")
    iam.create_user(UserName="function")
    may = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::models/prod/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    iam.put_user_policy(UserName="function", PolicyName="reads", PolicyDocument=policy)
    key = iam.create_access_key(UserName="function")["AccessKey"]
    requests.post(f"{here.url}/moto-api/reset-auth", data=b"0", timeout=5).raise_for_status()
    try:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        with Folder("s3://models/prod") as folder:
            assert folder.get("current.json") == b"{}"
        with Folder("s3://models/other") as folder, pytest.raises(S3Error, match="403, it may not be read"):
            folder.get("current.json")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
        with Folder("s3://models/prod") as folder, pytest.raises(S3Error, match="403, it may not be read"):
            folder.get("current.json")
    finally:
        requests.post(f"{here.url}/moto-api/reset-auth", data=b"inf", timeout=5)


@pytest.mark.parametrize("uri", ["s3://models", "s3://models/"])
def test_a_bucket_may_be_the_folder(here: S3, uri: str) -> None:
    boto3.client("s3").put_object(Bucket="models", Key="current.json", Body=b"here")
    with Folder(uri) as folder:
        assert folder.get("current.json") == b"here"


@pytest.mark.parametrize("uri", ["", "models", "https://models/prod", "s3://", "s3://M/x", "s3://models/x?y"])
def test_another_address_is_refused_with_what_to_give(uri: str) -> None:
    with pytest.raises(S3Error, match="is no folder in S3: give s3://BUCKET/PREFIX"):
        Folder(uri)


@pytest.mark.parametrize(("region", "host"), [("cn-north-1", "s3.cn-north-1.amazonaws.com.cn"), ("", "")])
def test_host_is_that_of_the_region(monkeypatch: pytest.MonkeyPatch, region: str, host: str) -> None:
    for variable in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_REGION", region)
    assert Folder("s3://bucket").signed("/", AT, PLAIN)["host"] == (host or f"s3.{REGION}.amazonaws.com")


def test_nobody_answering_is_one_sentence(monkeypatch: pytest.MonkeyPatch, here: S3) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        with Folder("s3://models") as folder, pytest.raises(S3Error, match=r"S3 does not answer \(.*refused\)"):
            folder.get("current.json")


def test_an_object_too_large_is_not_taken(here: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "LARGEST", 1_000)
    boto3.client("s3").put_object(Bucket="models", Key="current.json", Body=bytes(1_001))
    with Folder("s3://models") as folder, pytest.raises(S3Error, match="more than 1,000 bytes"):
        folder.get("current.json")


class Host(BaseHTTPRequestHandler):
    """What gives credentials to a container."""

    content: bytes = json.dumps({"AccessKeyId": "ASIA", "SecretAccessKey": "secret", "Token": "token"}).encode()

    def do_GET(self) -> None:
        self.send_response(200 if self.headers["Authorization"] == "mine" and self.path == "/v1?role=x" else 401)
        self.end_headers()
        if self.headers["Authorization"] == "mine":
            self.wfile.write(self.content)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Host]]:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        monkeypatch.delenv(variable, raising=False)
    handler = type("Host", (Host,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{server.server_port}/v1?role=x")
        yield handler
        server.shutdown()


def test_a_container_asks_its_host(host: type[Host], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "mine")
    assert credentials() == Credentials("ASIA", "secret", "token")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}"])
def test_a_host_that_gives_nothing_is_one_sentence(
    host: type[Host], monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "mine")
    monkeypatch.setattr(host, "content", content)
    with pytest.raises(S3Error, match="The host gives no credentials for S3"):
        credentials()


def test_ecs_names_a_path_of_its_own_host(monkeypatch: pytest.MonkeyPatch, host: type[Host]) -> None:
    asked: list[str] = []

    class Connection:
        def __init__(self, netloc: str, timeout: float) -> None:
            asked.append(netloc)
            raise OSError

    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x")
    monkeypatch.setattr(s3, "HTTPConnection", Connection)
    with pytest.raises(S3Error, match="The host gives no credentials"):
        credentials()
    assert asked == ["169.254.170.2"]


def test_no_credentials_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_what_comes_byte_by_byte_is_too_slow_in_the_end(here: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "DEADLINE", 0.3)
    boto3.client("s3").put_object(Bucket="models", Key="current.json", Body=bytes(300))
    here.fault = drips(0.01)  # no byte is late, but all of them would take three seconds
    start = time.monotonic()
    with Folder("s3://models") as folder, pytest.raises(S3Error, match="S3 is too slow"):
        folder.get("current.json")
    assert 0.3 <= time.monotonic() - start < 2


def test_response_that_is_cut_off_is_refused(here: S3) -> None:
    boto3.client("s3").put_object(Bucket="models", Key="current.json", Body=bytes(300))
    here.fault = cut_off
    with Folder("s3://models") as folder, pytest.raises(S3Error, match=r"does not answer \(the answer was cut off\)"):
        folder.get("current.json")
