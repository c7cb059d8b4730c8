"""Triton's Python client with serve.py."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput  # type: ignore[import-untyped]
from tritonclient.utils import InferenceServerException, np_to_triton_dtype  # type: ignore[import-untyped]

from digits.registry import Bundle, Classifier
from tests.support.site import site
from training.dataset import Images, load_test

NAMES = ("mlp", "tree")

type Convert = Callable[[Images], NDArray[Any]]


@pytest.fixture(scope="module")
def images() -> Images:
    return load_test().images[:100]


@pytest.fixture(scope="module")
def models() -> dict[str, Classifier]:
    return Bundle().load()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with site() as url:
        yield f"{url.removeprefix('http://')}/api"


@pytest.fixture
def client(address: str) -> Iterator[InferenceServerClient]:
    with InferenceServerClient(address) as client:
        yield client


def batch(images: NDArray[Any], binary: bool) -> list[InferInput]:
    tensor = InferInput("images", list(images.shape), np_to_triton_dtype(images.dtype))
    return [tensor.set_data_from_numpy(images, binary_data=binary)]


def all_outputs(binary: bool) -> list[InferRequestedOutput]:
    return [InferRequestedOutput(name, binary_data=binary) for name in ("probabilities", "digit")]


@pytest.mark.parametrize("binary_response", [False, True])
@pytest.mark.parametrize("binary_request", [False, True])
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
@pytest.mark.parametrize("model", NAMES)
def test_batch_is_classified_as_onnxruntime_does(
    client: InferenceServerClient,
    model: str,
    kind: type[Any],
    binary_request: bool,
    binary_response: bool,
    images: Images,
    models: dict[str, Classifier],
) -> None:
    result = client.infer(model, batch(images.astype(kind), binary_request), outputs=all_outputs(binary_response))
    expected = models[model].probabilities(images)
    np.testing.assert_array_equal(result.as_numpy("probabilities"), expected, strict=True)
    np.testing.assert_array_equal(result.as_numpy("digit"), expected.argmax(1), strict=True)


def test_all_outputs_are_returned_in_binary_by_default(
    client: InferenceServerClient, images: Images, models: dict[str, Classifier]
) -> None:
    result = client.infer("mlp", batch(images, True))
    assert [output["parameters"] for output in result.get_response()["outputs"]] == [
        {"binary_data_size": 100 * 10 * 4},
        {"binary_data_size": 100 * 8},
    ]
    np.testing.assert_array_equal(result.as_numpy("digit"), models["mlp"].probabilities(images).argmax(1))


@pytest.mark.parametrize("model", NAMES)
def test_one_output_of_one_version_with_id(
    client: InferenceServerClient, model: str, images: Images, models: dict[str, Classifier]
) -> None:
    version = models[model].entry["version"]
    outputs = [InferRequestedOutput("digit", binary_data=False)]
    result = client.infer(model, batch(images, False), version, outputs, request_id="a hundred")
    digits = models[model].probabilities(images).argmax(1).tolist()
    assert result.get_response() == {
        "model_name": model,
        "model_version": version,
        "id": "a hundred",
        "outputs": [{"name": "digit", "datatype": "INT64", "shape": [100], "data": digits}],
    }


def test_concurrent_requests(client: InferenceServerClient, images: Images, models: dict[str, Classifier]) -> None:
    pending = [client.async_infer("tree", batch(images[n : n + 10], True)) for n in range(0, 100, 10)]
    digits = np.concatenate([request.get_result().as_numpy("digit") for request in pending])
    np.testing.assert_array_equal(digits, models["tree"].probabilities(images).argmax(1))


def test_server_metadata(client: InferenceServerClient) -> None:
    assert client.is_server_live() is True
    assert client.is_server_ready() is True
    metadata = client.get_server_metadata()
    assert (metadata["name"], metadata["extensions"]) == ("digits", ["binary_tensor_data"])


@pytest.mark.parametrize("model", NAMES)
def test_model_metadata(client: InferenceServerClient, model: str, models: dict[str, Classifier]) -> None:
    version = models[model].entry["version"]
    assert client.is_model_ready(model) is True
    assert client.is_model_ready(model, version) is True
    metadata = client.get_model_metadata(model)
    assert (metadata["name"], metadata["versions"]) == (model, [version])
    assert client.get_model_metadata(model, version) == metadata


def test_unknown_model_is_not_ready(client: InferenceServerClient) -> None:
    assert client.is_model_ready("forest") is False
    assert client.is_model_ready("mlp", "1") is False
    with pytest.raises(InferenceServerException, match=r"^\[404\] .* Use mlp or tree\.$"):
        client.get_model_metadata("forest")


@pytest.mark.parametrize(
    ("convert", "message"),
    [
        (lambda images: images.astype(np.float32) + 1, r"^\[400\] A value of images is not within 0\.\.255"),
        (lambda images: images.astype(np.int32), r"^\[400\] inputs\.0\.datatype: Input should be 'UINT8' or 'FP32'"),
        (lambda images: images // 128, r"^\[400\] No value of images is above 1\. Send 0\.\.255"),
        (lambda images: images[:, :14], r"^\[400\] The shape of images is not \[n, 28, 28\]"),
        (lambda images: np.concatenate([images] * 3), r"^\[413\] There are more than 256 images"),
    ],
    ids=["above 255", "int32", "0..1", "wrong shape", "too many"],
)
@pytest.mark.parametrize("binary", [False, True])
def test_errors_reach_the_client(
    client: InferenceServerClient, images: Images, convert: Convert, message: str, binary: bool
) -> None:
    with pytest.raises(InferenceServerException, match=message):
        client.infer("mlp", batch(convert(images), binary))
    assert client.infer("mlp", batch(images[:1], binary)).as_numpy("digit").tolist() == [7]


def test_class_count_returns_400(client: InferenceServerClient, images: Images) -> None:
    outputs = [InferRequestedOutput("probabilities", class_count=3)]
    with pytest.raises(InferenceServerException, match=r"^\[400\] outputs\.0\.parameters: classification is not supp"):
        client.infer("mlp", batch(images, True), outputs=outputs)


def test_output_in_shared_memory_returns_400(client: InferenceServerClient, images: Images) -> None:
    output = InferRequestedOutput("probabilities")
    output.set_shared_memory("region", 4000)
    with pytest.raises(InferenceServerException, match=r"^\[400\] .* shared_memory_byte_size is not supported"):
        client.infer("mlp", batch(images, True), outputs=[output])
