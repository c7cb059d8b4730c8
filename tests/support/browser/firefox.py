"""This machine's Firefox, driven by WebDriver BiDi (W3C) over a WebSocket, without geckodriver."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import aiohttp

from tests.support.browser.tab import TIMEOUT, Tab

NAMES = ("firefox-esr", "firefox")
PREFERENCES = {  # no requests to Mozilla
    "app.normandy.enabled": "false",
    "app.update.disabledForTesting": "true",
    "browser.safebrowsing.update.enabled": "false",
    "browser.startup.page": "0",
    "datareporting.policy.dataSubmissionEnabled": "false",
    "intl.accept_languages": '"en"',
    "network.captive-portal-service.enabled": "false",
    "network.connectivity-service.enabled": "false",
    "services.settings.server": '"data:,#remote-settings-dummy/v1"',
    "toolkit.telemetry.server": '"data:,"',
}


def executable() -> str | None:
    """Find a Firefox on the PATH."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Firefox:
    """A running Firefox. Its WebSocket is in a thread, because Playwright's event loop may run in this one."""

    def __init__(self, address: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._ids = count()
        self._socket: aiohttp.ClientWebSocketResponse = self._run(self._connect(address))
        self.command("session.new", capabilities={})

    def command(self, method: str, **parameters: Any) -> Any:
        """Send a command. Returns its result; raises RuntimeError with Firefox's message."""
        return self._run(self._send(method, parameters))

    def open(self, url: str) -> "FirefoxTab":
        """Open a page in a tab that shares no cookies, storage or caches with another."""
        profile = self.command("browser.createUserContext")["userContext"]
        context = self.command("browsingContext.create", type="tab", userContext=profile)["context"]
        tab = FirefoxTab(self, context)
        tab.go(url)
        return tab

    def close(self) -> None:
        self._run(self._socket.close())
        self._run(self._session.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(TIMEOUT)
        self._loop.close()

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(TIMEOUT)

    async def _connect(self, address: str) -> aiohttp.ClientWebSocketResponse:
        self._session = aiohttp.ClientSession()
        return await self._session.ws_connect(f"{address}/session", max_msg_size=0)

    async def _send(self, method: str, parameters: dict[str, Any]) -> Any:
        number = next(self._ids)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            message = await self._socket.receive_json()
            if message.get("id") == number:  # others are events
                break
        if message["type"] == "error":
            raise RuntimeError(f"{method}: {message['message']}")
        return message["result"]


class FirefoxTab(Tab):
    """A tab of Firefox."""

    def __init__(self, firefox: Firefox, context: str) -> None:
        self._firefox, self._context = firefox, context

    def go(self, url: str) -> None:
        self._firefox.command("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        answer = self._firefox.command(
            "script.evaluate", expression=expression, target={"context": self._context}, awaitPromise=True
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return answer["result"].get("value")

    def perform(self, actions: Sequence[dict[str, Any]]) -> None:
        self._firefox.command("input.performActions", context=self._context, actions=actions)


@contextmanager
def firefox() -> Iterator[Firefox]:
    """Run Firefox with a temporary profile. Raises FileNotFoundError if none is installed."""
    path = executable()
    if path is None:
        raise FileNotFoundError("There is no Firefox on this machine: apt-get install firefox-esr")
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        lines = (f'user_pref("{name}", {value});\n' for name, value in PREFERENCES.items())
        (Path(profile) / "user.js").write_text("".join(lines))
        command = [path, "--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", profile]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr
                found = filter(None, (re.search(r"BiDi listening on (ws://\S+)", line) for line in process.stderr))
                address = next(found)[1]
                Thread(target=process.stderr.read, daemon=True).start()  # otherwise a full pipe blocks Firefox
                with closing(Firefox(address)) as browser:
                    yield browser
            finally:
                process.terminate()
