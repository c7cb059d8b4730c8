"""Report on disk: report.html in the site's folder, results and figures in its subfolder `report`."""

import re
from collections.abc import Callable
from pathlib import Path

from report import page
from report.alternative_texts import alternative_texts
from report.results import Results
from training.files import write_text

PAGE = "report.html"
FOLDER = "report"  # of results and figures, beside the page: its links are relative


def write_report(results: Results, site: Path, on_figure: Callable[[], object] = lambda: None) -> Path:
    """Write the figures and the page into the site's folder, and delete other figures. Returns the page's path."""
    from report.figures import figures  # imports matplotlib, which takes a second
    from report.figures.svg import svg

    folder, names = site / FOLDER, figures(results)
    for name, draw in names.items():
        write_text(folder / f"{name}.svg", svg(draw))
        on_figure()
    for path in folder.glob("*.svg"):
        if path.stem not in names:
            path.unlink()
    write_text(site / PAGE, html(results, sizes(folder)))
    return site / PAGE


def sizes(folder: Path) -> dict[str, tuple[int, int]]:
    """Read width and height of each figure in a folder, in CSS pixels."""
    by_name = {}
    for path in folder.glob("*.svg"):
        width, height = re.findall(r' (?:width|height)="([\d.]+)"', path.read_text()[:1_000])[:2]
        by_name[path.stem] = round(float(width)), round(float(height))
    return by_name


def html(results: Results, sizes: dict[str, tuple[int, int]]) -> str:
    """Render the page with the figures of these sizes."""
    texts = alternative_texts(results)
    shown = {name: page.Figure(name, text, *sizes[name]) for name, text in texts.items() if name in sizes}
    return page.render(results, shown)
