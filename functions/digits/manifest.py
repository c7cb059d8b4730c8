"""Types of `models/manifest.json`, which `export` writes, the registry reads and `/api/models` returns."""

from typing import Annotated, Any, NotRequired, TypedDict

from pydantic import Field, with_config

MANIFEST = "manifest.json"
FORMAT = 1  # version of the manifest and of the models' inputs and outputs; others are rejected

ModelName = Annotated[str, Field(description="The model's name, as in paths.", examples=["mlp", "tree"])]
Version = Annotated[
    str, Field(description="The first twelve digits of the model file's SHA-256.", pattern="^[0-9a-f]{12}$")
]
Digit = Annotated[int, Field(ge=0, le=9)]


@with_config(extra="forbid")
class Tensor(TypedDict):
    """An input or output of the ONNX graph."""

    name: str
    dtype: str
    shape: list[int | str]


@with_config(extra="forbid")
class File(TypedDict):
    """A file of the bundle."""

    file: Annotated[str, Field(description="The name of the ONNX file.")]
    bytes: Annotated[int, Field(description="The size of the file.", ge=1)]
    sha256: Annotated[str, Field(description="The SHA-256 of the file.", pattern="^[0-9a-f]{64}$")]


Parity = Annotated[
    dict[str, Any], Field(description="The largest difference between the file's outputs and the trained model's.")
]


class Explanation(File):
    """The graph that explains the model's predictions, appended to the model file to run."""

    parity: Parity


@with_config(extra="forbid")
class DigitLikeness(TypedDict):
    """The second output of the graph: how much a picture resembles one digit, 0..1."""

    output: Annotated[str, Field(description="The name of the output.")]
    threshold: Annotated[
        float, Field(description="A picture with a lower score is not taken for one digit.", ge=0, le=1)
    ]
    metrics: Annotated[dict[str, Any], Field(description="Measured on pictures that the score was not fitted to.")]
    parity: Parity
    settings: Annotated[dict[str, Any], Field(description="Hyper-parameters of the detector.")]


@with_config(extra="forbid", defer_build=True)  # deferred: saves 10 ms of a cold start
class Entry(File):
    """Description of one model."""

    name: ModelName
    title: Annotated[str, Field(description="The model's name for people.")]
    version: Version
    input: Tensor
    output: Tensor
    digit_likeness: NotRequired[DigitLikeness]
    labels: Annotated[list[Digit], Field(description="The class of each output.")]
    metrics: Annotated[dict[str, Any], Field(description="Measured with onnxruntime on MNIST's test images.")]
    parity: Parity
    explanation: Explanation
    recipe: Annotated[dict[str, Any], Field(description="Hyper-parameters of the training run.")]
    tools: Annotated[dict[str, str], Field(description="Versions of the packages that made the file.")]
