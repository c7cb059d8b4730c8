"""Tensors of the Open Inference Protocol v2."""

import json
import re
from typing import Any

import numpy as np
import pytest

from digits.errors import MalformedRequest, TooLarge
from digits.open_inference.request import MAX_BATCH, MAX_ID, Images, InferenceRequest
from digits.open_inference.tensors import read_images, read_request, requested_outputs, write_outputs
from digits.registry import Pictures, Probabilities

ALL_OUTPUTS = {"probabilities": False, "digit": False}
PICTURE = np.arange(784).astype(np.uint8).reshape(1, 28, 28)
FLAT = PICTURE.ravel().tolist()
BINARY_INPUT: dict[str, Any] = {"name": "images", "datatype": "UINT8", "shape": [1, 28, 28]}
INPUT: dict[str, Any] = {**BINARY_INPUT, "data": FLAT}
OUTPUT: dict[str, Any] = {"name": "digit", "parameters": {"binary_data": True}}
WHOLE = json.dumps({"inputs": [INPUT]}).encode()


def read_json(request: Any) -> tuple[InferenceRequest, Pictures]:
    return read_request(json.dumps(request).encode(), None)


def read_binary(tensor: dict[str, Any], binary: bytes, size: int | None = None) -> Pictures:
    parameters = {"binary_data_size": len(binary) if size is None else size}
    return read_images(Images.model_validate({**tensor, "parameters": parameters}), binary)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0, 1.5, 2.5, 254.4, 255], [0, 2, 2, 254, 255]), ([0.0, 0.49, 0.51, 7, 1e-300], [0, 0, 1, 7, 0])],
)
def test_fp32_is_rounded_to_the_nearest_integer(values: list[float], expected: list[int]) -> None:
    data = values + FLAT[5:]
    _, pictures = read_json({"inputs": [{**INPUT, "datatype": "FP32", "data": data}]})
    assert pictures.ravel().tolist() == expected + FLAT[5:]


def changed(**fields: Any) -> dict[str, Any]:
    return {"inputs": [{**INPUT, **fields}]}


def with_value(value: Any, datatype: str = "FP32") -> dict[str, Any]:
    return changed(datatype=datatype, data=[*FLAT[1:], value])


