"""Local S3 server (moto) with fault injection.

A fault affects only requests of the function, which sends no User-Agent header; boto3's requests always succeed.
moto, boto3 and werkzeug are imported where they are used: tests that only name a fault are collected without them.
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

REGION = "us-east-1"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}
UNSET = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_ENDPOINT_URL_S3")  # settings of the developer

type Body = Iterable[bytes]
type Application = Callable[[dict[str, Any], Callable[..., Any]], Body]
type Fault = Callable[[Application, dict[str, Any], Callable[..., Any]], Body]


@dataclass
class S3:
    """A running S3 server and its current fault."""

    application: Application
    url: str = ""
    fault: Fault | None = None
    requests: list[str] = field(default_factory=list)  # paths, of the function's requests only

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Body:
        if "HTTP_USER_AGENT" not in environ:
            self.requests.append(environ["PATH_INFO"])
            if self.fault:
                return self.fault(self.application, environ, start_response)
        return self.application(environ, start_response)

    def bucket(self, name: str) -> Any:
        """Create a bucket."""
        import boto3

        return boto3.resource("s3").create_bucket(Bucket=name)


@contextmanager
def s3() -> Iterator[S3]:
    """Run S3 until the block ends, with the environment variables by which boto3 and the function connect to it."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Silent(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"  # persistent connections, as in S3

        def log(self, type: str, message: str, *arguments: object) -> None:
            pass

    running = S3(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, running, threaded=True, request_handler=Silent)
    running.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    with patch.dict(os.environ, ENVIRONMENT | {"AWS_ENDPOINT_URL": running.url}):
        for name in UNSET:
            os.environ.pop(name, None)
        urlopen(Request(f"{running.url}/moto-api/reset", method="POST")).close()  # moto keeps its state between servers
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def error_status(status: str) -> Fault:
    """Return a fault that returns an error status for every request."""

    def fault(_: Application, environ: dict[str, Any], start_response: Callable[..., Any]) -> Body:
        start_response(status, [("Content-Length", "0")])
        return [b""]

    return fault


def slow(seconds: float) -> Fault:
    """Return a fault that delays each response."""

    def fault(application: Application, environ: dict[str, Any], start_response: Callable[..., Any]) -> Body:
        time.sleep(seconds)
        return application(environ, start_response)

    return fault


def drips(seconds: float) -> Fault:
    """Return a fault that sends each response byte by byte, with a pause before each."""

    def fault(application: Application, environ: dict[str, Any], start_response: Callable[..., Any]) -> Body:
        for byte in b"".join(application(environ, start_response)):
            time.sleep(seconds)
            yield bytes([byte])

    return fault


def cut_off(application: Application, environ: dict[str, Any], start_response: Callable[..., Any]) -> Body:
    """Close the connection in the middle of each response."""
    content = b"".join(application(environ, start_response))
    return [content[: len(content) // 2]]
