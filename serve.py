"""Serve the page and the API on one port, as CloudFront does: `/api/...` is the function, the rest is the page."""

import argparse
import gzip
import hashlib
import json
import logging
import os
import socket
import sys
import time
from functools import lru_cache
from pathlib import Path

import fastapi_offline
import uvicorn
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Message, Receive, Scope, Send
from uvicorn.supervisors import Multiprocess

from digits.app import app as api

PAGE = Path(__file__).with_name("frontend")
MODELS = Path(__file__).with_name("functions") / "digits" / "models"
SWAGGER_UI = Path(fastapi_offline.__file__).with_name("static")
PUBLISHED = {  # files outside PAGE
    "/models/manifest.json": MODELS / "manifest.json",  # the model that the page runs offline
    "/models/mlp.onnx": MODELS / "mlp.onnx",
    "/swagger-ui/swagger-ui-bundle.js": SWAGGER_UI / "swagger-ui-bundle.js",  # loaded by /api/docs
    "/swagger-ui/swagger-ui.css": SWAGGER_UI / "swagger-ui.css",
}
COMPRESSED = ("text/", "image/svg+xml", "application/json")  # media types that shrink to half or less
SHUTDOWN_TIMEOUT = 5  # seconds for running requests at shutdown; hosts kill the process after ten or thirty
MAX_CACHED_FILES = 500  # in memory, some kilobytes each
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

LOG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "serve.JsonFormatter"}},
    "handlers": {"log": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"}},
    "root": {"level": "WARNING", "handlers": ["log"]},
    "loggers": {"digits": {"level": "INFO"}},
}


class JsonFormatter(logging.Formatter):
    """Formatter of Lambda's JSON log format, with the extra fields of a record."""

    converter = time.gmtime  # type: ignore[assignment]  # typeshed types it as an instance attribute

    def format(self, record: logging.LogRecord) -> str:
        extra = {
            name: value for name, value in vars(record).items() if name not in STANDARD_FIELDS and value is not None
        }
        fields = {"timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"), "level": record.levelname}
        if record.exc_info:
            extra["stackTrace"] = self.formatException(record.exc_info).splitlines()
        return json.dumps({**fields, "message": record.getMessage(), "logger": record.name, **extra})


STANDARD_FIELDS = vars(logging.makeLogRecord({})).keys() | {"message"}


class Files(StaticFiles):
    """Static files that browsers revalidate with each request (ETag), compressed with gzip."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response: Response = FileResponse(full_path, status_code, stat_result=stat_result)
        kind, request_headers = response.headers["content-type"], Headers(scope=scope)
        accepts = "gzip" in request_headers.get("accept-encoding", "")
        if kind.startswith(COMPRESSED):
            body, etag = read_file(str(full_path), stat_result.st_mtime_ns, accepts)
            response = Response(body, status_code, {"ETag": etag, "Vary": "Accept-Encoding"}, media_type=kind)
            if accepts:
                response.headers["Content-Encoding"] = "gzip"
        response.headers["Cache-Control"] = "no-cache"
        if self.is_not_modified(response.headers, request_headers):
            return NotModifiedResponse(response.headers)
        return response


@lru_cache(MAX_CACHED_FILES)
def read_file(path: str, modified: int, compress: bool) -> tuple[bytes, str]:
    """Return a file's content, compressed or not, and its ETag; modified: its time, a key of the cache."""
    data = Path(path).read_bytes()
    digest = hashlib.sha256(data).hexdigest()[:16]
    return (gzip.compress(data, mtime=0), f'"{digest}-gzip"') if compress else (data, f'"{digest}"')


page = Files(directory=PAGE, html=True, check_dir=False)


async def site(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI application: the API under /api, the files of PUBLISHED, and the page at all other paths."""
    if scope["path"].startswith("/api/"):
        return await api(scope, receive, send)
    files = page
    if file := PUBLISHED.get(scope["path"]):
        files, scope = Files(directory=file.parent, check_dir=False), {**scope, "path": f"/{file.name}"}

    async def send_secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(SECURITY_HEADERS)
        await send(message)

    try:
        await files(scope, receive, send_secured)
    except HTTPException as error:
        not_found = PlainTextResponse(f"{error.detail}: the page is at /, the API under /api/.\n", error.status_code)
        await not_found(scope, receive, send_secured)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"))
    parser.add_argument("--workers", type=int, default=1, help="number of processes; one that ends is replaced")
    arguments = parser.parse_args()
    if not (PAGE / "index.html").is_file():
        sys.exit("frontend/index.html is missing. Restore it: git checkout frontend")
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((arguments.host, arguments.port))
        except OSError as error:
            sys.exit(f"Port {arguments.port} cannot be used ({error.strerror}). Choose another: make run PORT=8001")
        print(f"Draw a digit at http://{arguments.host}:{arguments.port} (Ctrl-C stops)", flush=True)
        config = uvicorn.Config(
            site,
            lifespan="off",
            log_config=LOG,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
            workers=arguments.workers,
        )
        if arguments.workers > 1:
            return Multiprocess(config, [listener]).run()
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
