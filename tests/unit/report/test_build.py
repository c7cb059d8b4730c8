import gzip
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evaluation.schema import KINDS, Kind
from report import build, headline, page, results
from report.alternative_texts import alternative_texts
from report.captions import confusion, difference, mcnemar, rejection, significance
from report.command import FOLDER
from report.docs import BUNDLE
from report.formatting import format_confidence, p_value, percent, percent_range, scientific
from report.tables import Table

RESULTS = results.read(FOLDER)
EVALUATION = RESULTS.evaluation
SIZES = build.sizes(FOLDER)
MANIFEST = json.loads((BUNDLE / "manifest.json").read_text())["models"]
PAGES = {each.file: (FOLDER.parent / each.file).read_text() for each in (page.MODELS, page.SERVING)}
HTML = PAGES[page.MODELS.file]


def changed(**parts: Any) -> results.Results:
    """Return the committed results with other parts of the evaluation."""
    return replace(RESULTS, evaluation=EVALUATION | parts)  # type: ignore[arg-type]


def html(shown: results.Results) -> str:
    """Return report.html with other results."""
    return build.html(shown, SIZES)[page.MODELS.file]


@pytest.mark.parametrize("kind", KINDS)
def test_evaluation_is_of_the_committed_bundle(kind: Kind) -> None:
    stale = "the evaluation is stale: run .venv/bin/python -m evaluation"
    model, entry = EVALUATION["models"][kind], MANIFEST[kind]
    assert model["sha256"] == entry["sha256"], stale
    assert model["metrics"] == entry["metrics"], stale
    assert model["recipe"] == entry["recipe"]["name"], stale
    (served,) = (recipe for recipe in EVALUATION["recipes"] if recipe["served"] and recipe["kind"] == kind)
    assert (served["accuracy"], served["ece"]) == (entry["metrics"]["accuracy"], entry["metrics"]["ece"])
    assert served["bytes"] == entry["bytes"]


def test_committed_pages_are_rendered_from_committed_results() -> None:
    assert build.html(RESULTS, SIZES) == PAGES, "the report is stale: run .venv/bin/python -m report"


def test_page_shows_changed_numbers() -> None:
    models = json.loads(json.dumps(EVALUATION["models"]))
    models["tree"]["metrics"]["accuracy"] = 0.12345
    assert "12.35%" not in HTML
    assert "12.35%" in html(changed(models=models))


def test_every_figure_is_shown_with_alternative_text() -> None:
    both = "".join(PAGES.values())
    names = re.findall(r'src="report/([\w-]+)\.svg"', both)
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(names)
    texts = re.findall(r'alt="([^"]*)"', both)
    assert len(texts) == len(names)
    assert [text for text in texts if len(text) <= 40 or not text.endswith(".")] == []


@pytest.mark.parametrize("file", PAGES)
def test_page_has_no_inline_scripts_or_styles(file: str) -> None:
    assert not re.search(r"<style|style=|\son\w+=", PAGES[file])
    assert re.findall(r"<script[^>]*>([^<]*)</script>", PAGES[file]) == ["", ""]


@pytest.mark.parametrize("file", PAGES)
def test_contents_link_to_every_section(file: str) -> None:
    links = re.findall(r'<li><a href="#([\w-]+)">', PAGES[file])
    assert links == re.findall(r'<section id="([\w-]+)">', PAGES[file])
    assert set(re.findall(r'href="#([\w-]+)"', PAGES[file])) == set(links)


@pytest.mark.parametrize("file", PAGES)
def test_pages_link_to_each_other(file: str) -> None:
    links = re.findall(r'<a href="([\w.]+)"( aria-current="page")?>(?:Models|Serving)</a>', PAGES[file])
    assert links == [(other, ' aria-current="page"' if other == file else "") for other in PAGES]


def test_page_without_benchmark_is_alone() -> None:
    alone = build.html(replace(RESULTS, benchmark=None), SIZES)
    assert list(alone) == [page.MODELS.file]
    assert "serving.html" not in alone[page.MODELS.file]


def test_folded_parts_have_different_names() -> None:
    for text in PAGES.values():
        names = re.findall(r"<summary>(.*?)</summary>", text)
        assert len(names) == len(set(names)) == text.count("<details")
        assert min(map(len, names)) > 10


def numbers(shown: results.Results) -> list[str]:
    return list(headline.models(shown).numbers.values())


def test_headline_shows_accuracy_and_cold_start() -> None:
    models = json.loads(json.dumps(EVALUATION["models"]))
    models["mlp"]["metrics"]["accuracy"], models["tree"]["metrics"]["accuracy"] = 0.98765, 0.12345
    benchmark: Any = {"cold_start": {"ours": {"median": 0.4567}}}
    assert numbers(replace(changed(models=models), benchmark=benchmark)) == ["98.77%", "12.35%", "457 ms"]


def test_headline_without_benchmark_shows_latency() -> None:
    recipes: Any = [{"served": True, "kind": "mlp", "microseconds": 321.4}, {"served": False, "kind": "mlp"}]
    assert numbers(replace(changed(recipes=recipes), benchmark=None))[2] == "321 \N{MICRO SIGN}s"


