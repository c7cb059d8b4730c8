import itertools
import json
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import onnx.parser
import pytest

from digits.manifest import MANIFEST
from report import results
from report.alternative_texts import alternative_texts
from report.architecture import BUNDLE, Layer, layers
from report.build import sizes
from report.command import FOLDER
from report.results import Results

RESULTS = results.read(FOLDER)
COMMITTED = sorted(path.stem for path in FOLDER.glob("*.svg"))


def figures(results: Results) -> dict[str, Any]:
    from report.figures import figures  # imports matplotlib, which takes a second

    return dict(figures(results))


def labels(figure: str) -> list[str]:
    """Return the texts of a figure."""
    root = ElementTree.fromstring(figure)
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMITTED)
def test_committed_figure_is_drawn_from_committed_results(name: str) -> None:
    from report.figures.svg import svg

    figure = svg(figures(RESULTS)[name])
    assert (FOLDER / f"{name}.svg").read_text() == figure, "the figures are stale: run .venv/bin/python -m report"


@pytest.mark.slow  # matplotlib takes a second to import
def test_no_other_figures_are_committed() -> None:
    assert set(COMMITTED) == set(figures(RESULTS))


@pytest.mark.slow  # matplotlib takes a second to import
@pytest.mark.parametrize("name", ["paper", "ink", "quiet", "line", "tree", "mlp", "problem"])
def test_colors_are_those_of_the_page(name: str) -> None:
    from report.figures.style import DARK, LIGHT

    style = (FOLDER.parent / "style.css").read_text()
    light, dark = re.findall(rf"--{name}: light-dark\((#\w+), (#\w+)\)", style)[0]
    assert (getattr(LIGHT, name), getattr(DARK, name)) == (light, dark)


@pytest.mark.parametrize("name", COMMITTED)
def test_every_color_of_a_figure_has_a_dark_rule(name: str) -> None:
    figure = (FOLDER / f"{name}.svg").read_text()
    style = re.findall(r"<style>@media \(prefers-color-scheme:dark\)(.*?)</style>", figure)
    assert len(style) == 1
    for attribute, color in set(re.findall(r'<(?!style)[^>]* (fill|stroke)="(#\w+)"', figure)):
        assert f'[{attribute}="{color}"]' in style[0], color


def test_figures_have_no_inline_styles_or_dates() -> None:
    figure = (FOLDER / "reliability-tree.svg").read_text()
    assert "style=" not in figure
    assert not re.search(r"20\d\d-\d\d-\d\d", figure)


@pytest.mark.slow  # matplotlib takes a second to import
def test_figures_of_missing_results_are_left_out() -> None:
    bare: Any = RESULTS.evaluation | {"handwriting": [], "training": {}}
    names = figures(replace(RESULTS, evaluation=bare))
    assert not {name for name in names if name.startswith(("handwriting", "training"))}
    short: Any = RESULTS.evaluation | {"training": {"compact": {"loss": [1.0]}}}
    assert "training-rate" not in figures(replace(RESULTS, evaluation=short))


def test_sizes_are_read_from_figures() -> None:
    assert sizes(FOLDER)["f1"] == (320, 300)


def test_architecture_shows_layers_and_parameters_of_the_served_file() -> None:
    hidden = json.loads((BUNDLE / MANIFEST).read_text())["models"]["mlp"]["recipe"]["hidden"]
    sizes = [784, *hidden, 10]
    counts = [(inputs + 1) * units for inputs, units in itertools.pairwise(sizes)]
    shown = " ".join(labels((FOLDER / "architecture.svg").read_text()))
    for units, count in zip(sizes[1:], counts, strict=True):
        assert f"{units:,} units" in shown
        assert f"{count:,} parameters" in shown
    assert f"{sum(counts):,} parameters." in alternative_texts(RESULTS)["architecture"]


def test_architecture_of_another_model_has_its_layers() -> None:
    graph = onnx.parser.parse_graph("""
        mlp (float[n, 6] x) => (float[n, 2] y)
        <float[6, 4] a = {0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}, float[4] b = {0,0,0,0},
         float[4, 2] c = {0,0,0,0,0,0,0,0}, float[2] d = {0,0}> {
            p = MatMul(x, a)
            q = Add(p, b)
            r = Relu(q)
            s = MatMul(r, c)
            t = Add(s, d)
            y = Softmax(t)
        }
    """)
    dense = layers(graph)
    assert dense == [Layer(6, 4, "ReLU"), Layer(4, 2, "softmax")]
    assert [layer.parameters for layer in dense] == [28, 10]
