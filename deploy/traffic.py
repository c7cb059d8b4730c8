"""Requests to the site during a gradual release: without them its alarms see nothing of the new version."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from threading import Event, Thread

from deploy import smoke

INTERVAL = 2  # seconds; in five minutes a version with a tenth of the traffic gets 30 requests


@contextmanager
def traffic(site: str | None) -> Iterator[None]:
    """Send a picture to each model every INTERVAL seconds until the block ends; without a site, send nothing."""
    if not site:
        yield
        return
    ended = Event()
    sender = Thread(target=_send_until, args=(ended, site), daemon=True)
    sender.start()
    try:
        yield
    finally:
        ended.set()
        sender.join()


def _send_until(ended: Event, site: str) -> None:
    picture = smoke.seven()
    while not ended.is_set():
        for model in smoke.committed_models():
            with suppress(OSError, HTTPException):  # the alarms see failures
                smoke.send(f"{site}/api/predict/{model}", picture)
        ended.wait(INTERVAL)
