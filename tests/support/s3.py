"""A fault comes in, or none; S3 as AWS offers it goes out, on this machine (moto's server), with that fault in it.

Only what the function asks for is struck by the fault: AWS's own client names itself, the function does not.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from urllib.request import Request, urlopen

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

REGION = "us-east-1"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}
ELSEWHERE = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_ENDPOINT_URL_S3")  # of whoever runs the tests

type Body = Iterable[bytes]
type Application = Callable[[dict[str, Any], Callable[..., Any]], Body]
type Fault = Callable[[Application, dict[str, Any], Callable[..., Any]], Body]


@dataclass
class S3:
    """S3 at an address, and what is wrong with it."""

    application: Application
    url: str = ""
    fault: Fault | None = None
    asked: list[str] = field(default_factory=list)  # the paths that the function asked for

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Body:
        if "HTTP_USER_AGENT" not in environ:
            self.asked.append(environ["PATH_INFO"])
            if self.fault:
                return self.fault(self.application, environ, start_response)
        return self.application(environ, start_response)

    def bucket(self, name: str) -> Any:
        """Make a bucket."""
        return boto3.resource("s3").create_bucket(Bucket=name)


class Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # as S3 speaks: one connection, many answers

    def log(self, type: str, message: str, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def s3() -> Iterator[S3]:
    """Run S3 until the block ends; boto3 and the function reach it by the environment."""
    running = S3(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, running, threaded=True, request_handler=Silent)
    running.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with patch.dict(os.environ, ENVIRONMENT | {"AWS_ENDPOINT_URL": running.url}):
        for name in ELSEWHERE:
            os.environ.pop(name, None)
        urlopen(Request(f"{running.url}/moto-api/reset", method="POST")).close()  # or it has what was there before
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def answers(status: str) -> Fault:
    """Answer everything with an error."""

    def fault(_: Application, environ: dict[str, Any], start_response: Callable[..., Any]) -> Body:
        start_response(status, [("Content-Length", "0")])
        return [b""]

    return fault


def slow(seconds: float) -> Fault:
    """Take a long time for each answer."""

    def fault(application: Application, environ: dict[str, Any], start_response: Callable[..., Any]) -> Body:
        time.sleep(seconds)
        return application(environ, start_response)

    return fault


def drips(seconds: float) -> Fault:
    """Send each answer byte by byte."""

    def fault(application: Application, environ: dict[str, Any], start_response: Callable[..., Any]) -> Body:
        for byte in b"".join(application(environ, start_response)):
            time.sleep(seconds)
            yield bytes([byte])

    return fault


def cut_off(application: Application, environ: dict[str, Any], start_response: Callable[..., Any]) -> Body:
    """Hang up in the middle of each answer."""
    content = b"".join(application(environ, start_response))
    return [content[: len(content) // 2]]
