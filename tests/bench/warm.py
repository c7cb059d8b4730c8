"""The side of a drawing comes in; how long the handler takes to answer it, in this process, goes out."""

import time
from types import SimpleNamespace

from digits.app import handler
from tests.events import drawing
from tests.pictures import encode, seven

SIDES = (28, 280)  # pixels: what the original page sends, and what a canvas holds
CALLS = 1000
WARM_UP = 50  # calls before the clock starts
CONTEXT = SimpleNamespace(aws_request_id="bench")  # all that the app reads of Lambda's context


def answer_times(side: int) -> list[float]:
    """Seconds of each of CALLS answers."""
    event = drawing("/api/predict/mlp", encode(seven(side).convert("RGBA")))
    seconds = []
    for _ in range(WARM_UP + CALLS):
        start = time.perf_counter()
        answer = handler(event, CONTEXT)
        seconds.append(time.perf_counter() - start)
        assert answer["statusCode"] == 200, answer
    return seconds[WARM_UP:]
