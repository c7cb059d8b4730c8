"""Every kind of picture, by name."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from evaluation.pictures import boards, drawings, non_digits, photographs
from evaluation.pictures.boards import Board
from evaluation.pictures.photographs import FELT, GRAPHITE, Photograph
from evaluation.pictures.rulings import Ruling
from evaluation.strokes.files import Digit
from training.dataset import CLASSES
from training.strokes.canvas import Strokes

JPEG_QUALITY = 85
SEED = 0
RULED = Ruling((170, 190, 224), step=30, width=1.2)
MARGIN = Ruling((142, 166, 214), step=30, width=1.4, margin=True)
SQUARED = Ruling((175, 190, 214), step=18, width=1, columns=True)
SQUARED_DARK = Ruling((122, 126, 136), step=18, width=1.1, columns=True)
DOTTED = Ruling((150, 150, 156), step=18, width=1.8, rows=False, dots=True)

type Maker = Callable[[Strokes, Strokes, np.random.Generator], Image.Image]  # of a digit, and of another one


@dataclass(frozen=True)
class Kind:
    """One kind of picture."""

    title: str
    make: Maker
    labels: Sequence[int] = range(CLASSES)  # the digits of which there are such pictures
    is_digit: bool = True
    photograph: bool = False  # sent as JPEG


def _paper(title: str, scene: Photograph) -> Kind:
    return Kind(title, lambda strokes, _, rng: photographs.photograph(strokes, scene, rng), photograph=True)


def _board(title: str, board: Board) -> Kind:
    return Kind(title, lambda strokes, _, rng: boards.photograph(strokes, board, rng), photograph=True)


def _drawn(title: str, make: Callable[[Strokes], Image.Image], labels: Sequence[int] = range(CLASSES)) -> Kind:
    return Kind(title, lambda strokes, *_: make(strokes), labels)


KINDS: dict[str, Kind] = {
    "canvas": _drawn("Canvas", drawings.canvas),
    "paper-even-light": _paper("Paper, even light", Photograph()),
    "paper-light-falls-30": _paper("Paper, light falls off by 30%", Photograph(falloff=0.3)),
    "paper-light-falls-60": _paper("Paper, light falls off by 60%", Photograph(falloff=0.6)),
    "paper-hard-shadow": _paper("Paper, hard shadow", Photograph(shadow=0.3)),
    "paper-pencil": _paper("Paper, pencil", Photograph(color=GRAPHITE, broken=True)),
    "paper-marker": _paper("Paper, marker, light falls off", Photograph(color=FELT, pen=0.024, falloff=0.45)),
    "paper-night": _paper("Paper, noise of a night photograph", Photograph(falloff=0.2, noise=14)),
    "paper-desk": _paper("Paper, desk in view", Photograph(desk=True)),
    "paper-ruled": _paper("Ruled paper", Photograph(ruling=RULED)),
    "paper-ruled-margin": _paper("Ruled paper with margin", Photograph(ruling=MARGIN)),
    "paper-squared": _paper("Squared paper, light", Photograph(ruling=SQUARED)),
    "paper-squared-dark": _paper("Squared paper, dark", Photograph(ruling=SQUARED_DARK)),
    "paper-dotted": _paper("Dotted paper", Photograph(ruling=DOTTED)),
    "board-glare": _board("Whiteboard with glare", Board((152, 154, 157), (36, 62, 140), glare=100)),
    "board-pale-marker": _board("Whiteboard, pale marker", Board((206, 208, 210), (238, 172, 94), glare=50)),
    "board-chalk": _board("Blackboard with chalk dust", Board((62, 76, 68), (214, 217, 210), dust=16, falloff=0.3)),
    "frame-thin": _drawn("Frame of one pixel", lambda strokes: drawings.framed(strokes, 1, 0)),
    "frame-inset": _drawn("Gray frame, away from the edge", lambda strokes: drawings.framed(strokes, 2, 153, inset=4)),
    "page-dark": _drawn("White canvas on a dark page", lambda s: drawings.on_page(drawings.scan(s), 30, 40)),
    "page-white": _drawn("Black canvas on a white page", lambda s: drawings.on_page(drawings.canvas(s), 30, 255)),
    "form-cell": _drawn("Cell of a form", drawings.form_cell),
    "neighbor": Kind("Neighbor's ink at the edge", lambda s, other, rng: drawings.with_neighbor(s, other, 0.2, rng)),
    "underlined": _drawn("Underlined", drawings.underlined),
    "red-on-green": _drawn("Red on green", lambda s: drawings.colored(s, (220, 30, 30), (0, 140, 60))),
    "orange-on-pink": _drawn("Orange on pink", lambda s: drawings.colored(s, (255, 140, 0), (255, 105, 180))),
    "blue-on-brown": _drawn("Blue on brown", lambda s: drawings.colored(s, (30, 60, 220), (120, 70, 30))),
    "white-eraser": Kind("White eraser, transparent canvas", lambda s, other, _: drawings.erased(s, other)),
    "thick-pen-20": _drawn("Pen of 20% of the canvas", lambda strokes: drawings.canvas(strokes, 0.2)),
    "thick-pen-25": _drawn("Pen of 25% of the canvas", lambda strokes: drawings.canvas(strokes, 0.25)),
    "small": Kind("Small writing", lambda strokes, _, rng: drawings.small(strokes, 0.25, rng)),
    "slashed-zero": _drawn("Slashed zero", lambda strokes: drawings.slashed(strokes, 0), labels=(0,)),
    "slashed-zero-beyond": _drawn("Slashed zero, beyond it", lambda strokes: drawings.slashed(strokes, 0.2), (0,)),
    "two-digits": Kind("Two digits", lambda s, other, _: non_digits.two_digits(s, other), is_digit=False),
    "encircled": Kind("Encircled digit", lambda strokes, *_: non_digits.encircled(strokes), is_digit=False),
    "scribble": Kind("Scribble", lambda _, __, rng: non_digits.scribble(rng), is_digit=False),
}


def make(name: str, digits: Sequence[Digit], count: int) -> list[tuple[int, Image.Image]]:
    """Make `count` labeled pictures of a kind from recorded digits, the same each time."""
    kind, rng = KINDS[name], np.random.default_rng((SEED, list(KINDS).index(name)))
    made = []
    for number in range(count):
        label = kind.labels[number % len(kind.labels)]
        written = [digit for digit in digits if digit["label"] == label]
        digit, other = (among[int(rng.integers(len(among)))] for among in (written, digits))
        made.append((label, kind.make(digit["strokes"], other["strokes"], rng)))
    return made


def encode(name: str, image: Image.Image) -> tuple[str, bytes]:
    """Return the suffix and the content of a picture's file: JPEG of a photograph, else PNG."""
    suffix, file = "jpg" if KINDS[name].photograph else "png", io.BytesIO()
    image.save(file, "JPEG" if suffix == "jpg" else "PNG", quality=JPEG_QUALITY)
    return suffix, file.getvalue()
