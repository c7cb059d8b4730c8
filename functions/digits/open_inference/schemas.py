"""Responses of the Open Inference Protocol v2, with Triton's binary tensor data extension."""

from typing import Annotated, Literal

from pydantic import Field

from digits.manifest import ModelName, Version
from digits.schemas import Answer

OutputName = Literal["probabilities", "digit"]
BinarySize = Annotated[int, Field(ge=0, description="Length of the tensor's binary data, in bytes.")]


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
