"""Serve the page and the API on one port, as CloudFront does."""

import argparse
import errno
import os
import signal
import socket

from uvicorn import Config, Server
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.statreload import StatReload

from command_line import CommandError, Stopped, positive, sigint_blocked
from digits.app import app
from digits.errors import ModelUnavailable
from server.log import LOG
from server.site import PAGE, ROOT

SHUTDOWN_TIMEOUT = 5  # seconds for running requests at shutdown; hosts kill the process after ten or thirty
WATCHED = ("functions/digits", "server")  # folders whose Python files --reload watches


def main() -> None:
    arguments = parse()
    check_files()
    with listen(arguments.host, arguments.port) as listener:
        host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
        print(f"Draw a digit at http://{host}:{listener.getsockname()[1]} (Ctrl-C stops)", flush=True)
        serve(listener, arguments.workers, arguments.reload)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="serve.py", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s); 0.0.0.0: every one")
    parser.add_argument("--port", type=port, default=os.environ.get("PORT", "8000"), help="(PORT, or 8000); 0: any")
    parser.add_argument("--workers", type=positive, default=1, help="number of processes; one that ends is replaced")
    parser.add_argument("--reload", action="store_true", help="restart after changes of Python files, and reload pages")
    arguments = parser.parse_args()
    if arguments.reload and arguments.workers > 1:
        parser.error("--reload runs one process: leave out --workers")
    return arguments


def port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 1 << 16):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: choose a number from 0 to 65535, such as 8000")
    return int(text)


def check_files() -> None:
    """Raise CommandError if the page is missing, or a model is missing or damaged."""
    if not (PAGE / "index.html").is_file():
        raise CommandError("frontend/index.html is missing. Restore it: git checkout frontend")
    try:
        app.state.registry.check()
    except ModelUnavailable as error:
        raise CommandError(f"{error} Restore the models: git checkout functions/digits/models") from None


def listen(host: str, port: int) -> socket.socket:
    """Bind a socket. Raises CommandError if the address or the port cannot be used."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, UnicodeError) as error:
        listener.close()
        raise CommandError(explain(error, host, port)) from None
    return listener


def explain(error: OSError | UnicodeError, host: str, port: int) -> str:
    """Return why an address cannot be bound, and what to do."""
    if isinstance(error, OSError) and error.errno in (errno.EADDRINUSE, errno.EACCES):
        return f"Port {port} cannot be used ({error.strerror}). Choose another: make run PORT=8001"
    reason = getattr(error, "strerror", None) or "not a host name"
    return f"Host {host!r} cannot be used ({reason}). Choose 127.0.0.1 for this machine, 0.0.0.0 for every network"


def serve(listener: socket.socket, workers: int, reload: bool) -> None:
    """Serve until a signal stops the server. Running requests get SHUTDOWN_TIMEOUT to end."""
    signal.set_wakeup_fd(-1)  # uvicorn handles signals from here on, without command_line's limit of time
    config = Config(
        "server.live_reload:site" if reload else "server.site:site",
        lifespan="off",
        log_config=LOG,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
        workers=workers,
        reload=reload,
        reload_dirs=[str(ROOT / folder) for folder in WATCHED] if reload else None,
    )
    if reload:
        with sigint_blocked():
            StatReload(config, Server(config).run, [listener]).run()
    elif workers > 1:
        with sigint_blocked():
            Multiprocess(config, [listener]).run()
    else:
        Server(config).run([listener])
    raise Stopped
