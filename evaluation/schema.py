"""The shapes of the files that the report is made of, by which a damaged one is told from a sound one.

A program wrote them, so what is looked for is what a hand, a cut or a half-done merge leaves: a part that is missing,
a word where a number was, a list that has lost some of its members.
"""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from pydantic import AfterValidator, Field

from training.dataset import CLASSES

UNCHANGED = {"scale": 1.0}  # the strength of a change that changes nothing, where it is not 0
BASELINE = "mlp: highest probability"  # the score with which the others are compared


def _even(part: dict[str, Any]) -> dict[str, Any]:
    if len({len(values) for values in part.values() if isinstance(values, list)}) > 1:
        raise ValueError(f"{', '.join(part)} are not equally long")
    return part


type Even[T] = Annotated[T, AfterValidator(_even)]  # a dictionary whose lists are equally long
type Ten[T] = Annotated[list[T], Field(min_length=CLASSES, max_length=CLASSES)]
type Some[T] = Annotated[list[T], Field(min_length=1)]
type Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
type Digits = Annotated[str, Field(pattern="^[0-9]*$")]


class Pair[T](TypedDict):
    """Of the network and of the tree."""

    mlp: T
    tree: T


class Macro(TypedDict):
    precision: float
    recall: float
    f1: float


class PerClass(TypedDict):
    precision: Ten[float]
    recall: Ten[float]
    f1: Ten[float]
    support: Ten[int]


class Metrics(Macro):
    accuracy: float
    ece: float
    macro: Macro
    classes: PerClass
    confusion_matrix: Ten[Ten[int]]


class Curve(TypedDict):
    auc: float
    false: Some[float]
    true: Some[float]


# fmt: off
Curves = TypedDict("Curves", {
    "0": Even[Curve], "1": Even[Curve], "2": Even[Curve], "3": Even[Curve], "4": Even[Curve], "5": Even[Curve],
    "6": Even[Curve], "7": Even[Curve], "8": Even[Curve], "9": Even[Curve], "micro": Even[Curve],
})
# fmt: on


class Roc(TypedDict):
    macro: float
    curves: Curves


class Bin(TypedDict):
    images: int
    confidence: float
    accuracy: float


class Model(TypedDict):
    title: str
    recipe: str
    sha256: Sha256
    metrics: Metrics
    roc: Roc
    reliability: Some[Bin]
    calibration: dict[str, Any] | None  # whatever the training wrote


class McNemar(TypedDict):
    both: int
    first: int
    second: int
    neither: int
    p: float


class Recipe(TypedDict):
    name: Annotated[str, Field(pattern="^(mlp|tree)-.")]
    recipe: str
    served: bool
    accuracy: float
    interval: Annotated[list[float], Field(min_length=2, max_length=2)]
    ece: float
    bytes: int
    microseconds: float
    seconds: int | None


class NetworkRecipe(Recipe):
    kind: Literal["mlp"]
    parameters: int


class TreeRecipe(Recipe):
    kind: Literal["tree"]
    leaves: int


class History(TypedDict):
    loss: Some[float]
    val_loss: Some[float]
    accuracy: Some[float]
    val_accuracy: Some[float]
    learning_rate: NotRequired[list[float]]


class Split(TypedDict):
    train: Ten[int]
    validation: Ten[int]
    test: Ten[int]


class Change(TypedDict):
    title: str
    unit: str
    strengths: Some[float]
    accuracy: dict[str, Some[float]]


class Sure(TypedDict):
    sure: float
    at_least: Some[float]


# fmt: off
Separation = TypedDict("Separation", {
    "letters": float, "scribbles": float, "noise": float, "printed digits": float,
    "letters from printed digits": float,
})
Strange = TypedDict("Strange", {
    "digits": Pair[Sure], "letters": Pair[Sure], "scribbles": Pair[Sure], "noise": Pair[Sure],
    "printed digits": Pair[Sure],
})
# fmt: on


class Strangers(TypedDict):
    pictures: int
    thresholds: Some[float]
    confidence: Strange
    auroc: dict[Annotated[str, Field(pattern="^(mlp|tree|both): .")], Separation]


class Drawn(TypedDict):
    file: str
    digits: int
    placement: str
    accuracy: Pair[float]
    recipes: dict[str, float]


class Machine(TypedDict):
    processor: str
    onnxruntime: str


class Measured(TypedDict):
    """What evaluation.json holds."""

    images: int
    machine: Machine
    models: Pair[Model]
    mcnemar: McNemar
    recipes: Some[Annotated[NetworkRecipe | TreeRecipe, Field(discriminator="kind")]]
    training: dict[str, Even[History]]
    classes: Split
    samples: Ten[list[str]]
    robustness: dict[str, Change]
    strangers: Strangers
    drawn: list[Drawn]


def _related(found: dict[str, Any]) -> dict[str, Any]:
    """What refers to something else finds it there."""
    names = {recipe["name"] for recipe in found["recipes"]}
    of_recipes = {f"robustness.{name}": change["accuracy"] for name, change in found["robustness"].items()}
    of_recipes |= {f"drawn.{number}": result["recipes"] for number, result in enumerate(found["drawn"])}
    for place, given in of_recipes.items():
        if set(given) != names:
            raise ValueError(f"{place} is not of the recipes that were compared")
    for name, change in found["robustness"].items():
        _even({"strengths": change["strengths"], **change["accuracy"]})
        if UNCHANGED.get(name, 0.0) not in change["strengths"]:
            raise ValueError(f"robustness.{name} lacks the strength that changes nothing")
    if sorted(recipe["kind"] for recipe in found["recipes"] if recipe["served"]) != ["mlp", "tree"]:
        raise ValueError("not one network and one tree are served")
    strangers = found["strangers"]
    for kinds in strangers["confidence"].values():
        for model in kinds.values():
            _even({"thresholds": strangers["thresholds"], "at_least": model["at_least"]})
    if BASELINE not in strangers["auroc"]:
        raise ValueError(f"strangers.auroc lacks {BASELINE}")
    return found


type Evaluation = Annotated[Measured, AfterValidator(_related)]


class Given(TypedDict):
    sha256: Sha256
    answers: Digits
    sure: list[int]
    truth: dict[Digits, int]


class Answers(TypedDict):
    """What answers.json holds."""

    columns: int
    labels: Digits
    models: Pair[Given]
