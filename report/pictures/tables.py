"""Tables of accuracy on corrupted images, of kinds of pictures, and of flagged pictures."""

import numpy as np

from evaluation.schema import KINDS, DigitLikeness, Evaluation
from report.formatting import DASH, capitalized, percent, recipe_title
from report.tables import SHORT, Table

FEW = 0.01  # of the digits, flagged: the share at which kinds are compared


def corruptions(evaluation: Evaluation) -> Table:
    """Return the accuracy of every recipe; a dash where an earlier run did not measure it."""
    measured = evaluation["corruptions"]
    names = [recipe["name"] for recipe in evaluation["recipes"]]
    rows = [
        [title, *(percent(accuracy[name], 1) if name in accuracy else DASH for name in names)]
        for title, accuracy in (*((corruption_title(n), a) for n, a in measured["accuracy"].items()), _mean(evaluation))
    ]
    return Table("Accuracy on corrupted images", ["Corruption", *map(recipe_title, names)], rows)


def kinds(evaluation: Evaluation) -> Table:
    """Return the answers of both models to each kind of picture."""
    head = ["Kind", *(f"{part}, {SHORT[kind]}" for part in ("Right", "Surely wrong") for kind in KINDS)]
    rows = [
        [
            kind["title"],
            *(percent(kind["right"][model], 0) if kind["is_digit"] else DASH for model in KINDS),
            *(percent(kind["surely_wrong"][model], 0) for model in KINDS),
            percent(kind["refused"], 0),
            percent(kind["flagged"], 0),
        ]
        for kind in evaluation["pictures"].values()
    ]
    return Table("Answers of the API", [*head, "Refused", "Flagged"], rows)


def likeness(measured: DigitLikeness) -> Table:
    """Return how many pictures are flagged at the API's threshold, and at that which flags one of 100 digits."""
    rows = [
        [capitalized(kind), f"{measured['images'][kind]:,}", percent(share, 1), percent(at_few(measured, kind), 1)]
        for kind, share in measured["at_threshold"].items()
    ]
    head = ["Kind", "Pictures", "Flagged by the API", f"Flagged with {percent(FEW, 0)} of the digits"]
    return Table("Pictures flagged as not one digit", head, rows)


def at_few(measured: DigitLikeness, kind: str) -> float:
    """Return the share of a kind that is flagged at the highest threshold that flags at most FEW of the digits."""
    below = [index for index, share in enumerate(measured["flagged"]["digits"]) if share <= FEW]
    return measured["flagged"][kind][below[-1]] if below else 0.0


def corruption_title(name: str) -> str:
    return capitalized(name.replace("_", " "))


def pictures_of_a_kind(evaluation: Evaluation) -> int:
    """Return the number of pictures of most kinds."""
    return int(np.median([kind["pictures"] for kind in evaluation["pictures"].values()]))


def _mean(evaluation: Evaluation) -> tuple[str, dict[str, float]]:
    return "Mean", evaluation["corruptions"]["mean"]
