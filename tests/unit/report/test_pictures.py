import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evaluation.schema import DigitLikeness
from report import build, results
from report.command import FOLDER
from report.pictures import tables
from report.pictures.alternative_texts import alternative_texts, groups
from report.results import Results

RESULTS = results.read(FOLDER)
SIZES = build.sizes(FOLDER)
LIKENESS: DigitLikeness = {
    "threshold": 0.31,
    "images": {"digits": 1_000, "scribble": 100},
    "thresholds": [0.1, 0.2, 0.4],
    "flagged": {"digits": [0.0, 0.01, 0.05], "scribble": [0.5, 0.925, 1.0]},
    "at_threshold": {"digits": 0.008, "scribble": 0.875},
}


@pytest.fixture
def evaluation() -> Any:
    return copy.deepcopy(RESULTS.evaluation)


def with_likeness() -> Results:
    return replace(RESULTS, evaluation=RESULTS.evaluation | {"digit_likeness": LIKENESS})


def test_corruption_table_has_a_row_for_each_and_the_mean(evaluation: Any) -> None:
    name = evaluation["recipes"][1]["name"]
    evaluation["corruptions"]["accuracy"]["fog"][name] = 0.12345
    evaluation["corruptions"]["mean"][name] = 0.54321
    table = tables.corruptions(evaluation)
    rows = {row[0]: row for row in table.rows}
    assert len(rows) == 16
    assert (rows["Fog"][2], rows["Mean"][2]) == ("12.3%", "54.3%")


def test_recipe_without_corruptions_is_shown_as_dash(evaluation: Any) -> None:
    evaluation["corruptions"]["accuracy"]["fog"].pop(evaluation["recipes"][-1]["name"], None)
    rows = {row[0]: row for row in tables.corruptions(evaluation).rows}
    assert rows["Fog"][-1] == "\N{EN DASH}"


def test_kinds_table_has_the_answers(evaluation: Any) -> None:
    kind = evaluation["pictures"]["canvas"]
    kind |= {"right": {"mlp": 0.51, "tree": 0.52}, "surely_wrong": {"mlp": 0.03, "tree": 0.04}}
    kind |= {"refused": 0.05, "flagged": 0.06}
    table = tables.kinds(evaluation)
    assert table.head[1:3] == ["Right, MLP", "Right, Tree"]
    assert table.rows[0] == ["Canvas", "51%", "52%", "3%", "4%", "5%", "6%"]
    (scribble,) = (row for row in table.rows if row[0] == "Scribble")
    assert scribble[1:3] == ["\N{EN DASH}", "\N{EN DASH}"]


def test_likeness_table_compares_kinds_where_one_of_100_digits_is_flagged() -> None:
    assert tables.likeness(LIKENESS).rows == [
        ["Digits", "1,000", "0.8%", "1.0%"],
        ["Scribble", "100", "87.5%", "92.5%"],
    ]


def test_alternative_texts_contain_the_numbers(evaluation: Any) -> None:
    served = next(recipe["name"] for recipe in evaluation["recipes"] if recipe["served"])
    for accuracy in evaluation["corruptions"]["accuracy"].values():
        accuracy[served] = 0.9
    evaluation["corruptions"]["accuracy"]["stripe"][served] = 0.07
    evaluation["corruptions"]["mean"][served] = 0.75
    texts = alternative_texts(evaluation)
    assert "neural network 75.0% on average, from 7.0% (stripe) to 90.0% (shot noise)" in texts["corruptions"]
    assert "15 corruptions: shot noise, " in texts["corruption-samples"]
    del evaluation["digit_likeness"]
    assert "digit-likeness" not in alternative_texts(evaluation)
    flagged = alternative_texts(evaluation | {"digit_likeness": LIKENESS})["digit-likeness"]
    assert flagged == "The API flags 0.8% of the digits as not one digit; of other pictures: 87.5% of scribble."


def test_groups_cover_every_kind_once(evaluation: Any) -> None:
    assert [name for kinds in groups(evaluation).values() for name in kinds] == list(evaluation["pictures"])
    assert max(map(len, groups(evaluation).values())) <= 10


def test_likeness_section_is_shown_if_it_was_measured() -> None:
    shown = build.html(with_likeness(), SIZES | {"digit-likeness": (320, 360)})["report.html"]
    assert "Below 0.31 the API flags" in shown
    assert 'src="report/digit-likeness.svg"' in shown
    without = replace(RESULTS, evaluation={k: v for k, v in RESULTS.evaluation.items() if k != "digit_likeness"})  # type: ignore[arg-type]
    assert "Is it one digit?" not in build.html(without, SIZES)["report.html"]


@pytest.mark.slow  # matplotlib takes a second to import
def test_likeness_figure_has_a_line_for_each_kind() -> None:
    from report.figures import figures

    axes = figures(with_likeness())["digit-likeness"]().axes[0]
    line, dots = axes.lines
    assert line.get_label() == "scribble"
    assert np.asarray(line.get_xydata()).tolist() == [[0.01, 0.925], [0.05, 1.0]]
    assert np.asarray(dots.get_xydata()).tolist() == [[0.008, 0.875]]


@pytest.mark.slow  # matplotlib takes a second to import
def test_refused_example_is_named_in_the_figure(evaluation: Any) -> None:
    from report.figures.pictures import kinds

    evaluation["pictures"]["canvas"]["input"] = None
    figure = kinds(evaluation, ["canvas"])
    assert [text.get_text() for axes in figure.axes for text in axes.texts] == ["refused"]
    assert figure.axes[0].get_title() == "Canvas"


@pytest.mark.slow  # matplotlib takes a second to import
def test_color_pictures_are_embedded_as_webp(evaluation: Any) -> None:
    from report.figures.pictures import corruption_samples, kinds
    from report.figures.svg import svg

    assert "data:image/webp" in svg(lambda: kinds(evaluation, ["orange-on-pink"]))
    assert "data:image/webp" not in svg(lambda: corruption_samples(evaluation))
