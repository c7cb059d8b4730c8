"""Alternative texts of the figures of corrupted images, kinds of pictures, and flagged pictures."""

from collections.abc import Sequence

from evaluation.schema import KINDS, DigitLikeness, Evaluation, Kind
from report.formatting import MODEL_NAME, joined, percent
from report.pictures.tables import corruption_title

GROUP = 10  # kinds of pictures in a figure


def alternative_texts(evaluation: Evaluation) -> dict[str, str]:
    """Return the texts by the name of the figure."""
    texts = {"corruptions": _corruptions(evaluation), "corruption-samples": _samples(evaluation)}
    texts |= {name: _kinds(evaluation, kinds) for name, kinds in groups(evaluation).items()}
    if likeness := evaluation.get("digit_likeness"):
        texts["digit-likeness"] = _likeness(likeness)
    return texts


def groups(evaluation: Evaluation) -> dict[str, Sequence[str]]:
    """Return the kinds of pictures that each figure shows."""
    kinds = list(evaluation["pictures"])
    starts = range(0, len(kinds), GROUP)
    return {f"pictures-{number}": kinds[start : start + GROUP] for number, start in enumerate(starts, 1)}


def _corruptions(evaluation: Evaluation) -> str:
    return f"Accuracy on corrupted images: {'; '.join(_range(evaluation, kind) for kind in KINDS)}."


def _range(evaluation: Evaluation, kind: Kind) -> str:
    (recipe,) = (one["name"] for one in evaluation["recipes"] if one["served"] and one["kind"] == kind)
    accuracy = {name: row[recipe] for name, row in evaluation["corruptions"]["accuracy"].items()}
    low, high = min(accuracy, key=accuracy.__getitem__), max(accuracy, key=accuracy.__getitem__)
    words = [f"{percent(accuracy[name], 1)} ({corruption_title(name).lower()})" for name in (low, high)]
    mean = percent(evaluation["corruptions"]["mean"][recipe], 1)
    return f"{MODEL_NAME[kind]} {mean} on average, from {words[0]} to {words[1]}"


def _samples(evaluation: Evaluation) -> str:
    names = [corruption_title(name).lower() for name in evaluation["corruptions"]["samples"]]
    return f"The same test image with {len(names)} corruptions: {joined(names)}."


def _kinds(evaluation: Evaluation, kinds: Sequence[str]) -> str:
    titles = [evaluation["pictures"][name]["title"] for name in kinds]
    return f"A picture of each kind, and the 28 by 28 pixels that the models see: {'; '.join(titles)}."


def _likeness(measured: DigitLikeness) -> str:
    digits = percent(measured["at_threshold"]["digits"], 1)
    words = [f"{percent(share, 1)} of {kind}" for kind, share in measured["at_threshold"].items() if kind != "digits"]
    return f"The API flags {digits} of the digits as not one digit; of other pictures: {', '.join(words)}."
