"""Nothing comes in; the descriptions of the routes under /api go out, by path and method, but for the protocol's."""

from digits import endpoints
from digits.body import IMAGES
from export.openapi.examples import DRAWING, JSON, ask
from export.openapi.operations import EVERYWHERE, Object, headers, link, operation, parameter, shown
from export.openapi.shapes import text

READING = (400, 413, 415, 422, 503)  # statuses of whatever reads a drawing
IMAGE = {"schema": text(format="binary")}
DRAWN = shown("Drawing", {"seven": DRAWING})
DRAWINGS = {JSON: DRAWN, **dict.fromkeys(IMAGES, IMAGE)}
BODY = {"required": True, "content": DRAWINGS}
FORM = {"application/x-www-form-urlencoded": DRAWN, "multipart/form-data": DRAWN}
ORIGINAL = {"content": FORM | DRAWINGS}
EXPLAIN = parameter(
    "explain",
    "query",
    {"type": "boolean", "default": False},
    description="Whether to explain the answer, which takes longer.",
)
IN_QUERY = parameter(
    "drawing_data",
    "query",
    text(format="data-url"),
    description="The drawing, where it is not in the body; it goes before one that is. A space stands for a plus.",
)
KNOWN = parameter("If-None-Match", "header", text(), description="The ETag of the description that the client has.")


def paths() -> Object:
    named = parameter("model", "path", text(enum=[*endpoints.bundle.load()]), example="mlp")
    return {
        "/api/predict/{model}": {"parameters": [named], "post": predict()},
        "/api/compare": {"post": compare()},
        "/api/models": {"get": models()},
        "/api/models/{model}": {"parameters": [named], "get": model()},
        "/api/health": {"get": health()},
        "/api/predict/": {"post": original("tree", "/api/predict/")},
        "/api/predict_nn/": {"post": original("mlp", "/api/predict_nn/")},
    }


def predict() -> Object:
    path = "/api/predict/{model}"
    return operation(
        "predict",
        "drawings",
        "Classify a drawing with one model",
        "Prediction",
        {name: ask(path, model=name) for name in endpoints.bundle.load()}
        | {f"{name}-explained": ask(path, model=name, query="explain=true") for name in endpoints.bundle.load()},
        {"Problem": (404, *READING, *EVERYWHERE)},
        parameters=[EXPLAIN],
        requestBody=BODY,
        links={
            "model": link("model", "Describe the model that answered.", model="$response.body#/model"),
            "metadata": link(
                "metadataVersion",
                "Describe that version of it to clients of the Open Inference Protocol.",
                model="$response.body#/model",
                version="$response.body#/version",
            ),
        },
    )


def compare() -> Object:
    return operation(
        "compare",
        "drawings",
        "Classify a drawing with every model",
        "Comparison",
        {"seven": ask("/api/compare")},
        {"Problem": (*READING, *EVERYWHERE)},
        parameters=[EXPLAIN],
        requestBody=BODY,
        links={"model": link("model", "Describe the first.", model="$response.body#/predictions/0/model")},
    )


def models() -> Object:
    first = "$response.body#/models/0/name"
    return operation(
        "models",
        "models",
        "Describe every model",
        "Models",
        {"models": ask("/api/models", method="GET")},
        {"Problem": (503, *EVERYWHERE)},
        unchanged("/api/models"),
        parameters=[KNOWN],
        links={
            "model": link("model", "Describe the first alone.", model=first),
            "predict": link("predict", "Let the first classify a drawing.", model=first),
            "again": link("models", "Answer 304 while nothing changes.", **{"If-None-Match": "$response.header.ETag"}),
        },
    )


def model() -> Object:
    path = "/api/models/{model}"
    return operation(
        "model",
        "models",
        "Describe one model",
        "Model",
        {name: ask(path, method="GET", model=name) for name in endpoints.bundle.load()},
        {"Problem": (404, 503, *EVERYWHERE)},
        unchanged(path),
        parameters=[KNOWN],
        links={
            "predict": link("predict", "Let it classify a drawing.", model="$response.body#/name"),
            "infer": link(
                "inferVersion",
                "Let this version of it classify images.",
                model="$response.body#/name",
                version="$response.body#/version",
            ),
        },
    )


def unchanged(path: str) -> Object:
    """Describe the answer to whoever has the current description."""
    etag = ask(path, method="GET").headers["etag"]
    known = ask(path, method="GET", headers={"if-none-match": etag})
    return {str(known.status): {"description": "Nothing has changed.", "headers": headers(known)}}


def health() -> Object:
    return operation(
        "health",
        "models",
        "Let each model answer once",
        "Health",
        {"healthy": ask("/api/health", method="GET")},
        {"Problem": (503, *EVERYWHERE)},
    )


def original(model: str, path: str) -> Object:
    return operation(
        f"predictAsOriginal{model.title()}",
        "original",
        f"Classify a drawing as the original application did, with the model {model}",
        "OriginalAnswer",
        {"seven": ask(path)},
        {"OriginalRefusal": READING, "Problem": EVERYWHERE},
        parameters=[IN_QUERY],
        requestBody=ORIGINAL,
    )
