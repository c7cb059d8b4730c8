"""Serve the page and the API on one port, as CloudFront does: `/api/...` is the function, the rest is the page."""

import argparse
import os
import socket
import sys
from pathlib import Path

import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from digits.app import app as api

PAGE = Path(__file__).with_name("frontend")
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

page = StaticFiles(directory=PAGE, html=True, check_dir=False)


async def site(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application: the API under /api, the page everywhere else."""
    if scope["path"].startswith("/api/"):
        return await api(scope, receive, send)

    async def send_secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(SECURITY_HEADERS)
        await send(message)

    await page(scope, receive, send_secured)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"))
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
        config = uvicorn.Config(site, lifespan="off", log_level="warning", server_header=False)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
