"""The evaluation comes in; the report's sections go out: words, tables and figures."""

from collections.abc import Callable
from typing import Any

from evaluation import handwriting
from evaluation.predictions import ANSWERS
from evaluation.results import EVALUATION
from report import captions, confusion_matrices, hardest_digits, page
from report.captions import NAMES
from report.formatting import NONE, between, capital, megabytes, microseconds, number, percent
from report.serving import section as serving
from training.dataset import CLASSES

SHORT = ("Network", "Tree")

type Evaluation = dict[str, Any]
type Show = Callable[[str, str], str]  # the name of a figure and a caption; empty where there is no such figure


def sections(evaluation: Evaluation, show: Show) -> list[page.Section]:
    """The report from top to bottom; without what was not measured."""
    parts = [
        _summary(evaluation),
        _recipes(evaluation),
        _drawn(evaluation, show),
        _classes(evaluation, show),
        _confusion(evaluation),
        hardest_digits.section(evaluation["answers"]) if "answers" in evaluation else None,
        _roc(evaluation, show),
        _calibration(evaluation, show),
        _robustness(evaluation, show),
        _strangers(evaluation, show),
        _training(evaluation, show),
        _data(evaluation, show),
        serving.section(evaluation["benchmark"], show) if "benchmark" in evaluation else None,
        _method(evaluation),
    ]
    return [part for part in parts if part is not None]


def _summary(evaluation: Evaluation) -> page.Section:
    models = evaluation["models"]
    recipes = {r["kind"]: r for r in evaluation["recipes"] if r["served"]}
    rows = [
        ["Accuracy", *(percent(models[kind]["metrics"]["accuracy"]) for kind in NAMES)],
        ["… 95% certainty", *(between(recipes[kind]["interval"]) for kind in NAMES)],
    ]
    for name, title in (("precision", "Precision"), ("recall", "Recall"), ("f1", "F1")):
        rows.append([f"{title}, weighted", *(percent(models[kind]["metrics"][name]) for kind in NAMES)])
        rows.append([f"{title}, macro", *(percent(models[kind]["metrics"]["macro"][name]) for kind in NAMES)])
    rows += [
        ["Calibration error (ECE)", *(f"{models[kind]['metrics']['ece']:.4f}" for kind in NAMES)],
        ["ONNX file", *(megabytes(recipes[kind]["bytes"]) for kind in NAMES)],
        ["One answer", *(microseconds(recipes[kind]["microseconds"]) for kind in NAMES)],
        ["Version", *(models[kind]["sha256"][:12] for kind in NAMES)],
    ]
    split = evaluation["mcnemar"]
    pairs = [
        ["Network right", f"{split['both']:,}", f"{split['first']:,}"],
        ["Network wrong", f"{split['second']:,}", f"{split['neither']:,}"],
    ]
    served = page.table("The two models that answer on the page", ["", *SHORT], rows)
    compared = page.table("Both on the same images", ["", "Tree right", "Tree wrong"], pairs)
    words = (
        "McNemar's test looks only at the images on which one model is right and the other wrong. "
        f"{captions.chance(split['p'])}"
    )
    return page.Section("summary", "In short", [page.row(served, page.row(compared, page.paragraph(words)))])


def _recipes(evaluation: Evaluation) -> page.Section:
    head = ["Recipe", "Accuracy", "95% certainty", "ECE", "ONNX file", "Size", "One answer", "Training"]
    rows = [
        [
            f"{_recipe_title(r['name'])}{' (served)' if r['served'] else ''}",
            percent(r["accuracy"]),
            between(r["interval"]),
            f"{r['ece']:.4f}",
            megabytes(r["bytes"]),
            f"{r['parameters']:,} weights" if "parameters" in r else f"{r['leaves']:,} leaves",
            microseconds(r["microseconds"]),
            f"{r['seconds']:,} s" if r["seconds"] else NONE,
        ]
        for r in evaluation["recipes"]
    ]
    words = (
        "“original” is the recipe of the application that this one replaces. One answer is the median time of "
        "onnxruntime for one image on one thread, in the quietest of ten rounds."
    )
    return page.Section(
        "recipes", "Every recipe", [page.table("Accuracy, honesty, size and speed", head, rows), page.paragraph(words)]
    )


def _drawn(evaluation: Evaluation, show: Show) -> page.Section | None:
    results = evaluation["drawn"]
    if not results:
        return None
    rows = [
        [
            f"{handwriting.title(result['file'])}, {result['placement']}",
            f"{result['digits']:,}",
            *(percent(result["accuracy"][kind], 1) for kind in NAMES),
        ]
        for result in results
    ]
    words = (
        "Recorded pen strokes, drawn as on the page's canvas and sent to the API: typical ones fill it well, careless "
        "ones are of any size and anywhere. The strokes served neither for training nor are they part of this project."
    )
    read = page.table("Read right", ["Strokes", "Digits", *SHORT], rows)
    every = page.table(
        "Read right, by every recipe",
        ["Recipe", *(f"{result['file'].split('_')[0]}, {result['placement']}" for result in results)],
        [
            [_recipe_title(r["name"]), *(percent(result["recipes"][r["name"]], 1) for result in results)]
            for r in evaluation["recipes"]
        ],
    )
    shown = page.row(show("drawn", "Read right, through the API."), read)
    return page.Section("drawn", "What people drew", [page.paragraph(words), shown, page.folded("Every recipe", every)])


