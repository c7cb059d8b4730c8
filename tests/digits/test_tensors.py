import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from digits.errors import MalformedRequest, TooLarge
from digits.tensors import MAX_BATCH, MAX_ID, Inference, read, write

ALL = {"probabilities": False, "digit": False}
PICTURE = np.arange(784).astype(np.uint8).reshape(1, 28, 28)
FLAT = PICTURE.ravel().tolist()
IN_BINARY: dict[str, Any] = {"name": "images", "datatype": "UINT8", "shape": [1, 28, 28]}
INPUT: dict[str, Any] = {**IN_BINARY, "data": FLAT}
WHOLE = json.dumps({"inputs": [INPUT]}).encode()


def read_json(request: Any) -> Inference:
    return read(json.dumps(request).encode(), None)


def read_binary(tensor: dict[str, Any], follows: bytes, size: int | None = None) -> Inference:
    parameters = {"binary_data_size": len(follows) if size is None else size}
    text = json.dumps({"inputs": [{**tensor, "parameters": parameters}]}).encode()
    return read(text + follows, str(len(text)))


batches = st.integers(1, 3).map(lambda n: (n, 28, 28))
whole = arrays(np.uint8, batches)
real = arrays(np.float32, batches, elements=st.floats(0, 255, width=32))


@settings(deadline=None)
@given(images=whole | real)
def test_nested_flat_and_binary_tensors_are_the_same(images: "np.ndarray[Any, Any]") -> None:
    datatype = "UINT8" if images.dtype == np.uint8 else "FP32"
    tensor = {"name": "images", "datatype": datatype, "shape": list(images.shape)}
    for inference in (
        read_json({"inputs": [{**tensor, "data": images.tolist()}]}),
        read_json({"inputs": [{**tensor, "data": images.ravel().tolist()}]}),
        read_binary(tensor, images.tobytes()),
    ):
        np.testing.assert_array_equal(inference.pictures, np.rint(images).astype(np.uint8), strict=True)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
OUTPUT: dict[str, Any] = {"name": "digit", "parameters": {"binary_data": True}}


@settings(deadline=None)
@given(where=st.sampled_from(["", "id", "parameters", "inputs", "outputs"]), value=anything)
def test_anything_in_a_request_is_read_or_refused(where: str, value: Any) -> None:
    request = {"inputs": [INPUT], where: value} if where else value
    try:
        inference = read_json(request)
    except MalformedRequest:
        return
    np.testing.assert_array_equal(inference.pictures, PICTURE)


@settings(deadline=None)
@given(where=st.sampled_from(list(INPUT) + list(OUTPUT)), value=anything)
def test_anything_in_a_tensor_is_read_or_refused(where: str, value: Any) -> None:
    try:
        inference = read_json({"inputs": [{**INPUT, where: value}], "outputs": [{**OUTPUT, where: value}]})
    except (MalformedRequest, TooLarge):
        return
    np.testing.assert_array_equal(inference.pictures, PICTURE)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0, 1.5, 2.5, 254.4, 255], [0, 2, 2, 254, 255]), ([0.0, 0.49, 0.51, 7, 1e-300], [0, 0, 1, 7, 0])],
)
def test_fp32_is_rounded_to_the_nearest_whole_number(values: list[float], expected: list[int]) -> None:
    data = values + FLAT[5:]
    pictures = read_json({"inputs": [{**INPUT, "datatype": "FP32", "data": data}]}).pictures
    assert pictures.ravel().tolist() == expected + FLAT[5:]


def changed(**fields: Any) -> dict[str, Any]:
    return {"inputs": [{**INPUT, **fields}]}


def with_value(value: Any, datatype: str = "FP32") -> dict[str, Any]:
    return changed(datatype=datatype, data=[*FLAT[1:], value])


