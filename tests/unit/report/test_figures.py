import re
from xml.etree import ElementTree

import pytest

from evaluation.evaluate import FOLDER, Evaluation
from evaluation.results import read
from report.build import sizes
from report.figures import figures
from report.plotting import THEMES, Theme, drawing, svg

EVALUATED: Evaluation = read(FOLDER)
LIGHT, DARK = THEMES


def draw(name: str, theme: Theme = LIGHT, evaluation: Evaluation = EVALUATED) -> str:
    with drawing(theme):
        return svg(figures(evaluation)[name](evaluation, theme))


def words(drawn: str) -> list[str]:
    root = ElementTree.fromstring(drawn)
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("name", figures(EVALUATED))
def test_committed_figures_are_drawn_of_the_committed_numbers(name: str) -> None:
    stale = "the figures are stale: run .venv/bin/python -m training evaluate --from-json"
    assert (FOLDER / f"{name}-light.svg").read_text() == draw(name), stale
    assert (FOLDER / f"{name}-dark.svg").is_file(), stale


def test_no_other_figures_are_committed() -> None:
    expected = {f"{name}-{theme.name}.svg" for name in figures(EVALUATED) for theme in THEMES}
    assert {path.name for path in FOLDER.glob("*.svg")} == expected


def test_colours_are_those_of_the_page() -> None:
    style = (FOLDER.parent / "style.css").read_text()
    for name in ("paper", "ink", "quiet", "line", "tree", "mlp", "problem"):
        light, dark = re.findall(rf"--{name}: light-dark\((#\w+), (#\w+)\)", style)[0]
        assert (getattr(LIGHT, name), getattr(DARK, name)) == (light, dark), name


def test_light_and_dark_differ_in_colours_alone() -> None:
    light, dark = draw("f1"), draw("f1", DARK)
    for theme, drawn, other in ((LIGHT, light, DARK), (DARK, dark, LIGHT)):
        assert theme.paper in drawn
        assert other.paper not in drawn
    colour = r"#[0-9a-f]{6}|#?\b[mp][0-9a-f]{10}"  # and the names that are made of what is drawn
    assert re.sub(colour, "", light) == re.sub(colour, "", dark)


def test_figures_have_no_inline_styles_nor_dates() -> None:
    drawn = draw("reliability-tree")
    assert "<style" not in drawn
    assert "style=" not in drawn
    assert not re.search(r"20\d\d-\d\d-\d\d", drawn)


def test_what_was_not_measured_is_not_drawn() -> None:
    bare = EVALUATED | {"drawn": [], "training": {}}
    assert not {name for name in figures(bare) if name.startswith(("drawn", "training"))}
    assert "training-rate" not in figures(EVALUATED | {"training": {"compact": {"loss": [1.0]}}})


def test_sizes_are_read_from_the_figures() -> None:
    assert sizes(FOLDER)["f1"] == (320, 300)
