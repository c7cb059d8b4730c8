"""Events of API Gateway's HTTP API: `python -m tests.support.events` writes them as files, and seven.png for curl.

Format: payload 2.0, https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import io
import json
from pathlib import Path
from typing import Any

from PIL import Image

from tests.support.pictures import data_url, seven

FOLDER = Path(__file__).parent

type Event = dict[str, Any]


def canvas(ink: Image.Image) -> bytes:
    """Return the PNG of a canvas with black ink on a transparent background.

    28 x 28 and not compressed, so that the bytes do not depend on the version of zlib.
    """
    alpha = ink.resize((28, 28), Image.Resampling.BOX)
    black = Image.new("L", alpha.size)
    file = io.BytesIO()
    Image.merge("RGBA", (black, black, black, alpha)).save(file, "PNG", compress_level=0)
    return file.getvalue()


def post(path: str, body: str = "", query: str = "") -> Event:
    """Return the event of a POST of JSON through the HTTP API of template.yaml."""
    return {
        "version": "2.0",
        "routeKey": "ANY /api/{proxy+}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            "accept": "*/*",
            "content-length": str(len(body)),
            "content-type": "application/json",
            "host": "api.example.com",
            "x-forwarded-for": "192.0.2.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example.com",
            "domainPrefix": "api",
            "http": {
                "method": "POST",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "tests",
            },
            "requestId": "gateway-request",
            "routeKey": "ANY /api/{proxy+}",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1767225600000,
        },
        "pathParameters": {"proxy": path.removeprefix("/api/")},
        "body": body,
        "isBase64Encoded": False,
    }


def drawing(path: str, image: bytes) -> Event:
    """Return the event of a POST of a drawing by the page."""
    return post(path, json.dumps({"drawing_data": data_url(image)}))


SEVEN = canvas(seven())
PICTURE = FOLDER / "seven.png"
EVENTS: dict[str, Event] = {
    "predict_mlp": drawing("/api/predict/mlp", SEVEN),
    "predict_tree": drawing("/api/predict/tree", SEVEN),
    "compare": drawing("/api/compare", SEVEN),
    "original_mlp": post("/api/predict_nn/", query=f"drawing_data={data_url(SEVEN)}"),
    "original_tree": post("/api/predict/", query=f"drawing_data={data_url(SEVEN)}"),
    "empty_canvas": drawing("/api/predict/mlp", canvas(Image.new("L", (28, 28)))),
    "text_called_png": drawing("/api/predict/mlp", b"This is a text."),
    "unknown_model": drawing("/api/predict/forest", SEVEN),
}


def file(name: str) -> Path:
    """Return the path of an event file."""
    return FOLDER / f"{name}.json"


def text(name: str) -> str:
    """Return the content of an event file."""
    return json.dumps(EVENTS[name], indent=2) + "\n"
