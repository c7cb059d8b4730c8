"""The body of an inference request comes in; pictures and the wanted outputs go out, then these as the answer has them.

Tensors are as the Open Inference Protocol v2 has them in JSON, nested or flat, or in binary behind the JSON:
https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
"""

from dataclasses import dataclass
from itertools import chain
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from digits.body import parse_json
from digits.errors import MalformedRequest, TooLarge
from digits.preprocess import SIZE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from digits.registry import Pictures, Probabilities

MAX_BATCH = 256  # images: with every digit of an FP32 written out they fill the 4 MiB of a body
MAX_ID = 256  # characters: an id of a megabyte would come back, escaped, as more than Lambda lets out
INPUT = {"name": "images", "datatype": "UINT8", "shape": [-1, SIZE, SIZE]}
OUTPUTS: dict[str, dict[str, Any]] = {
    "probabilities": {"name": "probabilities", "datatype": "FP32", "shape": [-1, 10]},
    "digit": {"name": "digit", "datatype": "INT64", "shape": [-1]},
}
BYTES: dict[str, np.dtype[Any]] = {"UINT8": np.dtype("u1"), "FP32": np.dtype("<f4")}
NUMBERS: dict[str, set[type]] = {"UINT8": {int}, "FP32": {int, float}}  # in JSON
KINDS = {str: "a string", list: "an array", dict: "an object", bool: "true or false", int: "a whole number"}
FORM = '{"inputs": [{"name": "images", "datatype": "UINT8", "shape": [n, 28, 28], "data": [...]}]}'


@dataclass(frozen=True)
class Inference:
    """What a request asks for: its id, if any; pictures (n, 28, 28) uint8; names of outputs, and which in binary."""

    id: str | None
    pictures: "Pictures"
    outputs: dict[str, bool]


def read(body: bytes, json_size: str | None) -> Inference:
    """Read a request; json_size, where given, is how many bytes of JSON precede binary tensors.

    Raises MalformedRequest, or TooLarge for more than MAX_BATCH images.
    """
    text, binary = _split(body, json_size)
    request = parse_json(text)
    inputs = _field(request, "inputs", list)
    if len(_field(request, "id", str, "")) > MAX_ID:
        raise MalformedRequest(f"The id has more than {MAX_ID} characters. Send a shorter one.")
    if len(inputs) != 1:
        raise MalformedRequest(f"There are {len(inputs)} inputs. Send one, with all the images of the batch in it.")
    outputs = _outputs(request)
    return Inference(request.get("id"), _pictures(inputs[0], binary), outputs)


def write(probabilities: "Probabilities", outputs: dict[str, bool]) -> tuple[list[dict[str, Any]], bytes]:
    """Write the outputs asked for, in their order: for the JSON of the answer, and in binary to follow it."""
    arrays: dict[str, NDArray[Any]] = {"probabilities": probabilities, "digit": probabilities.argmax(1)}
    tensors: list[dict[str, Any]] = []
    binary = b""
    for name, in_binary in outputs.items():
        array = arrays[name]
        tensor = OUTPUTS[name] | {"shape": list(array.shape)}
        if in_binary:
            tensor["parameters"] = {"binary_data_size": array.nbytes}
            binary += array.tobytes()
        else:
            tensor["data"] = array.ravel().tolist()
        tensors.append(tensor)
    return tensors, binary


def _split(body: bytes, json_size: str | None) -> tuple[bytes, bytes]:
    if json_size is None:
        return body, b""
    if not json_size.isdecimal() or float(json_size) > len(body):
        raise MalformedRequest("Inference-Header-Content-Length is not how many bytes of JSON the body begins with.")
    size = int(float(json_size))  # int alone refuses more than 4,300 digits
    return body[:size], body[size:]


