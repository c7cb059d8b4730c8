import gzip
import json
import re
from pathlib import Path

import pytest

from digits.registry import BUNDLE
from evaluation import results
from evaluation.evaluate import FOLDER, Evaluation
from report import build
from report.build import PAGE
from report.captions import alternatives, chance, confusion, difference, lead, rejection
from report.formatting import between, percent, probability, scientific, sureness
from report.page import table

EVALUATED: Evaluation = results.read(FOLDER)
MANIFEST = json.loads((Path(BUNDLE) / "manifest.json").read_text())["models"]
HTML = (FOLDER.parent / PAGE).read_text()


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_evaluation_and_manifest_tell_the_same_of_the_same_files(kind: str) -> None:
    stale = "the evaluation is stale: run .venv/bin/python -m training evaluate"
    model, entry = EVALUATED["models"][kind], MANIFEST[kind]
    assert model["sha256"] == entry["sha256"], stale
    assert model["metrics"] == entry["metrics"], stale
    assert model["recipe"] == entry["recipe"]["name"], stale
    (served,) = (r for r in EVALUATED["recipes"] if r["served"] and r["kind"] == kind)
    assert {name: served[name] for name in ("accuracy", "ece")} == {n: entry["metrics"][n] for n in ("accuracy", "ece")}
    assert served["bytes"] == entry["bytes"]


def test_page_is_made_of_the_evaluation() -> None:
    stale = "the report is stale: run .venv/bin/python -m training evaluate --from-json"
    assert build.html(EVALUATED, build.sizes(FOLDER)) == HTML, stale


def test_page_follows_the_numbers() -> None:
    changed = json.loads(json.dumps(EVALUATED))
    changed["models"]["tree"]["metrics"]["accuracy"] = 0.12345
    assert "12.35%" not in HTML
    assert "12.35%" in build.html(changed, build.sizes(FOLDER))


def test_every_picture_is_there_for_both_themes_and_says_its_finding() -> None:
    names = re.findall(r'src="report/([\w-]+)-light\.svg"', HTML)
    assert re.findall(r'srcset="report/([\w-]+)-dark\.svg"', HTML) == names
    assert {path.stem for path in FOLDER.glob("*.svg")} == {f"{name}-{t}" for name in names for t in ("light", "dark")}
    said = re.findall(r'alt="([^"]*)"', HTML)
    assert len(said) == len(names)
    assert all(len(words) > 40 and words.endswith(".") for words in said)


def test_nothing_is_inline() -> None:
    assert not re.search(r"<style|style=|\son\w+=", HTML)
    assert re.findall(r"<script[^>]*>([^<]*)</script>", HTML) == ["", ""]


def test_contents_lead_to_every_section() -> None:
    assert re.findall(r'<li><a href="#([\w-]+)">', HTML) == re.findall(r'<section id="([\w-]+)">', HTML)


def test_lead_says_who_is_better_whichever_it_is() -> None:
    assert lead(EVALUATED).startswith("The neural network reads")
    models = EVALUATED["models"]
    swapped = EVALUATED | {"models": {"mlp": models["tree"], "tree": models["mlp"]}}
    assert lead(swapped).startswith("The decision tree reads")


def test_chance_is_not_taken_for_proof() -> None:
    assert "neither is shown to be better" in chance(0.2)
    assert "once in 50 times" in chance(0.02)
    assert "all but never" in chance(1e-9)


def test_alternative_texts_name_the_figures() -> None:
    said = alternatives(EVALUATED)
    f1 = EVALUATED["models"]["tree"]["metrics"]["classes"]["f1"]
    assert f"the decision tree from {min(f1):.1%} ({f1.index(min(f1))})" in said["f1"]
    assert "drawn" not in alternatives(EVALUATED | {"drawn": []})


def test_confusion_is_told_in_words() -> None:
    matrix = EVALUATED["models"]["mlp"]["metrics"]["confusion_matrix"]
    wrong = sum(count for i, row in enumerate(matrix) for j, count in enumerate(row) if i != j)
    most = max(count for i, row in enumerate(matrix) for j, count in enumerate(row) if i != j)
    told = confusion(EVALUATED, "mlp")
    assert told.startswith(f"Of 10,000 answers of the neural network {wrong:,} are wrong, most often ")
    assert told.endswith(f" ({most} times).")
    gains = [EVALUATED["models"]["mlp"]["metrics"]["confusion_matrix"][k][k] for k in range(10)]
    gains = [gain - EVALUATED["models"]["tree"]["metrics"]["confusion_matrix"][k][k] for k, gain in enumerate(gains)]
    most_gained = f"the most on {gains.index(max(gains))} ({max(gains):+})."
    assert difference(EVALUATED) == f"Network minus tree: {sum(gains):+,} right answers, {most_gained}"


def test_score_that_is_served_is_told_from_one_that_is_only_best() -> None:
    kinds = ("letters", "scribbles", "noise", "letters from printed digits")

    def told(**scores: float) -> str:
        auroc = {f"mlp: {name.replace('_', ' ')}": dict.fromkeys(kinds, value) for name, value in scores.items()}
        if "digit_likeness" in scores:
            auroc["mlp: digit_likeness"] = auroc.pop("mlp: digit likeness")
        return rejection({"strangers": {"auroc": auroc}})

    assert "none is served" in told(highest_probability=0.9, energy=0.8)
    assert told(highest_probability=0.9, energy=0.95).startswith("The best score, not served, is the network's energy")
    served = told(highest_probability=0.9, energy=0.95, digit_likeness=0.94)
    assert served.startswith("The network also answers with a digit_likeness")
    assert "letters 0.940 (0.900)" in served


def test_words_are_escaped() -> None:
    assert "<script>" not in table("<script>", ["<b>"], [["<i>", "&"]])
    assert "&lt;i&gt;" in table("a", ["b"], [["<i>", "c"]])


def test_without_single_answers_there_is_nothing_to_explore() -> None:
    bare = {name: part for name, part in EVALUATED.items() if name != "answers"}
    html = build.html(bare, build.sizes(FOLDER))
    assert html.count("data-counts=") == 3
    assert not re.search(r'id="matrices"|id="hardest"|Choose a number|answers\.json', html)


def test_page_is_small() -> None:
    assert len(gzip.compress(HTML.encode())) < 20_000
    assert len(gzip.compress((FOLDER.parent / "js" / "report.js").read_bytes())) <= 4 * 1024


def test_probabilities_are_never_rounded_to_certainty() -> None:
    shares = (1.0, 0.9996, 0.99949, 0.5, 0.0005, 0.0004, 0.0)
    assert [sureness(share) for share in shares] == [">99.9%", ">99.9%", "99.9%", "50.0%", "0.1%", "<0.1%", "<0.1%"]


def test_numbers_are_written_as_people_write_them() -> None:
    assert percent(0.99333) == "99.33%"
    assert between((0.9915, 0.9947)) == "99.15\N{EN DASH}99.47%"
    assert scientific(3.36e-133).replace("\N{NO-BREAK SPACE}", " ") == "3.4 \N{MULTIPLICATION SIGN} 10⁻¹³³"
    assert probability(0.0123).replace("\N{NO-BREAK SPACE}", " ") == "p = 0.012"
    assert probability(0).startswith("p below")
