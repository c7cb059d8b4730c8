"""A live site's address comes in; the page, both models and an error are asked for, and what is wrong goes out."""

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

from deploy.console import console, say
from serve import MODELS, SECURITY_HEADERS

SETTLING = 180  # seconds; the name of a new distribution takes a minute or two to be known everywhere
PAUSE = 5  # seconds between two rounds
ANSWER = 30  # seconds for an answer; CloudFront's own limit
DIGIT = 7
POLICY = "Content-Security-Policy"


class WrongError(Exception):
    """An answer is not what it has to be; the message says how."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Message
    body: bytes


def smoke(site: str, versions: Mapping[str, str] | None, settling: float = SETTLING) -> bool:
    """Ask until every answer is right or the time is over, say each result, and return whether all are right.

    `versions` is the sha256 of each model that has to serve; None takes any, where MODEL_URI decides. A gradual rollout
    is over by now: `sam deploy` waits for CodeDeploy, so an old version that still answers is a fault.
    """
    deadline = time.monotonic() + settling
    with console.status(f"Asking {site}") as status:
        while True:
            results = {name: _result(check) for name, check in checks(site, versions).items()}
            wrong = [name for name, reason in results.items() if reason]
            if not wrong or time.monotonic() >= deadline:
                break
            status.update(f"Asking {site}: not yet right: {', '.join(wrong)}")
            time.sleep(PAUSE)
    for name, reason in results.items():
        say(f"  {'wrong' if reason else 'right'}  {name}{f': {reason}' if reason else ''}")
    return not wrong


def checks(site: str, versions: Mapping[str, str] | None) -> dict[str, Callable[[], None]]:
    """What has to hold; each raises WrongError."""
    picture = seven()

    def page() -> None:
        answer = ask(f"{site}/")
        expect("status", answer.status, 200)
        expect(POLICY, answer.headers.get(POLICY), SECURITY_HEADERS[POLICY])

    def predict(model: str) -> None:
        answer = ask(f"{site}/api/predict/{model}", picture)
        expect("status", answer.status, 200)
        expect("digit", json.loads(answer.body)["digit"], DIGIT)

    def compare() -> None:
        answer = ask(f"{site}/api/compare", picture)
        expect("status", answer.status, 200)
        digits = {each["model"]: each["digit"] for each in json.loads(answer.body)["predictions"]}
        expect("digits", digits, dict.fromkeys(manifest(), DIGIT))

    def bad() -> None:
        answer = ask(f"{site}/api/predict/mlp", b"no picture")
        expect("status", answer.status, 422)
        expect("Content-Type", answer.headers.get("Content-Type"), "application/problem+json")

    def models() -> None:
        served = {each["name"]: each["sha256"] for each in json.loads(ask(f"{site}/api/models").body)["models"]}
        expect("models", served, dict(versions) if versions is not None else served)

    return {
        "page": page,
        "network": lambda: predict("mlp"),
        "tree": lambda: predict("tree"),
        "compare": compare,
        "bad input": bad,
        "versions": models,
    }


def ask(address: str, picture: bytes | None = None) -> Answer:
    """GET, or POST of a picture. An error's answer is an answer, too."""
    try:
        with urlopen(Request(address, picture, {"Content-Type": "image/png"}), timeout=ANSWER) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


def manifest() -> dict[str, str]:
    """The sha256 of each model that ships with the function."""
    entries = json.loads((MODELS / "manifest.json").read_text())["models"]
    return {name: entry["sha256"] for name, entry in entries.items()}


def seven() -> bytes:
    """A drawn seven, as PNG."""
    picture = Image.new("L", (140, 140), 255)
    ImageDraw.Draw(picture).line([(40, 35), (100, 35), (65, 110)], fill=0, width=12, joint="curve")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def expect(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise WrongError(f"{what} is {found}, not {expected}")


def _result(check: Callable[[], None]) -> str:
    try:
        check()
    except (WrongError, OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        return " ".join(str(error).split()) or type(error).__name__
    return ""
