"""Line styles of the recipes: the served one solid and bold, the others dashed."""

from itertools import cycle
from typing import Any

from evaluation.schema import Evaluation, Kind

DASHES: tuple[Any, ...] = (":", (0, (4, 1.5)), (0, (6, 1, 1, 1)))


def line_styles(evaluation: Evaluation, kind: Kind) -> list[tuple[str, dict[str, Any]]]:
    """Return each recipe of a kind with its keyword arguments for `Axes.plot`."""
    dashes = cycle(DASHES)
    return [
        (
            recipe["recipe"],
            {"linestyle": "-", "linewidth": 2.2} if recipe["served"] else {"linestyle": next(dashes), "linewidth": 1.4},
        )
        for recipe in evaluation["recipes"]
        if recipe["kind"] == kind
    ]
