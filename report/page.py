"""Pages of the report, report.html on the models and serving.html on the benchmark, rendered by the templates."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks import schema as benchmarks
from evaluation import predictions, schema
from report import captions, headline, tables
from report.confusion_matrices import confusion_matrices
from report.hardest_digits import hardest_digits
from report.pictures import tables as picture_tables
from report.pictures.alternative_texts import groups
from report.results import Results
from report.serving import builds
from report.serving import captions as serving_captions
from report.serving import tables as serving_tables


@dataclass(frozen=True)
class Page:
    """A page, and the titles of its sections by id: each has a template in templates/FOLDER."""

    file: str
    link: str  # text of the links to it
    title: str
    description: str
    script: str
    folder: str
    sections: dict[str, str]


MODELS = Page(
    file="report.html",
    link="Models",
    title="Evaluation report",
    description="Accuracy, calibration and robustness of the neural network and the decision tree.",
    script="js/report.js",
    folder="models",
    sections={
        "summary": "Summary",
        "recipes": "All recipes",
        "handwriting": "Handwriting",
        "pictures": "Kinds of pictures",
        "classes": "Metrics per class",
        "confusion": "Confusion matrices",
        "predictions": "Predicted samples",
        "hardest": "Hardest digits",
        "roc": "ROC curves",
        "calibration": "Calibration",
        "robustness": "Robustness",
        "corruptions": "Corruptions",
        "out-of-distribution": "Out-of-distribution images",
        "digit-likeness": "Is it one digit?",
        "training": "Training curves",
        "data": "Data set",
        "serving": "Serving",
        "method": "Method",
    },
)
SERVING = Page(
    file="serving.html",
    link="Serving",
    title="Serving benchmark",
    description="Cold start, latency, throughput, memory and cost of the function on AWS Lambda and as a server.",
    script="js/details.js",
    folder="serving",
    sections={
        "cold-start": "Cold start",
        "warm": "Warm latency",
        "http": "HTTP throughput",
        "memory": "Memory and package size",
        "cost": "Cost",
        "scale": "Capacity",
        "method": "Method",
    },
)


@dataclass(frozen=True)
class Figure:
    """An SVG in the folder `report`, with its size in CSS pixels."""

    name: str
    alternative_text: str
    width: int
    height: int


@cache
def environment() -> Environment:
    """Return the templates' environment: autoescape, and an error for each undefined name."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.globals |= {
        "tables": tables,
        "captions": captions,
        "builds": builds,
        "picture_tables": picture_tables,
        "picture_groups": groups,
        "serving_tables": serving_tables,
        "serving_captions": serving_captions,
        "serving_headline": headline.serving,
        "kinds": schema.KINDS,
        "files": {"evaluation": schema.FILE, "predictions": predictions.FILE, "benchmark": benchmarks.FILE},
        "commands": {"evaluation": schema.COMMAND, "benchmark": benchmarks.COMMAND},
        "sprite": {
            "side": predictions.SPRITE_SIDE,
            "name": predictions.HARDEST_SPRITE,
            "size": predictions.sprite_size,
        },
    }
    return templates


def pages(results: Results) -> list[Page]:
    """Return the pages whose results exist."""
    return [MODELS, SERVING] if results.benchmark else [MODELS]


def sections(page: Page, results: Results) -> dict[str, str]:
    """Return id and title of the sections whose results exist."""
    optional = {
        "handwriting": results.evaluation["handwriting"],
        "digit-likeness": results.evaluation.get("digit_likeness"),
        "predictions": results.predictions,
        "hardest": results.predictions,
        "training": results.evaluation["training"],
        "serving": results.benchmark,
    }
    return {name: title for name, title in page.sections.items() if optional.get(name, True)}


def render(page: Page, results: Results, figures: dict[str, Figure]) -> str:
    """Render a page with the figures that exist, by name."""
    top = headline.serving(results.benchmark) if page is SERVING and results.benchmark else headline.models(results)
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            pages=pages(results),
            headline=top,
            sections=sections(page, results),
            evaluation=results.evaluation,
            benchmark=results.benchmark,
            matrices=confusion_matrices(results.evaluation),
            hardest=hardest_digits(results.predictions) if results.predictions else None,
            figures=figures,
        )
    )
