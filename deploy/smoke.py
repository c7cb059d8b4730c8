"""Smoke test of a live site: the page, both models, an error response and the models' versions."""

import io
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from PIL import Image, ImageDraw

from deploy.console import console, log
from server.site import MODELS, SECURITY_HEADERS

TIMEOUT = 180  # seconds; DNS records of a new distribution take a minute or two
RETRY_INTERVAL = 5  # seconds
REQUEST_TIMEOUT = 30  # seconds; CloudFront's limit
DIGIT = 7
POLICY = "Content-Security-Policy"


class CheckFailedError(Exception):
    """A response is not as expected; the message has the difference."""


@dataclass(frozen=True)
class Response:
    """HTTP response."""

    status: int
    headers: Message
    body: bytes


def run_smoke_test(site: str, versions: Mapping[str, str] | None, timeout: float = TIMEOUT) -> bool:
    """Repeat the checks until all pass or the timeout, log each result, and return whether all passed.

    versions: sha256 of each model that must be served; None: any (MODEL_URI). A gradual rollout is complete:
    `sam deploy` waits for CodeDeploy, so a response of an old version is an error.
    """
    deadline = time.monotonic() + timeout
    with console.status(f"Testing {site}") as status:
        while True:
            results = {name: _result(check) for name, check in checks(site, versions).items()}
            failed = [name for name, reason in results.items() if reason]
            if not failed or time.monotonic() >= deadline:
                break
            status.update(f"Testing {site}: not yet passed: {', '.join(failed)}")
            time.sleep(RETRY_INTERVAL)
    for name, reason in results.items():
        log(f"  {'failed' if reason else 'passed'}  {name}{f': {reason}' if reason else ''}")
    return not failed


def checks(site: str, versions: Mapping[str, str] | None) -> dict[str, Callable[[], None]]:
    """Return the checks by name; each raises CheckFailedError."""
    picture = seven()

    def page() -> None:
        response = send(f"{site}/")
        expect("status", response.status, 200)
        expect(POLICY, response.headers.get(POLICY), SECURITY_HEADERS[POLICY])

    def predict(model: str) -> None:
        response = send(f"{site}/api/predict/{model}", picture)
        expect("status", response.status, 200)
        expect("digit", json.loads(response.body)["digit"], DIGIT)

    def compare() -> None:
        response = send(f"{site}/api/compare", picture)
        expect("status", response.status, 200)
        digits = {each["model"]: each["digit"] for each in json.loads(response.body)["predictions"]}
        expect("digits", digits, dict.fromkeys(committed_models(), DIGIT))

    def bad_input() -> None:
        response = send(f"{site}/api/predict/mlp", b"not an image")
        expect("status", response.status, 422)
        expect("Content-Type", response.headers.get("Content-Type"), "application/problem+json")

    def models() -> None:
        served = {each["name"]: each["sha256"] for each in json.loads(send(f"{site}/api/models").body)["models"]}
        expect("models", served, dict(versions) if versions is not None else served)

    return {
        "page": page,
        "mlp": lambda: predict("mlp"),
        "tree": lambda: predict("tree"),
        "compare": compare,
        "bad input": bad_input,
        "versions": models,
    }


def send(url: str, picture: bytes | None = None) -> Response:
    """Send GET, or POST of a picture. Returns error responses too."""
    try:
        with urlopen(Request(url, picture, {"Content-Type": "image/png"}), timeout=REQUEST_TIMEOUT) as response:
            return Response(response.status, response.headers, response.read())
    except HTTPError as error:
        with error:
            return Response(error.code, error.headers, error.read())


def committed_models() -> dict[str, str]:
    """Return the sha256 of each model that ships with the function."""
    entries = json.loads((MODELS / "manifest.json").read_text())["models"]
    return {name: entry["sha256"] for name, entry in entries.items()}


def seven() -> bytes:
    """Return a PNG of a seven."""
    picture = Image.new("L", (140, 140), 255)
    ImageDraw.Draw(picture).line([(40, 35), (100, 35), (65, 110)], fill=0, width=12, joint="curve")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def expect(name: str, actual: object, expected: object) -> None:
    if actual != expected:
        raise CheckFailedError(f"{name} is {actual}, not {expected}")


def _result(check: Callable[[], None]) -> str:
    try:
        check()
    except (CheckFailedError, OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        return " ".join(str(error).split()) or type(error).__name__
    return ""
