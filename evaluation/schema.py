"""Types of evaluation.json, which `evaluation` writes and `report` reads."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from pydantic import AfterValidator, Field, TypeAdapter

from evaluation.json_file import read_json
from training.dataset import CLASSES as CLASSES

FILE = "evaluation.json"
COMMAND = "python -m evaluation"
UNCHANGED = {"scale": 1.0}  # the strength at which a distortion leaves images unchanged, where it is not 0
BASELINE_SCORE = "mlp: highest probability"  # the rejection score with which the others are compared


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
type NonEmptyDict[T] = Annotated[dict[str, T], Field(min_length=1)]
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


class Corruptions(TypedDict):
    images: int  # test images of each corruption
    accuracy: NonEmptyDict[dict[str, float]]  # by corruption and recipe, through the preprocessing
    mean: dict[str, float]  # over all corruptions, by recipe
    samples: NonEmptyDict[str]  # a corrupted image: PNG, base64


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


class LikenessOutput(TypedDict):
    """Entry `digit_likeness` of the MLP in manifest.json."""

    output: str
    threshold: float


class DigitLikeness(TypedDict):
    """Shares of pictures that are flagged as not one digit because their score is below a threshold."""

    threshold: float  # of the API
    images: NonEmptyDict[int]
    thresholds: NonEmpty[float]
    flagged: NonEmptyDict[list[float]]  # at each threshold; of `digits` and of the other kinds
    at_threshold: NonEmptyDict[float]  # of the API


class PictureKind(TypedDict):
    """Answers of the API to pictures of one kind; each value is a share."""

    title: str
    is_digit: bool
    pictures: int
    right: PerModel[float]
    surely_wrong: PerModel[float]  # with a confidence above 90 %, and not flagged
    refused: float
    flagged: float  # as not one digit
    example: str  # WebP, base64
    input: str | None  # of the models, for the example: PNG, base64; None if it is refused


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
    corruptions: Corruptions
    out_of_distribution: OutOfDistribution
    digit_likeness: NotRequired[DigitLikeness]  # if the served MLP has this output
    pictures: NonEmptyDict[PictureKind]
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
    corruptions = evaluation["corruptions"]
    if {*corruptions["samples"]} != {*corruptions["accuracy"]}:
        raise ValueError("corruptions.samples are not of the measured corruptions")
    for name, accuracy in (*corruptions["accuracy"].items(), ("mean", corruptions["mean"])):
        if not {recipe["name"] for recipe in evaluation["recipes"] if recipe["served"]} <= set(accuracy) <= names:
            raise ValueError(f"corruptions.{name} does not list the served recipes, or lists others than the compared")
    if likeness := evaluation.get("digit_likeness"):
        check_equal_length({"thresholds": likeness["thresholds"], **likeness["flagged"]})
        kinds = {*likeness["flagged"]}
        if "digits" not in kinds or kinds != {*likeness["at_threshold"]} or kinds != {*likeness["images"]}:
            raise ValueError(
                "digit_likeness: images, flagged and at_threshold are not of the same kinds, digits included"
            )
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