def test_headline_names_the_model_with_fewer_mistakes_first() -> None:
    assert headline.models(RESULTS).sentence.startswith("The neural network classifies 10,000 test images of MNIST")
    models = EVALUATION["models"]
    swapped = headline.models(changed(models={"mlp": models["tree"], "tree": models["mlp"]}))
    assert swapped.sentence.startswith("The decision tree classifies")


def test_mcnemar_sentence_states_the_counts() -> None:
    counts = {"both_right": 1, "only_first_right": 2_345, "only_second_right": 67, "both_wrong": 3, "p_value": 0.2}
    text = mcnemar(changed(mcnemar=counts).evaluation)
    assert "2,345 are the neural network's and 67 the decision tree's. The difference is not" in text


def test_significance_follows_p_value() -> None:
    assert "not statistically significant" in significance(0.2)
    assert "is statistically significant" in significance(0.02)


def test_alternative_texts_contain_the_numbers() -> None:
    texts = alternative_texts(RESULTS)
    f1 = EVALUATION["models"]["tree"]["metrics"]["classes"]["f1"]
    assert f"decision tree from {min(f1):.1%} ({f1.index(min(f1))})" in texts["f1"]
    assert "handwriting" not in alternative_texts(changed(handwriting=[]))


def test_confusion_sentence_counts_mistakes() -> None:
    matrices = {kind: EVALUATION["models"][kind]["metrics"]["confusion_matrix"] for kind in KINDS}
    mistakes = [count for i, row in enumerate(matrices["mlp"]) for j, count in enumerate(row) if i != j]
    text = confusion(EVALUATION, "mlp")
    assert text.startswith(f"The neural network misclassifies {sum(mistakes):,} of 10,000 images; most often")
    assert text.endswith(f" ({max(mistakes)} times).")
    gains = [matrices["mlp"][k][k] - matrices["tree"][k][k] for k in range(10)]
    most = f"most on {gains.index(max(gains))} ({max(gains):+})."
    assert difference(EVALUATION) == f"MLP minus tree: {sum(gains):+,} correct predictions, {most}"


def test_rejection_sentence_names_best_score() -> None:
    kinds = ("letters", "scribbles", "noise", "letters vs printed digits")

    def text(**scores: float) -> str:
        auroc = {f"mlp: {name.replace('_', ' ')}": dict.fromkeys(kinds, value) for name, value in scores.items()}
        return rejection(changed(out_of_distribution={"auroc": auroc}).evaluation)

    assert text(highest_probability=0.9, energy=0.8).startswith("No score separates digits")
    best = text(highest_probability=0.9, energy=0.95)
    assert best.startswith("The best score is the energy (MLP)")
    assert "letters 0.950 (0.900)" in best


def test_templates_escape_text() -> None:
    source = '{% from "macros.html.j2" import table with context %}{{ table(one) }}'
    table = Table("<script>", ["<b>"], [["<i>", "&"]])
    html = page.environment().from_string(source).render(one=table, figures={})
    assert "<script>" not in html
    assert "&lt;i&gt;" in html
    assert "<td>&amp;</td>" in html


def test_recipe_without_handwriting_results_is_shown_as_dash() -> None:
    handwriting = json.loads(json.dumps(EVALUATION["handwriting"]))
    name = EVALUATION["recipes"][-1]["name"]
    del handwriting[0]["recipes"][name]
    assert "<td>\N{EN DASH}</td>" in html(changed(handwriting=handwriting))


def test_page_without_predictions_has_no_cards() -> None:
    shown = html(replace(RESULTS, predictions=None))
    assert shown.count("data-counts=") == 3
    assert not re.search(r'id="matrices"|id="hardest"|Choose a count|predictions\.json', shown)


def test_page_is_small() -> None:
    assert len(gzip.compress(HTML.encode())) < 20_000
    assert len(gzip.compress((FOLDER.parent / "js" / "report.js").read_bytes())) <= 4_200


@pytest.mark.slow  # matplotlib takes a second to import
def test_stale_figures_and_page_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "stale.svg").write_text("<svg/>")
    (tmp_path / "serving.html").touch()
    monkeypatch.setattr("report.figures.figures", lambda _: {})
    assert build.write_report(replace(RESULTS, benchmark=None), tmp_path) == [tmp_path / "report.html"]
    assert "<h1>" in (tmp_path / "report.html").read_text()
    assert list(folder.iterdir()) == []
    assert not (tmp_path / "serving.html").exists()


def test_confidence_is_never_rounded_to_certainty() -> None:
    shares = (1.0, 0.9996, 0.99949, 0.5, 0.0005, 0.0004, 0.0)
    expected = [">99.9%", ">99.9%", "99.9%", "50.0%", "0.1%", "<0.1%", "<0.1%"]
    assert [format_confidence(share) for share in shares] == expected


def test_number_formats() -> None:
    assert percent(0.99333) == "99.33%"
    assert percent_range((0.9915, 0.9947)) == "99.15\N{EN DASH}99.47%"
    assert scientific(3.36e-133).replace("\N{NO-BREAK SPACE}", " ") == "3.4 \N{MULTIPLICATION SIGN} 10⁻¹³³"
    assert p_value(0.0123).replace("\N{NO-BREAK SPACE}", " ") == "p = 0.012"
    assert p_value(0).startswith("p below")
