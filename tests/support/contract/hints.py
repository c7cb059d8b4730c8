"""Generators of images and consistent requests for schemathesis."""

import json
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, HookContext
from schemathesis.core import NOT_SET
from schemathesis.core.parameters import ParameterLocation

from digits.app import app
from digits.http.body import FORMS, IMAGES, JSON, MAX_FIELDS
from digits.open_inference.tensors import DTYPES, INPUT
from digits.openapi.examples import DRAWING
from digits.preprocess import SIZE
from digits.routes.inference import BINARY_MEDIA_TYPE, JSON_SIZE
from tests.support.pictures import data_url, encode, seven

type Request = Case[Any]

END = b"}]}"  # of the JSON part of a binary request
PAPER, INK = st.integers(0, 100), st.integers(155, 255)


def files(format: str) -> st.SearchStrategy[bytes]:
    """Generate image files of sevens in many sizes and gray levels."""
    pictures = st.builds(seven, st.integers(10, 300), INK, PAPER)
    return pictures.map(lambda picture: encode(picture, format))


def batches() -> st.SearchStrategy[bytes]:
    """Generate inference requests with binary tensors."""
    return st.builds(in_binary, st.integers(1, 8), st.sampled_from([*DTYPES]))


def in_binary(count: int, datatype: str) -> bytes:
    content = bytes(count * SIZE * SIZE * DTYPES[datatype].itemsize)
    images = INPUT.model_dump() | {"datatype": datatype, "shape": [count, SIZE, SIZE]}
    return json.dumps({"inputs": [images | {"parameters": {"binary_data_size": len(content)}}]}).encode() + content


for media in IMAGES:
    schemathesis.openapi.media_type(media, files(media.removeprefix("image/").upper()))
schemathesis.openapi.media_type(BINARY_MEDIA_TYPE, batches())
schemathesis.openapi.format("data-url", files("PNG").map(data_url))


@schemathesis.hook
def map_case(context: HookContext, case: Request) -> Request:
    """Make the fields of a request consistent, except those that are invalid on purpose."""
    if case.path in ("/api/predict/", "/api/predict_nn/"):
        keep_one_drawing(case)
    if case.media_type in FORMS and not is_negative(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        case.body = short_form(case.body)
    if "{version}" in case.path and not is_negative(case, ParameterLocation.PATH):
        case.path_parameters["version"] = app.state.registry.bundle[case.path_parameters["model"]].entry["version"]
    if case.path.endswith("/infer") and not is_negative(case, ParameterLocation.HEADER):
        case.headers.pop(JSON_SIZE, None)
        if case.media_type == BINARY_MEDIA_TYPE and isinstance(case.body, bytes):
            case.headers[JSON_SIZE] = str(case.body.index(END) + len(END))
    if case.path.endswith("/infer") and case.media_type == JSON and not is_negative(case, ParameterLocation.BODY):
        case.body = consistent(case.body)
    return case


def keep_one_drawing(case: Request) -> None:
    """Keep one drawing, in the query or in the body: the query has precedence, and one is required."""
    if is_negative(case, ParameterLocation.BODY):
        case.query.pop("drawing_data", None)
    elif case.body is NOT_SET and not case.query and not is_negative(case, ParameterLocation.QUERY):
        case.query["drawing_data"] = DRAWING["drawing_data"]


def short_form(body: dict[str, Any]) -> dict[str, Any]:
    """Return the form with no more fields than the API reads. A list would be sent as one field an element."""
    others = {name: value for name, value in body.items() if not isinstance(value, list | dict)}
    return dict([*others.items()][: MAX_FIELDS - 1]) | {"drawing_data": body["drawing_data"]}


def consistent(body: Any) -> dict[str, Any]:
    """Return the body with as many pixels as the shape, flat or nested, and with unique outputs."""
    (images,) = body["inputs"]
    count = int(images["shape"][0])  # 2.0 is an integer in JSON Schema
    flat = [pixel % 256 for pixel in range(count * SIZE * SIZE)]
    data = flat if count % 2 else [[flat[:SIZE]] * SIZE] * count
    outputs = {output["name"]: output for output in body.get("outputs", [])}
    tensor = {**images, "shape": [count, SIZE, SIZE], "data": data, "parameters": {}}
    return {**body, "inputs": [tensor], "outputs": [*outputs.values()]}


def is_negative(case: Request, location: ParameterLocation) -> bool:
    return case.meta is not None and case.meta.is_negative_at(location)