ROWS = PICTURE.tolist()
BAD = [
    (7, "inputs is missing or not an array"),
    ({}, "inputs is missing or not an array"),
    ({"inputs": {}}, "inputs is missing or not an array"),
    ({"inputs": []}, "There are 0 inputs"),
    ({"inputs": [INPUT, INPUT]}, "There are 2 inputs"),
    ({"inputs": ["images"]}, "datatype is missing or not a string"),
    ({"inputs": [INPUT], "id": 42}, "id is missing or not a string"),
    ({"inputs": [INPUT], "id": None}, "id is missing or not a string"),
    ({"inputs": [INPUT], "id": "1" * (MAX_ID + 1)}, "The id has more than 256 characters"),
    ({"inputs": [INPUT], "parameters": []}, "parameters is missing or not an object"),
    (
        {"inputs": [INPUT], "parameters": {"binary_data_output": 1}},
        "binary_data_output is missing or not true or false",
    ),
    ({"inputs": [INPUT], "outputs": "digit"}, "outputs is missing or not an array"),
    ({"inputs": [INPUT], "outputs": ["digit"]}, "name is missing or not a string"),
    ({"inputs": [INPUT], "outputs": [{"name": "class"}]}, "Ask for probabilities or digit"),
    ({"inputs": [INPUT], "outputs": [{"name": "digit"}] * 2}, "asked for twice"),
    ({"inputs": [INPUT], "outputs": [{"name": "digit", "parameters": 1}]}, "parameters is missing or not an object"),
    (changed(name="image"), "The input is not images"),
    (changed(datatype="INT32"), "The input is not images in UINT8 or FP32"),
    (changed(datatype=["UINT8"]), "datatype is missing or not a string"),
    (changed(shape=[]), r"not \[n, 28, 28\]"),
    (changed(shape=[28, 28]), r"not \[n, 28, 28\]"),
    (changed(shape=[1, 784]), r"not \[n, 28, 28\]"),
    (changed(shape=[0, 28, 28]), r"not \[n, 28, 28\]"),
    (changed(shape=[-1, 28, 28]), r"not \[n, 28, 28\]"),
    (changed(shape=[True, 28, 28]), r"not \[n, 28, 28\]"),
    (changed(shape=[1.0, 28, 28]), r"not \[n, 28, 28\]"),
    (changed(shape=[[1], 28, 28]), r"not \[n, 28, 28\]"),
    (changed(parameters={"binary_data_size": 784}), "either as data"),
    (changed(data=None), "data is missing or not an array"),
    (changed(data=[]), "images has 0 values, its shape asks for 784"),
    (changed(data=FLAT[1:]), "images has 783 values"),
    (changed(data=[*FLAT, 0]), "images has 785 values"),
    (changed(shape=[2, 28, 28]), "its shape asks for 1,568"),
    (changed(data=ROWS * 2), "images has 1,568 values"),
    (changed(data=ROWS[0]), "nested otherwise"),
    (changed(data=[FLAT]), "nested otherwise"),
    (changed(data=[[*ROWS[0][:27], ROWS[0][27][:27]]]), "nested otherwise"),
    (changed(data=[[*ROWS[0][:27], 7]]), "nested otherwise"),
    (changed(data=[[*ROWS[0][:27], "7" * 28]]), "nested otherwise"),
    (changed(data=[[[[pixel] for pixel in row] for row in ROWS[0]]]), "not all UINT8"),
    (with_value(7.0, "UINT8"), "not all UINT8"),
    (with_value(True, "UINT8"), "not all UINT8"),
    (with_value("7", "UINT8"), "not all UINT8"),
    (with_value(None), "not all FP32"),
    (with_value(True), "not all FP32"),
    (with_value("7"), "not all FP32"),
    (with_value([7]), "not all FP32"),
    (with_value(256, "UINT8"), r"not within 0\.\.255"),
    (with_value(-1, "UINT8"), r"not within 0\.\.255"),
    (with_value(10**400, "UINT8"), r"not within 0\.\.255"),
    (with_value(10**400), r"not within 0\.\.255"),
    (with_value(255.01), r"not within 0\.\.255"),
    (with_value(-0.01), r"not within 0\.\.255"),
]