ROWS = PICTURE.tolist()
BAD = [
    (7, "The body should be a JSON object. Send {"),
    ({}, "inputs: Field required. Send {"),
    ({"inputs": {}}, "inputs: Input should be a valid list"),
    ({"inputs": []}, "inputs: List should have at least 1 item"),
    ({"inputs": [INPUT, INPUT]}, "inputs: List should have at most 1 item"),
    ({"inputs": ["images"]}, "inputs.0: Input should be a valid dictionary"),
    ({"inputs": [INPUT], "id": 42}, "id: Input should be a valid string"),
    ({"inputs": [INPUT], "id": "1" * (MAX_ID + 1)}, "id: String should have at most 256 characters"),
    ({"inputs": [INPUT], "id": "\ud800"}, "id: Input should be a valid string"),
    ({"inputs": [INPUT], "parameters": []}, "parameters: Input should be a valid dictionary"),
    (
        {"inputs": [INPUT], "parameters": {"binary_data_output": 1}},
        "parameters.binary_data_output: Input should be a valid boolean",
    ),
    ({"inputs": [INPUT], "outputs": "digit"}, "outputs: Input should be a valid list"),
    ({"inputs": [INPUT], "outputs": ["digit"]}, "outputs.0: Input should be a valid dictionary"),
    (
        {"inputs": [INPUT], "outputs": [{"name": "class"}]},
        "outputs.0.name: Input should be 'probabilities' or 'digit'",
    ),
    (
        {"inputs": [INPUT], "outputs": [{"name": "digit", "parameters": 1}]},
        "outputs.0.parameters: Input should be a valid dictionary",
    ),
    (
        {"inputs": [INPUT], "outputs": [{"name": "digit", "parameters": {"binary_data": 1}}]},
        "outputs.0.parameters.binary_data: Input should be a valid boolean",
    ),
    (
        {"inputs": [INPUT], "outputs": [{"name": "digit", "parameters": {"classification": 3}}]},
        "outputs.0.parameters: classification is not supported: leave it out. Send {",
    ),
    (changed(name="image"), "inputs.0.name: Input should be 'images'"),
    (changed(datatype="INT32"), "inputs.0.datatype: Input should be 'UINT8' or 'FP32'"),
    (changed(datatype=["UINT8"]), "inputs.0.datatype: Input should be 'UINT8' or 'FP32'"),
    (changed(shape=[]), "The shape of images is not [n, 28, 28]. Send {"),
    (changed(shape=[28, 28]), "The shape of images is not [n, 28, 28]. Send {"),
    (changed(shape=[1, 784]), "The shape of images is not [n, 28, 28]. Send {"),
    (changed(shape=[0, 28, 28]), "The shape of images is not [n, 28, 28]. Send {"),
    (changed(shape=[-1, 28, 28]), "The shape of images is not [n, 28, 28]. Send {"),
    (changed(shape=[True, 28, 28]), "inputs.0.shape.0: Input should be a valid integer"),
    (changed(shape=[1.0, 28, 28]), "inputs.0.shape.0: Input should be a valid integer"),
    (changed(shape=[[1], 28, 28]), "inputs.0.shape.0: Input should be a valid integer"),
    (changed(parameters={"binary_data_size": 784}), "either as data"),
    (changed(data=None), "either as data"),
    (changed(data="7" * 784), "inputs.0.data: Input should be a valid list"),
    (changed(parameters={"binary_data_size": -1}), "inputs.0.parameters.binary_data_size: Input should be greater"),
    (changed(data=[]), "images has 0 values, its shape has 784"),
    (changed(data=FLAT[1:]), "images has 783 values"),
    (changed(data=[*FLAT, 0]), "images has 785 values"),
    (changed(shape=[2, 28, 28]), "its shape has 1,568"),
    (changed(data=ROWS * 2), "images has 1,568 values"),
    (changed(data=ROWS[0]), "not nested as its shape. Nest it so"),
    (changed(data=[FLAT]), "not nested as its shape. Nest it so"),
    (changed(data=[[*ROWS[0][:27], ROWS[0][27][:27]]]), "not nested as its shape. Nest it so"),
    (changed(data=[[*ROWS[0][:27], 7]]), "not nested as its shape. Nest it so"),
    (changed(data=[[*ROWS[0][:27], "7" * 28]]), "not nested as its shape. Nest it so"),
    (changed(data=[[[[pixel] for pixel in row] for row in ROWS[0]]]), "not all UINT8"),
    (with_value(7.0, "UINT8"), "not all UINT8"),
    (with_value(True, "UINT8"), "not all UINT8"),
    (with_value("7", "UINT8"), "not all UINT8"),
    (with_value(None), "not all FP32"),
    (with_value(True), "not all FP32"),
    (with_value("7"), "not all FP32"),
    (with_value([7]), "not all FP32"),
    (with_value(256, "UINT8"), "not within 0..255. Send 0 for paper"),
    (with_value(-1, "UINT8"), "not within 0..255. Send 0 for paper"),
    (with_value(10**400, "UINT8"), "not within 0..255. Send 0 for paper"),
    (with_value(10**400), "not within 0..255. Send 0 for paper"),
    (with_value(255.01), "not within 0..255. Send 0 for paper"),
    (with_value(-0.01), "not within 0..255. Send 0 for paper"),
]


@pytest.mark.parametrize(("request_", "message"), BAD)
def test_bad_request_is_rejected_with_hint(request_: Any, message: str) -> None:
    with pytest.raises(MalformedRequest, match=re.escape(message)):
        read_json(request_)


def test_number_too_large_for_fp32_is_rejected() -> None:
    body = json.dumps(with_value(-777.5)).replace("-777.5", "1e999").encode()  # Python reads it as infinity
    with pytest.raises(MalformedRequest, match=r"not within 0\.\.255"):
        read_request(body, None)


def test_batch_above_limit_is_rejected_before_its_data_is_read() -> None:
    with pytest.raises(TooLarge, match="more than 256 images"):
        read_json(changed(shape=[MAX_BATCH + 1, 28, 28]))


@pytest.mark.parametrize(("datatype", "ink"), [("UINT8", 1), ("FP32", 1.0), ("FP32", 0.004)])
def test_ink_without_value_above_1_is_rejected(datatype: str, ink: float) -> None:
    with pytest.raises(MalformedRequest, match=r"Send 0\.\.255 instead of 0\.\.1: multiply by 255"):
        read_json(changed(datatype=datatype, data=[0] * 783 + [ink]))


