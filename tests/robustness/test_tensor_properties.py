"""Properties of tensors of the Open Inference Protocol v2, for generated requests."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from digits.errors import MalformedRequest, TooLarge
from tests.unit.digits.open_inference.test_tensors import INPUT, OUTPUT, PICTURE, read_binary, read_json

pytestmark = pytest.mark.slow


def is_accepted(images: "np.ndarray[Any, Any]") -> bool:
    return not 0 < images.max() <= 1


batches = st.integers(1, 3).map(lambda n: (n, 28, 28))
integers = arrays(np.uint8, batches).filter(is_accepted)
floats = arrays(np.float32, batches, elements=st.floats(0, 255, width=32)).filter(is_accepted)


@given(images=integers | floats)
def test_nested_flat_and_binary_tensors_are_equal(images: "np.ndarray[Any, Any]") -> None:
    datatype = "UINT8" if images.dtype == np.uint8 else "FP32"
    tensor = {"name": "images", "datatype": datatype, "shape": list(images.shape)}
    for pictures in (
        read_json({"inputs": [{**tensor, "data": images.tolist()}]})[1],
        read_json({"inputs": [{**tensor, "data": images.ravel().tolist()}]})[1],
        read_binary(tensor, images.tobytes()),
    ):
        np.testing.assert_array_equal(pictures, np.rint(images).astype(np.uint8), strict=True)


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(field=st.sampled_from(["", "id", "parameters", "inputs", "outputs"]), value=any_json)
def test_any_value_in_a_request_is_read_or_rejected(field: str, value: Any) -> None:
    request = {"inputs": [INPUT], field: value} if field else value
    try:
        _, pictures = read_json(request)
    except MalformedRequest:
        return
    np.testing.assert_array_equal(pictures, PICTURE)


@given(field=st.sampled_from(list(INPUT) + list(OUTPUT)), value=any_json)
def test_any_value_in_a_tensor_is_read_or_rejected(field: str, value: Any) -> None:
    try:
        _, pictures = read_json({"inputs": [{**INPUT, field: value}], "outputs": [{**OUTPUT, field: value}]})
    except (MalformedRequest, TooLarge):
        return
    np.testing.assert_array_equal(pictures, PICTURE)
