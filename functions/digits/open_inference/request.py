"""Request of the Open Inference Protocol v2, with Triton's binary tensor data extension."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from digits.open_inference.schemas import BinarySize, OutputName
from digits.preprocess import SIZE

MAX_BATCH = 256  # images: as FP32 in decimal they fill a body of 4 MiB
MAX_ID = 256  # characters: an id of a megabyte, echoed and escaped, would exceed Lambda's response limit
# Triton's parameters of an output: class count, and shared memory of its server
UNSUPPORTED = {"classification", "shared_memory_byte_size", "shared_memory_offset", "shared_memory_region"}

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
    """Input of the models: 28x28 pixels, 0 paper to 255 ink, as in `input`. They are not preprocessed."""

    name: Literal["images"]
    datatype: Annotated[Literal["UINT8", "FP32"], Field(description="FP32 is rounded to integers.")]
    shape: Shape
    data: Data | None = None
    parameters: ImagesParameters = ImagesParameters()


class OutputParameters(Request):
    binary_data: Annotated[bool | None, Field(description="Whether to send the output as binary data.")] = None

    @model_validator(mode="before")
    @classmethod
    def reject_unsupported(cls, values: Any) -> Any:
        """Reject parameters that would change the output; other unknown parameters are ignored."""
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

    id: Annotated[str | None, Field(max_length=MAX_ID, description="Is returned with the response.")] = None
    parameters: InferenceParameters = InferenceParameters()
    inputs: Annotated[list[Images], Field(min_length=1, max_length=1, description="One tensor, with all images.")]
    outputs: Annotated[
        list[RequestedOutput],
        Field(description="The outputs to return, each at most once, in this order. By default all."),
    ] = []
