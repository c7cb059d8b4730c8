"""Pydantic models of the Open Inference Protocol v2, with Triton's binary tensor data extension."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from digits.manifest import ModelName, Version
from digits.preprocess import SIZE
from digits.schemas import Answer

MAX_BATCH = 256  # images: as FP32 in decimal they fill the 4 MiB of a body
MAX_ID = 256  # characters: an id of a megabyte would be echoed, escaped, as more than Lambda can return
# Triton's parameters of an output: class_count, and where to write the output in its server's memory
UNSUPPORTED = {"classification", "shared_memory_byte_size", "shared_memory_offset", "shared_memory_region"}

OutputName = Literal["probabilities", "digit"]
BinarySize = Annotated[int, Field(ge=0, description="Length of the tensor's binary data, in bytes.")]
Shape = Annotated[
    list[int],
    WithJsonSchema(
        {
            "type": "array",
            "prefixItems": [{"type": "integer", "minimum": 1, "maximum": MAX_BATCH}, {"const": SIZE}, {"const": SIZE}],
            "items": False,
            "minItems": 3,
        }
    ),
]
Data = Annotated[
    list[Any],
    Field(description="The pixels, row by row: flat, or nested as the shape is. Integers for UINT8."),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 255}, {"type": "array"}]},
            "minItems": 1,
        }
    ),
]


class Request(BaseModel):
    """Base of the requests: types are not converted, unknown fields are ignored."""

    model_config = ConfigDict(strict=True)


class ImagesParameters(Request):
    binary_data_size: BinarySize | None = None


class Images(Request):
    """Input of the models: 28x28 pixels, 0 paper to 255 ink, as `input` shows them. They are not preprocessed."""

    name: Literal["images"]
    datatype: Annotated[Literal["UINT8", "FP32"], Field(description="FP32 is rounded to integers.")]
    shape: Shape
    data: Data | None = None
    parameters: ImagesParameters = ImagesParameters()


class OutputParameters(Request):
    binary_data: Annotated[bool | None, Field(description="Whether to send the output as binary data.")] = None

    @model_validator(mode="before")
    @classmethod
    def refuse_unsupported(cls, values: Any) -> Any:
        """Refuse what would change the output instead of ignoring it; other parameters are ignored."""
        if isinstance(values, dict) and (unsupported := sorted(UNSUPPORTED & values.keys())):
            raise PydanticCustomError("unsupported", "{name} is not supported: leave it out", {"name": unsupported[0]})
        return values


class RequestedOutput(Request):
    name: OutputName
    parameters: OutputParameters = OutputParameters()


class InferenceParameters(Request):
    binary_data_output: Annotated[bool, Field(description="Whether to send all outputs as binary data.")] = False


class InferenceRequest(Request):
    """A batch of images."""

    id: Annotated[str | None, Field(max_length=MAX_ID, description="Is returned with the answer.")] = None
    parameters: InferenceParameters = InferenceParameters()
    inputs: Annotated[list[Images], Field(min_length=1, max_length=1, description="One tensor, with all images.")]
    outputs: Annotated[
        list[RequestedOutput],
        Field(description="The outputs to return, each at most once, in this order. By default all."),
    ] = []


class OutputTensorParameters(Answer):
    binary_data_size: BinarySize


class OutputTensor(Answer):
    """One output, its data flat, in JSON or as binary data."""

    name: OutputName
    datatype: Literal["FP32", "INT64"]
    shape: list[Annotated[int, Field(ge=1)]]
    data: list[float] | list[int] | None = None
    parameters: OutputTensorParameters | None = None


class InferenceAnswer(Answer):
    """The outputs, in the order of the request."""

    model_name: ModelName
    model_version: Version
    id: Annotated[str | None, Field(description="The id of the request.")] = None
    outputs: list[OutputTensor]


class InferenceError(Answer):
    """What is wrong and what to do."""

    error: Annotated[str, Field(min_length=1)]


class Server(Answer):
    """Description of the server."""

    name: str
    version: str
    extensions: Annotated[list[str], Field(description="Extensions of the protocol that are supported.")]


class ServerLive(Answer):
    """The server answers."""

    live: Literal[True] = True


class ServerReady(ServerLive):
    """Every model has answered."""

    ready: Literal[True] = True


class ModelReady(Answer):
    """The model has answered."""

    name: ModelName
    ready: Literal[True] = True


class TensorMetadata(Answer):
    """An input or output of a model."""

    name: str
    datatype: str
    shape: Annotated[list[Annotated[int, Field(ge=-1)]], Field(description="-1: the size of the batch.")]


class ModelMetadata(Answer):
    """Inputs and outputs of a model."""

    name: ModelName
    versions: list[Version]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]
