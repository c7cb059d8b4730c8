"""What both models answered comes in; single digits go out, each with its picture, both answers and how sure they were.

Report.js makes the same cards for whatever cell is chosen.
"""

from html import escape
from typing import Any

import numpy as np

from evaluation import predictions, sprites
from evaluation.predictions import Answers, Indices
from report import page
from report.captions import NAMES
from report.formatting import sureness

SHORT = {"mlp": "Network", "tree": "Tree"}

type Evaluation = dict[str, Any]


def section(given: Answers) -> page.Section:
    """The hardest digits for both, and of each model the mistakes that it was surest of."""
    hard = predictions.hardest(given)
    missed = np.all([predictions.wrong(given, kind)[hard] for kind in NAMES], axis=0)
    words = (
        f"How hard a digit is: how little of their probability the two models give to what it is, in the mean. These "
        f"{len(hard)} of {len(given['labels']):,} got the least, the hardest first; both models are wrong about "
        f"{missed.sum()} of them. A cross stands for a wrong answer, and below it what the model "
        "gave to the true digit."
    )
    sure = [
        page.folded(f"The surest mistakes of the {name}", _cards(given, predictions.surest_mistakes(given, kind)))
        for kind, name in NAMES.items()
    ]
    return page.Section("hardest", "The hardest digits", [page.paragraph(words), _cards(given, hard), *sure])


def chosen(given: Answers) -> Indices:
    """Every digit that the section shows, in the order of the picture that has them all."""
    lists = [predictions.hardest(given), *(predictions.surest_mistakes(given, kind) for kind in NAMES)]
    return np.unique(np.concatenate(lists))


def _cards(given: Answers, indices: Indices) -> str:
    places = {index: place for place, index in enumerate(chosen(given).tolist())}
    cards = "\n".join(_card(given, index, places[index], len(places)) for index in indices.tolist())
    return f'<ol class="cards">\n{cards}\n</ol>'


def _card(given: Answers, index: int, place: int, images: int) -> str:
    label = given["labels"][index]
    (left, top), (width, height) = sprites.place(place), sprites.size(images)
    lines = "".join(_line(given, kind, index, label) for kind in NAMES)
    return (
        f'<li><svg viewBox="{left} {top} {sprites.SIDE} {sprites.SIDE}" role="img" aria-label="{label}">'
        f'<image href="{page.FOLDER}/{sprites.CHOSEN}" width="{width}" height="{height}"></image></svg>'
        f"<p><b>{label}</b> no. {index}</p><dl>{lines}</dl></li>"
    )


def _line(given: Answers, kind: str, index: int, label: str) -> str:
    one = given["models"][kind]
    answer, sure = one["answers"][index], escape(sureness(one["sure"][index] / predictions.WHOLE))
    if answer == label:
        return f"<dt>{SHORT[kind]}</dt><dd>{answer} {sure}</dd>"
    cross = '<span role="img" aria-label="wrong">\N{BALLOT X}</span>'
    rest = escape(sureness(one["truth"][str(index)] / predictions.WHOLE))
    return f'<dt>{SHORT[kind]}</dt><dd class="wrong">{answer} {cross} {sure}<small>{label}: {rest}</small></dd>'
