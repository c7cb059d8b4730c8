"""The shapes of the files that the report is made of, by which a damaged one is told from a sound one.

A program wrote them, so what is looked for is what a hand, a cut or a half-done merge leaves: a part that is missing,
a word where a number was, a list that has lost some of its members.
"""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from pydantic import Field

from training.dataset import CLASSES

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
    "0": Curve, "1": Curve, "2": Curve, "3": Curve, "4": Curve, "5": Curve, "6": Curve, "7": Curve, "8": Curve,
    "9": Curve, "micro": Curve,
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
    kind: Literal["mlp", "tree"]
    recipe: str
    served: bool
    accuracy: float
    interval: Annotated[list[float], Field(min_length=2, max_length=2)]
    ece: float
    bytes: int
    parameters: NotRequired[int]
    leaves: NotRequired[int]
    microseconds: float
    seconds: int | None


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


class Evaluation(TypedDict):
    """evaluation.json."""

    images: int
    machine: Machine
    models: Pair[Model]
    mcnemar: McNemar
    recipes: Some[Recipe]
    training: dict[str, History]
    classes: Split
    samples: Ten[list[str]]
    robustness: dict[str, Change]
    strangers: Strangers
    drawn: list[Drawn]


class Given(TypedDict):
    sha256: Sha256
    answers: Digits
    sure: list[int]
    truth: dict[Digits, int]


class Answers(TypedDict):
    """answers.json."""

    columns: int
    labels: Digits
    models: Pair[Given]
