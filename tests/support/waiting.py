"""An address comes in, and how to tell that its server lives; whether it answers in time, with whatever, goes out."""

import time
import urllib.request
from collections.abc import Callable
from urllib.error import HTTPError, URLError

PAUSE = 0.1  # seconds from one attempt to the next


def answered(url: str, lives: Callable[[], bool], patience: float) -> bool:
    """Wait until the server answers, an error included, for `patience` seconds at most, and only while it lives."""
    end = time.monotonic() + patience
    while time.monotonic() < end and lives():
        try:
            urllib.request.urlopen(url, timeout=patience).close()
            return True
        except HTTPError as error:
            error.close()
            return True
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(PAUSE)
    return False
