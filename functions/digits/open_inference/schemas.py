"""Responses of the Open Inference Protocol v2, with Triton's binary tensor data extension."""

from typing import Annotated, Literal

from pydantic import Field

from digits.manifest import ModelName, Version
from digits.schemas import ResponseModel

OutputName = Literal["probabilities", "digit"]
BinarySize = Annotated[int, Field(ge=0, description="Length of the tensor's binary data, in bytes.")]


class OutputTensorParameters(ResponseModel):
    binary_data_size: BinarySize


class OutputTensor(ResponseModel):
    """One output, its data flat, in JSON or as binary data."""

    name: OutputName
    datatype: Literal["FP32", "INT64"]
    shape: list[Annotated[int, Field(ge=1)]]
    data: list[float] | list[int] | None = None
    parameters: OutputTensorParameters | None = None


class InferenceAnswer(ResponseModel):
    """The outputs, in the order of the request."""

    model_name: ModelName
    model_version: Version
    id: Annotated[str | None, Field(description="The id of the request.")] = None
    outputs: list[OutputTensor]


class InferenceError(ResponseModel):
    """The error and what to do."""

    error: Annotated[str, Field(min_length=1)]


class Server(ResponseModel):
    """Description of the server."""

    name: str
    version: str
    extensions: Annotated[list[str], Field(description="Extensions of the protocol that are supported.")]


class ServerLive(ResponseModel):
    """The server is live."""

    live: Literal[True] = True


class ServerReady(ServerLive):
    """Every model is ready."""

    ready: Literal[True] = True


class ModelReady(ResponseModel):
    """The model is ready."""

    name: ModelName
    ready: Literal[True] = True


class TensorMetadata(ResponseModel):
    """An input or output of a model."""

    name: str
    datatype: str
    shape: Annotated[list[Annotated[int, Field(ge=-1)]], Field(description="-1: the size of the batch.")]


class ModelMetadata(ResponseModel):
    """Inputs and outputs of a model."""

    name: ModelName
    versions: list[Version]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]