def _classes(evaluation: Evaluation, show: Show) -> page.Section:
    rows = []
    for digit in range(CLASSES):
        cells = [str(digit), str(evaluation["models"]["mlp"]["metrics"]["classes"]["support"][digit])]
        for name in ("precision", "recall", "f1"):
            cells += [percent(evaluation["models"][kind]["metrics"]["classes"][name][digit], 1) for kind in NAMES]
        rows.append(cells)
    names = ("Precision", "Recall", "F1")
    head = ["Digit", "Images", *(f"{name}, {kind}" for name in names for kind in ("network", "tree"))]
    shown = show("f1", "Precision and recall of each digit in one figure; the higher the better.")
    return page.Section("classes", "Digit by digit", [page.row(shown, page.table("Each digit", head, rows))])


def _confusion(evaluation: Evaluation) -> page.Section:
    finding = " ".join(captions.confusion(evaluation, kind) for kind in NAMES)
    words = (
        "A row is what is true, a column what was answered; the more mistakes, the stronger the colour. In the "
        "difference it is the network's colour where its number is the larger, and the tree's where the tree's is: on "
        "the diagonal a plus is a gain of the network, elsewhere a minus is."
    )
    explore = "Choose a number, by touch or with the arrow keys and Enter, to see the digits that it counts."
    explorable = "answers" in evaluation
    parts = [
        page.paragraph(f"{finding} {captions.difference(evaluation)}"),
        page.paragraph(words),
        page.scripted(explore) if explorable else "",
        page.row(*confusion_matrices.tables(evaluation), name="matrices" if explorable else ""),
    ]
    return page.Section("confusion", "Which digits are taken for which", parts)


def _roc(evaluation: Evaluation, show: Show) -> page.Section:
    models = evaluation["models"]
    caption = "Found against false alarms, from certain to doubtful answers; thin lines are the digits."
    names = [(str(digit), f"{digit} against the rest") for digit in range(CLASSES)] + [("micro", "All pooled (micro)")]
    rows = [[title, *(f"{models[kind]['roc']['curves'][name]['auc']:.5f}" for kind in NAMES)] for name, title in names]
    rows.append(["Mean of the digits (macro)", *(f"{models[kind]['roc']['macro']:.5f}" for kind in NAMES)])
    shown = [show(f"roc-{kind}", caption) for kind in NAMES]
    areas = page.table("Area under the curve (AUC)", ["", *SHORT], rows)
    return page.Section("roc", "Finding a digit without false alarms", [page.row(*shown, areas)])


def _calibration(evaluation: Evaluation, show: Show) -> page.Section:
    words = (
        "Of the answers given with 80%, 80 in 100 should be right. The expected calibration error (ECE) is the mean "
        "distance from that, over 15 equally wide bins of the answer's probability; bins of under ten images are left "
        "out of the picture."
    )
    rows = [["ECE on the test images", *(f"{evaluation['models'][kind]['metrics']['ece']:.4f}" for kind in NAMES)]]
    written = {kind: evaluation["models"][kind]["calibration"] or {} for kind in NAMES}
    titles = {"ece_before": "ECE on validation images, before", "ece_after": "ECE on validation images, after"}
    for name in dict.fromkeys(name for found in written.values() for name in found):
        cells = [number(written[kind].get(name)) for kind in NAMES]
        rows.append([titles.get(name, f"Calibration: {name.replace('_', ' ')}"), *cells])
    bins = [
        page.table(
            f"Bins, {NAMES[kind]}",
            ["Mean probability", "Right", "Answers"],
            [
                [percent(one["confidence"], 1), percent(one["accuracy"], 1), f"{one['images']:,}"]
                for one in evaluation["models"][kind]["reliability"]
            ],
        )
        for kind in NAMES
    ]
    shown = [show(f"reliability-{kind}", "Below: how many answers.") for kind in NAMES]
    errors = page.table("Calibration error", ["", *SHORT], rows)
    parts = [page.paragraph(words), page.row(*shown, errors), page.folded("The bins", *bins)]
    return page.Section("calibration", "Are the probabilities honest?", parts)


