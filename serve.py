"""Serve the page and the API on one port, as CloudFront does: `/api/...` is the function, the rest is the page."""

import argparse
import json
import logging
import os
import socket
import sys
import time
from pathlib import Path

import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send
from uvicorn.supervisors import Multiprocess

from digits.app import app as api

PAGE = Path(__file__).with_name("frontend")
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

LOG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "serve.Json"}},
    "handlers": {"log": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"}},
    "root": {"level": "WARNING", "handlers": ["log"]},
    "loggers": {"digits": {"level": "INFO"}},
}


class Json(logging.Formatter):
    """Write a record as Lambda's JSON log format has it, fields of its own beside the message."""

    converter = time.gmtime  # type: ignore[assignment]  # typed as what an instance has

    def format(self, record: logging.LogRecord) -> str:
        own = {name: value for name, value in vars(record).items() if name not in USUAL and value is not None}
        said = {"timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"), "level": record.levelname}
        if record.exc_info:
            own["stackTrace"] = self.formatException(record.exc_info).splitlines()
        return json.dumps({**said, "message": record.getMessage(), "logger": record.name, **own})


USUAL = vars(logging.makeLogRecord({})).keys() | {"message"}
page = StaticFiles(directory=PAGE, html=True, check_dir=False)


async def site(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application: the API under /api, the page everywhere else."""
    if scope["path"].startswith("/api/"):
        return await api(scope, receive, send)

    async def send_secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(SECURITY_HEADERS)
        await send(message)

    try:
        await page(scope, receive, send_secured)
    except HTTPException as error:
        refused = PlainTextResponse(f"{error.detail}: the page is at /, the API under /api/.\n", error.status_code)
        await refused(scope, receive, send_secured)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"))
    parser.add_argument("--workers", type=int, default=1, help="processes that answer; one that ends is replaced")
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
            workers=arguments.workers,
        )
        if arguments.workers > 1:
            return Multiprocess(config, [listener]).run()
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
