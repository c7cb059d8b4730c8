"""What was measured comes in; the report goes out: `report.html`, and beside it a folder with its figures."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evaluation import predictions, sprites
from report import captions, figures, hardest_digits, page
from report.plotting import THEMES, drawing, svg
from report.sections import sections
from training.files import write_text

PAGE = "report.html"
TITLE = "Two models, measured"
DESCRIPTION = "How well the neural network and the decision tree read digits: every figure, and how it was measured."

type Evaluation = dict[str, Any]


def write_report(evaluation: Evaluation, folder: Path, on_figure: Callable[[], object] = lambda: None) -> Path:
    """Draw the figures into the folder and put the page beside the folder; both in place of the former ones."""
    wanted = set()
    for name, draw in figures.figures(evaluation).items():
        for theme in THEMES:
            with drawing(theme):
                path = folder / f"{name}-{theme.name}.svg"
                write_text(path, svg(draw(evaluation, theme)))
            wanted.add(path)
            on_figure()
    if "answers" in evaluation:
        given = evaluation["answers"]
        sprites.write_chosen(folder, predictions.labels(given), hardest_digits.chosen(given))
    for stale in set(folder.glob("*.svg")) - wanted:
        stale.unlink()
    write_text(folder.parent / PAGE, html(evaluation, sizes(folder)))
    return folder.parent / PAGE


def figure_count(evaluation: Evaluation) -> int:
    return len(figures.figures(evaluation)) * len(THEMES)


def sizes(folder: Path) -> dict[str, tuple[int, int]]:
    """Width and height of each figure in a folder, in CSS pixels."""
    found = {}
    for path in folder.glob("*-light.svg"):
        head = path.read_text()[:1_000]
        width, height = (re.search(rf' {side}="([\d.]+)"', head) for side in ("width", "height"))
        assert width is not None
        assert height is not None
        found[path.stem.removesuffix("-light")] = round(float(width[1])), round(float(height[1]))
    return found


def html(evaluation: Evaluation, measured: dict[str, tuple[int, int]]) -> str:
    """The page, of an evaluation and the sizes of its figures."""
    alternatives = captions.alternatives(evaluation)

    def show(name: str, caption: str) -> str:
        return page.picture(name, alternatives[name], caption, measured[name]) if name in measured else ""

    return page.document(TITLE, DESCRIPTION, captions.lead(evaluation), sections(evaluation, show))
