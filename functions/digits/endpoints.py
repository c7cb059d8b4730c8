"""A request comes in; an answer goes out, or a problem (RFC 9457) that says what to do."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digits import body
from digits.decode import as_data_url, decode
from digits.errors import DigitsError, Fault, MalformedRequest, MethodNotAllowed, UnknownRoute
from digits.preprocess import Picture, normalize
from digits.registry import Bundle, Classifier
from digits.telemetry import timed

PROBLEM = "application/problem+json"
DOCUMENTATION = "/api/docs"
INFERENCE = "/api/v2"

type Respond = Callable[[Request], Awaitable[Response]]
type Endpoints = dict[tuple[str, str], Respond]  # by method and path

bundle = Bundle()  # `digits.reload` may put another in its place: a request takes what it needs of it at once


async def predict(request: Request) -> Response:
    """Classify one drawing with one model."""
    explained, classifier = wants_explanation(request), bundle[request.path_params["model"]]
    request.scope["model"] = classifier.entry["name"]
    picture = await drawn_in(request)
    return answer({**prediction(request, classifier, picture, explained), "input": as_data_url(picture)})


async def compare(request: Request) -> Response:
    """Classify one drawing with every model."""
    explained, classifiers = wants_explanation(request), bundle.all()
    request.scope["model"] = ",".join(classifiers)
    picture = await drawn_in(request)
    predictions = [prediction(request, classifier, picture, explained) for classifier in classifiers.values()]
    return answer({"input": as_data_url(picture), "predictions": predictions})


async def predict_as_original_tree(request: Request) -> Response:
    """Answer as the decision tree of the original application did."""
    return await predict_as_original("tree", request)


async def predict_as_original_mlp(request: Request) -> Response:
    """Answer as the neural network of the original application did."""
    return await predict_as_original("mlp", request)


async def models(request: Request) -> Response:
    """Describe the models that are served."""
    serving = bundle
    classifiers = serving.load() or serving.all()  # the second raises: there is none
    entries = [classifier.entry for classifier in classifiers.values()]
    return description(request, {"bundle": serving.version, "models": entries})


async def model(request: Request) -> Response:
    """Describe one model."""
    return description(request, bundle[request.path_params["model"]].entry)


async def health(request: Request) -> Response:
    """Let each model answer once."""
    return answer({"status": "ok", "models": {name: c.entry["version"] for name, c in bundle.check().items()}})


ENDPOINTS: Endpoints = {
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
    request.scope["model"] = model
    try:
        classifier = bundle[model]
        if (drawing := request.query_params.get("drawing_data")) is not None:
            image = body.from_data_url(drawing)
        else:
            image = body.image_in_form(request.headers.get("content-type", ""), await body.read(request))
        probabilities = prediction(request, classifier, normalized(request, image))["probabilities"]
    except DigitsError as error:
        return answer({"result": 0, "error": str(error), "data": []}, error.status)
    return answer({"result": 1, "error": "", "data": probabilities})


def wants_explanation(request: Request) -> bool:
    if not request.scope["query_string"]:
        return False
    asked: str = request.query_params.get("explain", "false")
    if asked not in ("true", "false"):
        raise MalformedRequest("explain is neither true nor false. Send explain=true, or leave it out.")
    return asked == "true"


async def drawn_in(request: Request) -> Picture:
    return normalized(request, body.image_in(request.headers.get("content-type", ""), await body.read(request)))


def normalized(request: Request, image: bytes) -> Picture:
    return timed(request, "normalize", normalize, timed(request, "decode", decode, image))


def prediction(request: Request, classifier: Classifier, picture: Picture, explained: bool = False) -> dict[str, Any]:
    probabilities = timed(request, "run", classifier.probabilities, picture[None])[0]
    found = {
        "model": classifier.entry["name"],
        "version": classifier.entry["version"],
        "digit": int(probabilities.argmax()),
        "probabilities": probabilities.tolist(),
    }
    if explained:
        from digits.explain import explain  # a module that few requests need

        found["explanation"] = timed(request, "explain", explain, classifier, picture)
    return found


def answer(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content), status, {"Cache-Control": "no-store"}, "application/json")


def description(request: Request, content: Mapping[str, Any]) -> Response:
    """Answer with something that changes only with the bundle: 304 to whoever has it already."""
    text = json.dumps(content)
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers, "application/json")
    return Response(text, 200, headers, "application/json")


def refusal(request: Request, error: Exception) -> Response:
    """Say what is wrong with the request; what is none of its faults is ours."""
    path, headers = request.scope["path"], {"Cache-Control": "no-store"}
    if isinstance(error, HTTPException):  # Starlette's, with the methods of the route as a set
        headers |= {name: ", ".join(sorted(value.split(", "))) for name, value in (error.headers or {}).items()}
        if request.method == "OPTIONS" and "Allow" in headers:
            return Response(None, 204, headers, "application/json")  # which Lambda's adapter would say in any case
        kind = MethodNotAllowed if error.status_code == MethodNotAllowed.status else UnknownRoute
        error = kind(f"{request.method} {path} is not a route of this API; {DOCUMENTATION} lists them.")
    if not isinstance(error, DigitsError):
        error = Fault("It is logged under the X-Request-Id of this answer. Try again.")
    if f"{path}/".startswith(f"{INFERENCE}/"):  # the Open Inference Protocol has a form of its own
        return Response(json.dumps({"error": str(error)}), error.status, headers, "application/json")
    content = {"type": error.type, "title": error.title, "status": error.status, "detail": str(error)}
    return Response(json.dumps(content), error.status, headers, PROBLEM)