@pytest.mark.parametrize("datatype", ["UINT8", "FP32"])
def test_blank_and_faint_images_are_read(datatype: str) -> None:
    for data in ([0] * 784, [0] * 783 + [2]):
        assert read_json(changed(datatype=datatype, data=data))[1].ravel().tolist() == data


@pytest.mark.parametrize(
    ("binary", "size", "message"),
    [
        (b"", None, "images takes 784 bytes, 0 follow"),
        (b"\0" * 783, None, "images takes 784 bytes, 783 follow"),
        (b"\0" * 785, None, "785 follow"),
        (b"\0" * 785, 784, "785 follow"),
        (b"\0" * 784, 783, "784 follow"),
    ],
)
def test_binary_data_of_another_length_is_rejected(binary: bytes, size: int | None, message: str) -> None:
    with pytest.raises(MalformedRequest, match=message):
        read_binary(BINARY_INPUT, binary, size)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.1, 255.1])
def test_binary_values_out_of_range_are_rejected(value: float) -> None:
    values = np.full(784, value, np.float32)
    with pytest.raises(MalformedRequest, match=r"not within 0\.\.255\. Send 0 for paper"):
        read_binary({**BINARY_INPUT, "datatype": "FP32"}, values.tobytes())


def test_unused_binary_data_is_rejected() -> None:
    with pytest.raises(MalformedRequest, match="either as data"):
        read_request(WHOLE + b"\0", len(WHOLE))
    with pytest.raises(MalformedRequest, match="either as data"):
        read_json({"inputs": [BINARY_INPUT]})


def test_json_size_above_the_body_is_rejected() -> None:
    with pytest.raises(MalformedRequest, match="Inference-Header-Content-Length exceeds the body"):
        read_request(WHOLE, len(WHOLE) + 1)


def test_json_size_may_equal_body_size() -> None:
    np.testing.assert_array_equal(read_request(WHOLE, len(WHOLE))[1], PICTURE)


@pytest.mark.parametrize(
    ("fields", "outputs"),
    [
        ({}, ALL_OUTPUTS),
        ({"outputs": []}, ALL_OUTPUTS),
        ({"outputs": [{"name": "digit"}]}, {"digit": False}),
        ({"outputs": [{"name": "digit"}, {"name": "probabilities"}]}, {"digit": False, "probabilities": False}),
        ({"parameters": {"binary_data_output": True}}, {"probabilities": True, "digit": True}),
        (
            {
                "parameters": {"binary_data_output": True, "priority": 1},
                "outputs": [{"name": "digit", "parameters": {"binary_data": False, "unknown": 3}}],
                "unknown": None,
            },
            {"digit": False},
        ),
        ({"outputs": [OUTPUT]}, {"digit": True}),
    ],
)
def test_requested_outputs_keep_their_order(fields: dict[str, Any], outputs: dict[str, bool]) -> None:
    request, _ = read_json({"inputs": [INPUT], **fields})
    assert list(requested_outputs(request).items()) == list(outputs.items())


def test_output_requested_twice_is_rejected() -> None:
    request, _ = read_json({"inputs": [INPUT], "outputs": [{"name": "digit"}] * 2})
    with pytest.raises(MalformedRequest, match=r"The output digit is requested twice\. Request each output once\."):
        requested_outputs(request)


def test_id_is_optional() -> None:
    assert read_json({"inputs": [INPUT]})[0].id is None
    assert read_json({"inputs": [INPUT], "id": "1" * MAX_ID})[0].id == "1" * MAX_ID


def write(probabilities: Probabilities, outputs: dict[str, bool]) -> tuple[list[dict[str, Any]], bytes]:
    tensors, binary = write_outputs(probabilities, outputs)
    return [tensor.model_dump(exclude_none=True) for tensor in tensors], binary


def test_outputs_are_written_in_json_and_in_binary() -> None:
    probabilities = np.eye(10, dtype=np.float32)[[7, 3]]
    digit = {"name": "digit", "datatype": "INT64", "shape": [2]}
    shares = {"name": "probabilities", "datatype": "FP32", "shape": [2, 10]}
    assert write(probabilities, {"digit": False, "probabilities": False}) == (
        [{**digit, "data": [7, 3]}, {**shares, "data": probabilities.ravel().tolist()}],
        b"",
    )
    assert write(probabilities, {"probabilities": True, "digit": True}) == (
        [{**shares, "parameters": {"binary_data_size": 80}}, {**digit, "parameters": {"binary_data_size": 16}}],
        probabilities.tobytes() + b"\7\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0",
    )
