"""This machine's WebKit (WebKitGTK's MiniBrowser), driven by WebDriver (W3C) on a virtual display."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import httpx2

from tests.support.browser.tab import TIMEOUT, Tab
from tests.support.site import free_port, wait_for

DRIVER, DISPLAY = "WebKitWebDriver", "Xvfb"
# WebKitGTK 6.0 has a sandbox, unlike Debian 12's 4.1. It needs user namespaces, which containers and Ubuntu 24.04 deny.
NO_SANDBOX = {"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}


def is_installed() -> bool:
    """Whether WebKit's driver and a virtual display are on the PATH."""
    return None not in map(shutil.which, (DRIVER, DISPLAY))


class WebKit:
    """A virtual display with windows of WebKit, until the stack closes."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._display = stack.enter_context(_display())

    def open(self, url: str) -> "Window":
        """Open a page in a browser process of its own, with a temporary profile: a driver has one session."""
        window = self._stack.enter_context(_window(self._display))
        window.go(url)
        return window


class Window(Tab):
    """A window of WebKit."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client
        self._session = "/session"
        self._session += f"/{self.command('POST', '', capabilities={})['sessionId']}"

    def close(self) -> None:
        self.command("DELETE", "")

    def command(self, method: str, path: str, **parameters: Any) -> Any:
        """Send a command. Returns its result; raises RuntimeError with WebKit's message."""
        response = self._client.request(method, self._session + path, json=parameters)
        value = response.json()["value"]
        if response.is_error:
            raise RuntimeError(f"{path}: {value['error']}: {value['message']}")
        return value

    def go(self, url: str) -> None:
        self.command("POST", "/url", url=url)

    def evaluate(self, expression: str) -> Any:
        return self.command("POST", "/execute/sync", script=f"return {expression}", args=[])

    def perform(self, actions: Sequence[dict[str, Any]]) -> None:
        self.command("POST", "/actions", actions=actions)


@contextmanager
def webkit() -> Iterator[WebKit]:
    """Run a virtual display, and WebKit for each page on it. Raises FileNotFoundError if one is not installed."""
    with ExitStack() as stack:
        yield WebKit(stack)


@contextmanager
def _display() -> Iterator[str]:
    command = [DISPLAY, "-displayfd", "1", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            number = process.stdout.readline().strip()  # the first that is free
            assert number, "Xvfb does not start"
            yield f":{number}"
        finally:
            process.terminate()


@contextmanager
def _window(display: str) -> Iterator[Window]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | NO_SANDBOX | {"DISPLAY": display}
    with subprocess.Popen([DRIVER, f"--port={port}"], env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"{url}/status", process)
            client = httpx2.Client(base_url=url, timeout=TIMEOUT, trust_env=False)
            with client, closing(Window(client)) as window:
                yield window
        finally:
            process.terminate()
