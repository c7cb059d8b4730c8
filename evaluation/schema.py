"""Types of evaluation.json, and validated reading of JSON files.

`evaluation` writes evaluation.json and `report` reads it. Validation reports what manual edits and merges leave behind:
missing keys, values of another type, shortened lists.
"""

import json
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from command_line import CommandError
from training.dataset import CLASSES as CLASSES

FILE = "evaluation.json"
COMMAND = "python -m evaluation"
UNCHANGED = {"scale": 1.0}  # the strength at which a distortion leaves images unchanged, where it is not 0
BASELINE_SCORE = "mlp: highest probability"  # the rejection score with which the others are compared


class ResultsError(CommandError):
    """A file of results is missing, damaged, or of other models; the message names the command that writes it."""


def check_equal_length(part: dict[str, Any]) -> dict[str, Any]:
    """Raise ValueError if the lists of a dictionary differ in length."""
    if len({len(values) for values in part.values() if isinstance(values, list)}) > 1:
        raise ValueError(f"{', '.join(part)} are not equally long")
    return part


type Kind = Literal["mlp", "tree"]
type PerModel[T] = Annotated[dict[Kind, T], Field(min_length=2)]
type EqualLength[T] = Annotated[T, AfterValidator(check_equal_length)]  # a dictionary whose lists are equally long
type TenOf[T] = Annotated[list[T], Field(min_length=CLASSES, max_length=CLASSES)]
type NonEmpty[T] = Annotated[list[T], Field(min_length=1)]
type Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
type Average = Literal["precision", "recall", "f1"]

KINDS: tuple[Kind, ...] = ("mlp", "tree")
AVERAGES: tuple[Average, ...] = ("precision", "recall", "f1")


class MacroAverage(TypedDict):
    precision: float
    recall: float
    f1: float


class PerClass(TypedDict):
    precision: TenOf[float]
    recall: TenOf[float]
    f1: TenOf[float]
    support: TenOf[int]


class Metrics(MacroAverage):
    images: int
    accuracy: float
    ece: float
    macro: MacroAverage
    classes: PerClass
    confusion_matrix: TenOf[TenOf[int]]


class RocCurve(TypedDict):
    auc: float
    fpr: NonEmpty[float]
    tpr: NonEmpty[float]


class Roc(TypedDict):
    macro: float
    # each digit against the other nine, and all of these decisions pooled (micro)
    curves: Annotated[
        dict[Annotated[str, Field(pattern="^([0-9]|micro)$")], EqualLength[RocCurve]], Field(min_length=CLASSES + 1)
    ]


class ReliabilityBin(TypedDict):
    images: int
    confidence: float
    accuracy: float


class ServedModel(TypedDict):
    title: str
    recipe: str
    sha256: Sha256
    metrics: Metrics
    roc: Roc
    reliability: NonEmpty[ReliabilityBin]
    calibration: dict[str, Any] | None  # as `training` wrote it, measured on validation images


class McNemar(TypedDict):
    """Counts of the images by which of two models is right, and the p-value of McNemar's exact test."""

    both_right: int
    only_first_right: int
    only_second_right: int
    both_wrong: int
    p_value: float


class Recipe(TypedDict):
    name: Annotated[str, Field(pattern="^(mlp|tree)-.")]
    recipe: str
    served: bool
    accuracy: float
    confidence_interval: Annotated[list[float], Field(min_length=2, max_length=2)]
    ece: float
    bytes: int
    microseconds: float | None  # not of a recipe that was measured on another machine
    seconds: int | None  # of training


class MlpRecipe(Recipe):
    kind: Literal["mlp"]
    parameters: int


class TreeRecipe(Recipe):
    kind: Literal["tree"]
    leaves: int


class History(TypedDict):
    loss: NonEmpty[float]
    val_loss: NonEmpty[float]
    accuracy: NonEmpty[float]
    val_accuracy: NonEmpty[float]
    learning_rate: NotRequired[list[float]]


class Robustness(TypedDict):
    title: str
    unit: str
    strengths: NonEmpty[float]
    accuracy: dict[str, NonEmpty[float]]


class Confidence(TypedDict):
    """Confidence of one model in its predictions for one kind of image."""

    confident: float  # share of predictions of at least 90 %
    median: float
    at_least: NonEmpty[float]  # share of predictions at or above each threshold


