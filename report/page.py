"""Rendering of report.html by the templates."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks import schema as benchmarks
from evaluation import predictions, schema
from report import captions, tables
from report.confusion_matrices import confusion_matrices
from report.hardest_digits import hardest_digits
from report.results import Results
from report.serving import builds
from report.serving import captions as serving_captions
from report.serving import tables as serving_tables

TITLE = "Evaluation report"
DESCRIPTION = "Accuracy, calibration, robustness, latency and cost of the neural network and the decision tree."
SECTIONS = {  # title of each template in templates/sections
    "summary": "Summary",
    "recipes": "All recipes",
    "handwriting": "Handwriting",
    "classes": "Metrics per class",
    "confusion": "Confusion matrices",
    "predictions": "Predicted samples",
    "hardest": "Hardest digits",
    "roc": "ROC curves",
    "calibration": "Calibration",
    "robustness": "Robustness",
    "out-of-distribution": "Out-of-distribution images",
    "training": "Training curves",
    "data": "Data set",
    "serving": "Serving: cold start, latency, cost",
    "method": "Method",
}


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
        "serving_tables": serving_tables,
        "serving_captions": serving_captions,
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


def sections(results: Results) -> dict[str, str]:
    """Return id and title of the sections whose results exist."""
    optional = {
        "handwriting": results.evaluation["handwriting"],
        "predictions": results.predictions,
        "hardest": results.predictions,
        "training": results.evaluation["training"],
        "serving": results.benchmark,
    }
    return {name: title for name, title in SECTIONS.items() if optional.get(name, True)}


def render(results: Results, figures: dict[str, Figure]) -> str:
    """Render the page with the figures that exist, by name."""
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            title=TITLE,
            description=DESCRIPTION,
            sections=sections(results),
            evaluation=results.evaluation,
            benchmark=results.benchmark,
            matrices=confusion_matrices(results.evaluation),
            hardest=hardest_digits(results.predictions) if results.predictions else None,
            figures=figures,
        )
    )
