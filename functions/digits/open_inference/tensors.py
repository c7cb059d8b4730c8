"""Tensors of the Open Inference Protocol v2: images of a request, outputs of a response.

In JSON they are flat or nested as their shape; binary ones follow the JSON:
https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
"""

from itertools import chain
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from digits.errors import MalformedRequest, TooLarge
from digits.http.body import parse_json
from digits.http.problems import malformed_request
from digits.open_inference.request import MAX_BATCH, Images, InferenceRequest
from digits.open_inference.schemas import OutputTensor, OutputTensorParameters, TensorMetadata
from digits.preprocess import SIZE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from digits.registry import Pictures, Probabilities

INPUT = TensorMetadata(name="images", datatype="UINT8", shape=[-1, SIZE, SIZE])
OUTPUTS = {
    "probabilities": TensorMetadata(name="probabilities", datatype="FP32", shape=[-1, 10]),
    "digit": TensorMetadata(name="digit", datatype="INT64", shape=[-1]),
}
DTYPES: dict[str, np.dtype[Any]] = {"UINT8": np.dtype("u1"), "FP32": np.dtype("<f4")}
JSON_TYPES: dict[str, set[type]] = {"UINT8": {int}, "FP32": {int, float}}
EXAMPLE = '{"inputs": [{"name": "images", "datatype": "UINT8", "shape": [n, 28, 28], "data": [...]}]}'


def read_request(body: bytes, json_size: int | None) -> tuple[InferenceRequest, "Pictures"]:
    """Read a request and its images (n, 28, 28) uint8.

    json_size: bytes of JSON before the binary data, None if the whole body is JSON
    Raises MalformedRequest, or TooLarge for more than MAX_BATCH images.
    """
    if json_size is not None and json_size > len(body):
        raise MalformedRequest("Inference-Header-Content-Length exceeds the body. Send the length of the JSON.")
    text, binary = (body, b"") if json_size is None else (body[:json_size], body[json_size:])
    try:
        request = InferenceRequest.model_validate(parse_json(text))
    except ValidationError as error:
        raise malformed_request(error, f"Send {EXAMPLE}.") from None
    return request, read_images(request.inputs[0], binary)


def requested_outputs(request: InferenceRequest) -> dict[str, bool]:
    """Return the names of the requested outputs, by default all, and whether each is sent as binary data."""
    in_binary = request.parameters.binary_data_output
    outputs: dict[str, bool] = {}
    for output in request.outputs:
        if output.name in outputs:
            raise MalformedRequest(f"The output {output.name} is requested twice. Request each output once.")
        wanted = output.parameters.binary_data
        outputs[output.name] = in_binary if wanted is None else wanted
    return outputs or dict.fromkeys(OUTPUTS, in_binary)


def write_outputs(probabilities: "Probabilities", outputs: dict[str, bool]) -> tuple[list[OutputTensor], bytes]:
    """Write the requested outputs of probabilities (n, 10) float32: tensors for the JSON, and the binary data."""
    arrays: dict[str, NDArray[Any]] = {"probabilities": probabilities, "digit": probabilities.argmax(1)}
    tensors: list[OutputTensor] = []
    binary = b""
    for name, in_binary in outputs.items():
        array = arrays[name]
        tensor = OutputTensor(name=name, datatype=OUTPUTS[name].datatype, shape=list(array.shape))  # type: ignore[arg-type]
        if in_binary:
            tensor.parameters = OutputTensorParameters(binary_data_size=array.nbytes)
            binary += array.tobytes()
        else:
            tensor.data = array.ravel().tolist()
        tensors.append(tensor)
    return tensors, binary


def read_images(tensor: Images, binary: bytes) -> "Pictures":
    """Read images (n, 28, 28) uint8, 0 paper .. 255 ink; FP32 is rounded to the nearest integer."""
    if len(tensor.shape) != 3 or tensor.shape[1:] != [SIZE, SIZE] or tensor.shape[0] < 1:
        raise MalformedRequest(f"The shape of images is not [n, {SIZE}, {SIZE}]. Send {EXAMPLE}.")
    if tensor.shape[0] > MAX_BATCH:
        raise TooLarge(f"There are more than {MAX_BATCH} images. Send the rest in another request.")
    binary_size = tensor.parameters.binary_data_size
    if (tensor.data is None) == (binary_size is None) or (tensor.data is not None and binary):
        raise MalformedRequest("Send images either as data, in the JSON, or as binary_data_size bytes after it.")
    if tensor.data is not None:
        values = _from_json(tensor.data, tensor.datatype, tensor.shape)
    else:
        values = _from_binary(binary_size, tensor.datatype, tensor.shape, binary)
    if not ((values >= 0) & (values <= 255)).all():  # NaN is rejected too
        raise MalformedRequest("A value of images is not within 0..255. Send 0 for paper, 255 for ink.")
    if 0 < values.max() <= 1:
        raise MalformedRequest("No value of images is above 1. Send 0..255 instead of 0..1: multiply by 255.")
    return values.round().astype(np.uint8).reshape(tensor.shape)


def _from_binary(binary_size: int | None, datatype: str, shape: list[int], binary: bytes) -> "NDArray[Any]":
    size = prod(shape) * DTYPES[datatype].itemsize
    if not binary_size == len(binary) == size:
        raise MalformedRequest(
            f"images takes {size:,} bytes, {len(binary):,} follow the JSON. Send binary_data_size bytes,"
            " and the length of the JSON in Inference-Header-Content-Length."
        )
    return np.frombuffer(binary, DTYPES[datatype])


def _from_json(data: list[Any], datatype: str, shape: list[int]) -> "NDArray[Any]":
    if data and type(data[0]) is list:
        for size in shape[1:]:
            if not all(type(row) is list and len(row) == size for row in data):
                raise MalformedRequest("The data of images is not nested as its shape. Nest it so, or send it flat.")
            data = list(chain.from_iterable(data))
    if len(data) != prod(shape):
        raise MalformedRequest(f"images has {len(data):,} values, its shape has {prod(shape):,}. Send as many.")
    if not JSON_TYPES[datatype].issuperset(map(type, data)):
        raise MalformedRequest(f"The data of images is not all {datatype}. Send integers, or numbers as FP32.")
    try:
        return np.frombuffer(bytes(data), np.uint8) if datatype == "UINT8" else np.array(data, np.float64)
    except (ValueError, OverflowError):  # outside 0..255, or an integer of hundreds of digits
        return np.full(len(data), np.inf)
