"""An HTTP request comes in; an answer goes out, or a problem (RFC 9457) that says what to do.

`app` is the ASGI application for any server; `handler` is the same application for AWS Lambda.
"""

import base64
import hashlib
import io
import json
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from PIL import Image
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digits import body
from digits.classifier import Bundle, Classifier, Entry
from digits.drawing import Picture, decode, normalize
from digits.errors import DigitsError

PROBLEM = "application/problem+json"

bundle = Bundle()
app = FastAPI(
    title="digits",
    description=__doc__,
    version="1.0.0",
    docs_url="/api/docs",
    openapi_url="/api/openapi.json",
    redoc_url=None,
    redirect_slashes=False,  # a redirect would name the API's own host, not the site's
)
app.add_middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_methods=["GET", "POST"],
    allow_headers=["Content-Type"],
    expose_headers=["X-Request-Id"],
)


class RequestId:
    """ASGI middleware: name each answer with Lambda's own request id, or a new one where there is none."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context = scope.get("aws.context")
        request_id = scope["request_id"] = context.aws_request_id if context else str(uuid.uuid4())

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        await self.app(scope, receive, send_named)


app.add_middleware(RequestId)


@app.exception_handler(DigitsError)
async def refuse(request: Request, error: DigitsError) -> Response:
    return problem(error.status, str(error), error.title, error.type)


@app.exception_handler(HTTPException)
async def refuse_route(request: Request, error: HTTPException) -> Response:
    detail = f"{request.method} {request.url.path} is not a route of this API; {app.docs_url} lists them."
    return problem(error.status_code, detail, headers=error.headers)


@app.exception_handler(Exception)
async def fail(request: Request, error: Exception) -> Response:
    detail = "The fault is ours; it is logged under the X-Request-Id of this answer. Try again."
    return problem(500, detail, headers={"X-Request-Id": request.scope["request_id"]})  # sent outside the middleware


@app.post("/api/predict/")
async def predict_as_original_tree(request: Request) -> Response:
    return await predict_as_original("tree", request)


@app.post("/api/predict_nn/")
async def predict_as_original_mlp(request: Request) -> Response:
    return await predict_as_original("mlp", request)


@app.post("/api/predict/{model}")
async def predict(model: str, request: Request) -> Response:
    """Classify one drawing with one model."""
    classifier = bundle[model]
    picture = await drawn_in(request)
    return answer({**prediction(classifier, picture), "input": as_data_url(picture)})


@app.post("/api/compare")
async def compare(request: Request) -> Response:
    """Classify one drawing with every model."""
    bundle.check()
    picture = await drawn_in(request)
    predictions = [prediction(classifier, picture) for classifier in bundle.classifiers.values()]
    return answer({"input": as_data_url(picture), "predictions": predictions})


@app.get("/api/models")
async def models(request: Request) -> Response:
    """Describe the models that are served."""
    return description(request, {"models": [c.entry for c in bundle.classifiers.values()]})


@app.get("/api/models/{model}")
async def model(model: str, request: Request) -> Response:
    """Describe one model."""
    return description(request, bundle[model].entry)


@app.get("/api/health")
async def health() -> Response:
    """Let each model answer once."""
    bundle.check()
    return answer({"status": "ok", "models": {n: c.entry["version"] for n, c in bundle.classifiers.items()}})


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
    png = io.BytesIO()
    Image.fromarray(picture).save(png, "PNG")
    return f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"


def answer(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content), status, {"Cache-Control": "no-store"}, "application/json")


def description(request: Request, content: Entry | dict[str, list[Entry]]) -> Response:
    """Answer with something that changes only with the bundle: 304 to whoever has it already."""
    text = json.dumps(content)
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
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


handler = Mangum(app, lifespan="off", text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, PROBLEM])