@pytest.mark.parametrize(("request_", "says"), BAD)
def test_a_bad_request_is_refused_with_what_to_do(request_: Any, says: str) -> None:
    with pytest.raises(MalformedRequest, match=says):
        read_json(request_)


def test_a_number_too_large_for_fp32_is_refused() -> None:
    body = json.dumps(with_value(-777.5)).replace("-777.5", "1e999").encode()  # infinity, to Python
    with pytest.raises(MalformedRequest, match=r"not within 0\.\.255"):
        read(body, None)


def test_a_batch_too_large_is_refused_before_its_data_is_looked_at() -> None:
    with pytest.raises(TooLarge, match="more than 256 images"):
        read_json(changed(shape=[MAX_BATCH + 1, 28, 28]))


@pytest.mark.parametrize(
    ("follows", "size", "says"),
    [
        (b"", None, "images takes 784 bytes, 0 follow"),
        (b"\0" * 783, None, "images takes 784 bytes, 783 follow"),
        (b"\0" * 785, None, "785 follow"),
        (b"\0" * 785, 784, "785 follow"),
        (b"\0" * 784, 783, "784 follow"),
    ],
)
def test_bytes_of_another_number_are_refused(follows: bytes, size: int | None, says: str) -> None:
    with pytest.raises(MalformedRequest, match=says):
        read_binary(IN_BINARY, follows, size)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.1, 255.1])
def test_bytes_out_of_range_are_refused(value: float) -> None:
    values = np.full(784, value, np.float32)
    with pytest.raises(MalformedRequest, match=r"not within 0\.\.255"):
        read_binary({**IN_BINARY, "datatype": "FP32"}, values.tobytes())


def test_bytes_that_no_input_claims_are_refused() -> None:
    with pytest.raises(MalformedRequest, match="either as data"):
        read(WHOLE + b"\0", str(len(WHOLE)))
    with pytest.raises(MalformedRequest, match="either as data"):
        read_json({"inputs": [IN_BINARY]})


@pytest.mark.parametrize("json_size", ["", "-1", "1.5", "ten", str(len(WHOLE) + 1), "9" * 5_000, "²"])
def test_a_length_of_json_that_is_none_is_refused(json_size: str) -> None:
    with pytest.raises(MalformedRequest, match="Inference-Header-Content-Length"):
        read(WHOLE, json_size)


def test_a_length_of_json_may_be_all_of_the_body() -> None:
    for json_size in (str(len(WHOLE)), "0" * 5_000 + str(len(WHOLE))):
        np.testing.assert_array_equal(read(WHOLE, json_size).pictures, PICTURE)


@pytest.mark.parametrize(
    ("fields", "outputs"),
    [
        ({}, ALL),
        ({"outputs": []}, ALL),
        ({"outputs": [{"name": "digit"}]}, {"digit": False}),
        ({"outputs": [{"name": "digit"}, {"name": "probabilities"}]}, {"digit": False, "probabilities": False}),
        ({"parameters": {"binary_data_output": True}}, {"probabilities": True, "digit": True}),
        (
            {
                "parameters": {"binary_data_output": True, "priority": 1},
                "outputs": [{"name": "digit", "parameters": {"binary_data": False, "classification": 3}}],
                "unknown": None,
            },
            {"digit": False},
        ),
        ({"outputs": [OUTPUT]}, {"digit": True}),
    ],
)
def test_outputs_are_those_asked_for_in_their_order(fields: dict[str, Any], outputs: dict[str, bool]) -> None:
    assert list(read_json({"inputs": [INPUT], **fields}).outputs.items()) == list(outputs.items())


def test_the_id_is_kept() -> None:
    assert read_json({"inputs": [INPUT]}).id is None
    assert read_json({"inputs": [INPUT], "id": "1" * MAX_ID}).id == "1" * MAX_ID


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
