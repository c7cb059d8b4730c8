"""A request comes in; an answer goes out, or a problem (RFC 9457) that says what to do."""

import base64
import hashlib
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digits import body
from digits.classifier import Bundle, Classifier, Entry
from digits.drawing import Picture, decode, normalize, png
from digits.errors import DigitsError

PROBLEM = "application/problem+json"
DOCUMENTATION = "/api/docs"

bundle = Bundle()


async def predict(request: Request) -> Response:
    """Classify one drawing with one model."""
    classifier = bundle[request.path_params["model"]]
    picture = await drawn_in(request)
    return answer({**prediction(classifier, picture), "input": as_data_url(picture)})


async def compare(request: Request) -> Response:
    """Classify one drawing with every model."""
    classifiers = bundle.all()
    picture = await drawn_in(request)
    predictions = [prediction(classifier, picture) for classifier in classifiers.values()]
    return answer({"input": as_data_url(picture), "predictions": predictions})


async def predict_as_original_tree(request: Request) -> Response:
    """Answer as the decision tree of the original application did."""
    return await predict_as_original("tree", request)


async def predict_as_original_mlp(request: Request) -> Response:
    """Answer as the neural network of the original application did."""
    return await predict_as_original("mlp", request)


async def models(request: Request) -> Response:
    """Describe the models that are served."""
    return description(request, {"models": [c.entry for c in bundle.load().values()]})


async def model(request: Request) -> Response:
    """Describe one model."""
    return description(request, bundle[request.path_params["model"]].entry)


async def health(request: Request) -> Response:
    """Let each model answer once."""
    return answer({"status": "ok", "models": {name: c.entry["version"] for name, c in bundle.check().items()}})


ENDPOINTS = {
    ("POST", "/api/predict/{model}"): predict,
    ("POST", "/api/compare"): compare,
    ("GET", "/api/models"): models,
    ("GET", "/api/models/{model}"): model,
    ("GET", "/api/health"): health,
    ("POST", "/api/predict/"): predict_as_original_tree,
    ("POST", "/api/predict_nn/"): predict_as_original_mlp,
}


async def predict_as_original(model: str, request: Request) -> Response:
    """Answer as the application that this one replaces did: its request, its body, its names."""
    try:
        classifier = bundle[model]
        if (drawing := request.query_params.get("drawing_data")) is not None:
            image = body.from_data_url(drawing)
        else:
            image = body.image_in_form(request.headers.get("content-type", ""), await body.read(request))
        probabilities = prediction(classifier, normalize(decode(image)))["probabilities"]
    except DigitsError as error:
        return answer({"result": 0, "error": str(error), "data": []}, error.status)
    return answer({"result": 1, "error": "", "data": probabilities})


async def drawn_in(request: Request) -> Picture:
    image = body.image_in(request.headers.get("content-type", ""), await body.read(request))
    return normalize(decode(image))


def prediction(classifier: Classifier, picture: Picture) -> dict[str, Any]:
    probabilities = classifier.probabilities(picture[None])[0]
    return {
        "model": classifier.entry["name"],
        "version": classifier.entry["version"],
        "digit": int(probabilities.argmax()),
        "probabilities": probabilities.tolist(),
    }


def as_data_url(picture: Picture) -> str:
    return f"data:image/png;base64,{base64.b64encode(png(picture)).decode()}"


def answer(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content), status, {"Cache-Control": "no-store"}, "application/json")


def description(request: Request, content: Entry | dict[str, list[Entry]]) -> Response:
    """Answer with something that changes only with the bundle: 304 to whoever has it already."""
    text = json.dumps(content)
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers, "application/json")
    return Response(text, 200, headers, "application/json")


def problem(
    status: int,
    detail: str,
    title: str = "",
    type: str = "about:blank",
    headers: Mapping[str, str] | None = None,
) -> Response:
    content = {"type": type, "title": title or HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Response(json.dumps(content), status, {"Cache-Control": "no-store", **(headers or {})}, PROBLEM)


def refusal(request: Request, error: Exception) -> Response:
    """Say what is wrong with the request; what is none of its faults is ours."""
    if isinstance(error, DigitsError):
        return problem(error.status, str(error), error.title, error.type)
    if isinstance(error, HTTPException):
        detail = f"{request.method} {request.url.path} is not a route of this API; {DOCUMENTATION} lists them."
        headers = {name: ", ".join(sorted(value.split(", "))) for name, value in (error.headers or {}).items()}
        return problem(error.status_code, detail, headers=headers)  # sorted: Starlette's methods are a set
    return problem(500, "The fault is ours; it is logged under the X-Request-Id of this answer. Try again.")
