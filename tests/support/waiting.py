"""Polling of a starting server."""

import time
import urllib.request
from collections.abc import Callable
from urllib.error import HTTPError, URLError

POLL_INTERVAL = 0.1  # seconds


def responds(url: str, is_alive: Callable[[], bool], timeout: float) -> bool:
    """Return whether the server responds, with any status, within `timeout` seconds and while `is_alive()`."""
    end = time.monotonic() + timeout
    while time.monotonic() < end and is_alive():
        try:
            urllib.request.urlopen(url, timeout=timeout).close()
            return True
        except HTTPError as error:
            error.close()
            return True
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(POLL_INTERVAL)
    return False