def _field[Kind](holder: Any, name: str, kind: type[Kind], default: Kind | None = None) -> Kind:
    value = holder.get(name, default) if isinstance(holder, dict) else None
    if not isinstance(value, kind):
        raise MalformedRequest(f"{name} is missing or not {KINDS[kind]}. Send {FORM}.")
    return value


def _outputs(request: Any) -> dict[str, bool]:
    """Find the names of the outputs asked for, by default all, and which of them in binary, by default none."""
    in_binary = _field(_field(request, "parameters", dict, {}), "binary_data_output", bool, False)
    outputs: dict[str, bool] = {}
    for output in _field(request, "outputs", list, []):
        name = _field(output, "name", str)
        if name not in OUTPUTS or name in outputs:
            raise MalformedRequest(f"An output is unknown or asked for twice. Ask for {' or '.join(OUTPUTS)}.")
        outputs[name] = _field(_field(output, "parameters", dict, {}), "binary_data", bool, in_binary)
    return outputs or dict.fromkeys(OUTPUTS, in_binary)


def _pictures(tensor: Any, binary: bytes) -> "Pictures":
    """Read the images: 0 paper .. 255 ink, FP32 rounded to the nearest whole number."""
    datatype, shape = _field(tensor, "datatype", str), _field(tensor, "shape", list)
    if _field(tensor, "name", str) != INPUT["name"] or datatype not in BYTES:
        raise MalformedRequest(f"The input is not images in {' or '.join(BYTES)}. Send {FORM}.")
    if set(map(type, shape)) != {int} or shape[1:] != [SIZE, SIZE] or shape[0] < 1:
        raise MalformedRequest(f"The shape of images is not [n, {SIZE}, {SIZE}]. Send {FORM}.")
    if shape[0] > MAX_BATCH:
        raise TooLarge(f"There are more than {MAX_BATCH} images. Send the rest in another request.")
    in_json, parameters = "data" in tensor, _field(tensor, "parameters", dict, {})
    if in_json == ("binary_data_size" in parameters) or (in_json and binary):
        raise MalformedRequest("Send images either as data, in the JSON, or as binary_data_size bytes behind it.")
    values = _in_json(tensor, datatype, shape) if in_json else _in_binary(parameters, datatype, shape, binary)
    if not ((values >= 0) & (values <= 255)).all():  # nor NaN
        raise MalformedRequest("A value of images is not within 0..255. Send 0 for paper, 255 for ink.")
    return values.round().astype(np.uint8).reshape(shape)


def _in_binary(parameters: Any, datatype: str, shape: list[int], binary: bytes) -> "NDArray[Any]":
    size = prod(shape) * BYTES[datatype].itemsize
    if not _field(parameters, "binary_data_size", int) == len(binary) == size:
        raise MalformedRequest(
            f"images takes {size:,} bytes, {len(binary):,} follow the JSON. Send as many as binary_data_size says,"
            " and in Inference-Header-Content-Length, how many of JSON precede them."
        )
    return np.frombuffer(binary, BYTES[datatype])


def _in_json(tensor: Any, datatype: str, shape: list[int]) -> "NDArray[Any]":
    data = _field(tensor, "data", list)
    if data and type(data[0]) is list:
        for size in shape[1:]:
            if not all(type(row) is list and len(row) == size for row in data):
                raise MalformedRequest(
                    "The data of images is nested otherwise than its shape. Nest it so, or send it flat."
                )
            data = list(chain.from_iterable(data))
    if len(data) != prod(shape):
        raise MalformedRequest(f"images has {len(data):,} values, its shape asks for {prod(shape):,}. Send as many.")
    if not NUMBERS[datatype].issuperset(map(type, data)):
        raise MalformedRequest(f"The data of images is not all {datatype}. Send whole numbers, or numbers as FP32.")
    try:
        return np.frombuffer(bytes(data), np.uint8) if datatype == "UINT8" else np.array(data, np.float64)
    except (ValueError, OverflowError):  # not within 0..255; of hundreds of digits
        return np.full(len(data), np.inf)
