"""Pydantic models of the API's requests and responses, the source of OpenAPI's schemas."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictStr

from digits.manifest import Digit, Entry, ModelName, Version
from digits.preprocess import SIZE

# A 28x28 PNG of a seven with strokes three pixels wide.
SEVEN = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAAAMklEQVR4AWNgGKTgPwpAcySK3H9SJJHUAg1B4qEx8Unik2PAJ4lP"
    "blQjvuhAi52B4QIABjhWqic7VVkAAAAASUVORK5CYII="
)

Probability = Annotated[float, Field(ge=0, le=1)]
Probabilities = Annotated[
    list[Probability], Field(min_length=10, max_length=10, description="Of the digits 0 to 9; they sum to 1.")
]
Pixel = Annotated[int, Field(ge=0, lt=SIZE, description="Of the tested pixel in `seen`.")]
PngUrl = Annotated[str, Field(pattern="^data:image/png;base64,", description="A grayscale PNG as a data URL.")]
Input = Annotated[
    str,
    Field(pattern="^data:image/png;base64,", description="The input of the models: a 28x28 PNG as a data URL."),
]
Likeness = Annotated[
    float | None,
    Field(ge=0, le=1, description="How much the input resembles one digit, by the neural network, whatever the model."),
]
IsDigit = Annotated[
    bool | None, Field(description="Whether `digit_likeness` reaches the threshold in the network's manifest entry.")
]
NoDigitReason = Annotated[
    Literal["several_digits", "not_a_digit"] | None, Field(description="What the input shows if `is_digit` is false.")
]
Row = Annotated[list[float], Field(min_length=SIZE, max_length=SIZE)]


class ResponseModel(BaseModel):
    """Base class of the responses: no other fields are allowed."""

    model_config = ConfigDict(extra="forbid")


class Drawing(BaseModel):
    """A drawing in JSON or in a form."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"drawing_data": SEVEN}]})

    drawing_data: Annotated[
        StrictStr,
        Field(
            description="An image as canvas.toDataURL() returns it, or its base64 alone.",
            json_schema_extra={"format": "data-url"},
        ),
    ]


class PathStep(ResponseModel):
    """One node of the tree, which compares a pixel with a threshold."""

    row: Pixel
    column: Pixel
    position: Annotated[
        list[float], Field(min_length=2, max_length=2, description="Row and column of the pixel's center in `input`.")
    ]
    threshold: Annotated[float, Field(description="The value that the pixel is compared with.")]
    value: Annotated[float, Field(ge=0, le=255, description="The value of the pixel.")]
    side: Annotated[Literal["low", "high"], Field(description="`low` if the value is not above the threshold.")]
    samples: Annotated[int, Field(ge=1, description="The number of training images that took this branch.")]
    probabilities: Annotated[Probabilities, Field(description="Shares of the classes after the step.")]


class Explained(ResponseModel):
    """Fields of both explanations."""

    score: Annotated[float, Field(description="The score that is explained.")]
    baseline: Annotated[float, Field(description="The score for a blank picture, or at the root of the tree.")]
    attribution: Annotated[
        list[Row],
        Field(
            min_length=SIZE,
            max_length=SIZE,
            description="The contribution of each pixel of `input`; the sum is `score` minus `baseline`.",
        ),
    ]
    seen: Annotated[PngUrl, Field(description="The deskewed picture that the model classified, as a data URL.")]


class NetworkExplanation(Explained):
    """Contribution of each pixel to the log ratio of the digit's probability and the runner-up's.

    DeepLIFT's rescale rule against a blank picture (Shrikumar et al., ICML 2017).
    """

    method: Literal["DeepLIFT"]
    runner_up: Annotated[Digit, Field(description="The second most probable digit.")]


class TreeExplanation(Explained):
    """Path from the tree's root to the leaf.

    The score is the digit's share of the training images; each step's change of it is attributed to the pixel that
    the step compares (Saabas, 2014).
    """

    method: Literal["decision path"]
    root: Annotated[Probabilities, Field(description="Shares of the classes at the root.")]
    path: list[PathStep]


class ModelPrediction(ResponseModel):
    """Prediction of one model."""

    model: ModelName
    version: Version
    digit: Annotated[Digit, Field(description="The most probable digit.")]
    probabilities: Probabilities
    explanation: Annotated[NetworkExplanation | TreeExplanation | None, Field(description="With `explain=true`.")] = (
        None
    )


class AssessedPicture(ResponseModel):
    """The input, and whether it shows one digit; the latter is missing if the network cannot be loaded."""

    input: Input
    digit_likeness: Likeness = None
    is_digit: IsDigit = None
    reason: NoDigitReason = None


class Prediction(AssessedPicture, ModelPrediction):
    """Prediction of one model, with its input."""


class Comparison(AssessedPicture):
    """Predictions of every model for the same picture."""

    predictions: list[ModelPrediction]


class Models(ResponseModel):
    """The models that are served."""

    bundle: Annotated[Version, Field(description="Version of the bundle: the start of its manifest's SHA-256.")]
    models: list[Entry]


class Health(ResponseModel):
    """Every model is ready."""

    status: Literal["ok"] = "ok"
    models: Annotated[dict[str, Version], Field(description="Version of each model by name.")]


class OriginalAnswer(ResponseModel):
    """Response of the original application."""

    result: Annotated[Literal[1], Field(description="1: the picture was classified.")] = 1
    error: Annotated[Literal[""], Field(description="Empty.")] = ""
    data: Probabilities


class OriginalError(ResponseModel):
    """Error of the original application."""

    result: Annotated[Literal[0], Field(description="0: see `error`.")] = 0
    error: Annotated[str, Field(min_length=1, description="The error and what to do.")]
    data: Annotated[list[Any], Field(max_length=0, description="Empty.")] = []


class Problem(ResponseModel):
    """Problem details (RFC 9457)."""

    type: Annotated[str, Field(description="The kind of problem, for programs.", json_schema_extra={"format": "uri"})]
    title: Annotated[str, Field(min_length=1, description="The kind of problem, for people.")]
    status: Annotated[int, Field(ge=400, le=599, description="The HTTP status.")]
    detail: Annotated[str, Field(min_length=1, description="The error and what to do.")]