# fmt: off
Separation = TypedDict("Separation", {
    "letters": float, "scribbles": float, "noise": float, "printed digits": float,
    "letters vs printed digits": float,
})
# fmt: on
type ImageKind = Literal["digits", "letters", "scribbles", "noise", "printed digits"]
type SeparationKind = Literal["letters", "scribbles", "noise", "printed digits", "letters vs printed digits"]
SEPARATION_KINDS: tuple[SeparationKind, ...] = (
    *("letters", "scribbles", "noise", "printed digits", "letters vs printed digits"),
)


class OutOfDistribution(TypedDict):
    images: int  # of each kind
    thresholds: NonEmpty[float]
    confidence: Annotated[dict[ImageKind, PerModel[Confidence]], Field(min_length=5)]
    auroc: dict[Annotated[str, Field(pattern="^(mlp|tree|both): .")], Separation]


class Handwriting(TypedDict):
    file: str
    digits: int
    placement: str
    accuracy: PerModel[float]  # through the API
    recipes: dict[str, float]  # accuracy; may lack recipes that were exported later


class Machine(TypedDict):
    processor: str
    onnxruntime: str


class Evaluation(TypedDict):
    """Content of evaluation.json."""

    images: int
    machine: Machine
    models: PerModel[ServedModel]
    mcnemar: McNemar
    recipes: NonEmpty[Annotated[MlpRecipe | TreeRecipe, Field(discriminator="kind")]]
    training: dict[str, EqualLength[History]]
    classes: Annotated[dict[Literal["train", "validation", "test"], TenOf[int]], Field(min_length=3)]
    samples: TenOf[NonEmpty[str]]  # PNG, base64
    robustness: dict[str, Robustness]
    out_of_distribution: OutOfDistribution
    handwriting: list[Handwriting]


def check_references(evaluation: Evaluation) -> Evaluation:
    """Raise ValueError if parts of an evaluation do not fit together."""
    if sorted(recipe["kind"] for recipe in evaluation["recipes"] if recipe["served"]) != ["mlp", "tree"]:
        raise ValueError("recipes do not contain exactly one served MLP and one served tree")
    names = {recipe["name"] for recipe in evaluation["recipes"]}
    for name, distortion in evaluation["robustness"].items():
        if set(distortion["accuracy"]) != names:
            raise ValueError(f"robustness.{name} does not list the compared recipes")
        check_equal_length({"strengths": distortion["strengths"], **distortion["accuracy"]})
        if UNCHANGED.get(name, 0.0) not in distortion["strengths"]:
            raise ValueError(f"robustness.{name} lacks the strength that leaves images unchanged")
    measured = evaluation["out_of_distribution"]
    for models in measured["confidence"].values():
        for confidence in models.values():
            check_equal_length({"thresholds": measured["thresholds"], "at_least": confidence["at_least"]})
    if BASELINE_SCORE not in measured["auroc"]:
        raise ValueError(f"out_of_distribution.auroc lacks {BASELINE_SCORE}")
    return evaluation


@cache
def adapter() -> TypeAdapter[Evaluation]:
    return TypeAdapter(Annotated[Evaluation, AfterValidator(check_references)])


def read_evaluation(path: Path) -> Evaluation:
    """Read evaluation.json. Raises ResultsError."""
    return read_json(path, adapter(), COMMAND)


def read_json[T](path: Path, adapter: TypeAdapter[T], command: str) -> T:
    """Read and validate a file that `command` writes. Raises ResultsError."""
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise ResultsError(f"{path} is missing. Write it: {command}") from None
    except OSError as error:
        raise ResultsError(
            f"{path} cannot be read ({error.strerror}). Restore it, or write it again: {command}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise ResultsError(f"{path} is not JSON ({error}). Restore it, or write it again: {command}") from error
    return validate(content, adapter, path, command)


def validate[T](content: Any, adapter: TypeAdapter[T], path: Path, command: str) -> T:
    """Return the content of a file with its type. Raises ResultsError, naming the first invalid place."""
    try:
        return adapter.validate_python(content, strict=True)
    except ValidationError as error:
        raise ResultsError(
            f"{path} is damaged ({first_error(error)}). Restore it, or write it again: {command}"
        ) from error


def first_error(error: ValidationError) -> str:
    """Describe the first invalid place."""
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"])) or "the file"
    message = first["msg"].removeprefix("Value error, ")
    return f"{place}: {message[:1].lower()}{message[1:]}"