def _robustness(evaluation: Evaluation, show: Show) -> page.Section:
    words = (
        f"All {evaluation['images']:,} test images, changed by code. It is the 28 by 28 image itself that is changed; "
        "a drawing on the page is centred and scaled first, which undoes most of shift and scale."
    )
    shown = page.row(
        *(
            show(f"robustness-{name}", "Read right. The served recipes have solid lines.")
            for name in evaluation["robustness"]
        )
    )
    tables = [
        page.table(
            f"{change['title']} ({change['unit']})",
            ["Recipe", *(f"{strength:g}" for strength in change["strengths"])],
            [[_recipe_title(name), *(percent(v, 1) for v in values)] for name, values in change["accuracy"].items()],
        )
        for change in evaluation["robustness"].values()
    ]
    parts = [page.paragraph(words), shown, page.folded("The numbers", *tables)]
    return page.Section("robustness", "When the images get worse", parts)


def _strangers(evaluation: Evaluation, show: Show) -> page.Section:
    found = evaluation["strangers"]
    words = (
        "Both models know ten digits and nothing else, so they call a letter a digit, too. Here they are shown letters "
        "(of fonts, bent like handwriting; none that looks like a digit), scribbles and noise, "
        f"{found['pictures']:,} of each, and as a control digits of the same fonts."
    )
    shown = [show(f"strangers-{kind}", "The sooner a line falls, the more doubt.") for kind in NAMES]
    sure = [
        [name.capitalize(), *(percent(a[kind]["sure"], 1) for kind in NAMES)] for name, a in found["confidence"].items()
    ]
    kinds = list(next(iter(found["auroc"].values())))
    best_first = sorted(found["auroc"].items(), key=lambda score: -float(score[1]["letters"]))
    areas = [[capital(captions.score(name)), *(f"{a[kind]:.3f}" for kind in kinds)] for name, a in best_first]
    explained = (
        "How well a score tells test digits from each kind: 1 is always, .5 is a coin. A score that also tells printed "
        "digits from test digits knows MNIST's style rather than what a digit is; the last column leaves style out."
    )
    parts = [
        page.paragraph(words),
        page.row(*shown, page.table("Answers with at least 90%", ["", *SHORT], sure)),
        page.paragraph(f"{captions.rejection(evaluation)} {explained}"),
        page.table("Telling digits from the rest (AUROC)", ["Score", *(kind.capitalize() for kind in kinds)], areas),
    ]
    return page.Section("strangers", "Letters, scribbles and noise", parts)


def _training(evaluation: Evaluation, show: Show) -> page.Section | None:
    histories = evaluation["training"]
    if not histories:
        return None
    shown = page.row(
        show("training-loss", "Training images are distorted anew in each epoch, which makes them harder."),
        show("training-accuracy", "Accuracy on training and validation images."),
        show("training-rate", "The learning rate at the end of each epoch."),
    )
    rows = [
        [
            recipe,
            str(len(history["loss"])),
            *(f"{history[name][-1]:.4f}" for name in ("loss", "val_loss")),
            *(percent(history[name][-1]) for name in ("accuracy", "val_accuracy")),
        ]
        for recipe, history in histories.items()
    ]
    head = ["Network", "Epochs", "Loss", "Validation loss", "Accuracy", "Validation accuracy"]
    return page.Section("training", "How the networks learned", [shown, page.table("At the last epoch", head, rows)])


def _data(evaluation: Evaluation, show: Show) -> page.Section:
    classes = evaluation["classes"]
    rows = [[str(digit), *(f"{counts[digit]:,}" for counts in classes.values())] for digit in range(CLASSES)]
    rows.append(["All", *(f"{sum(counts):,}" for counts in classes.values())])
    shown = [show("classes", "No digit is rare."), show("samples", "The first of each digit.")]
    head = ["Digit", *(name.capitalize() for name in classes)]
    table = page.table("Images of each digit (MNIST)", head, rows)
    return page.Section("data", "The images", [page.row(*shown, table), CREDIT])


CREDIT = (  # which the licence asks for, wherever the images are shown
    "<p>MNIST is by Yann LeCun, Corinna Cortes and Christopher J. C. Burges, under "
    '<a href="https://creativecommons.org/licenses/by-sa/3.0/" rel="license">CC BY-SA 3.0</a>.</p>'
)


def _method(evaluation: Evaluation) -> page.Section:
    machine = evaluation["machine"]
    words = (
        f"Every figure is measured on the served ONNX files themselves, with onnxruntime {machine['onnxruntime']} on "
        f"{machine['processor']}, and made of what is written there:"
    )
    files = [EVALUATION, *([ANSWERS] if "answers" in evaluation else [])]
    links = " and ".join(f'<a href="{page.FOLDER}/{name}">{name}</a>' for name in files)
    link = f"<p>{links}. To measure anew:</p>"
    command = "<pre><code>python -m training evaluate</code></pre>"
    serve = serving.method() if "benchmark" in evaluation else ""
    return page.Section("method", "How this was measured", [page.paragraph(words), link, command, serve])


def _recipe_title(name: str) -> str:
    kind, recipe = name.split("-", 1)
    return f"{NAMES[kind].split()[-1].capitalize()}, {recipe}"
