"""Report on disk: the pages in the site's folder, results and figures in its subfolder `report`."""

import re
from collections.abc import Callable
from pathlib import Path

from report import page
from report.alternative_texts import alternative_texts
from report.results import Results
from training.files import write_text

FOLDER = "report"  # of results and figures, beside the pages: their links are relative


def write_report(results: Results, site: Path, on_figure: Callable[[], object] = lambda: None) -> list[Path]:
    """Write the figures and the pages into the site's folder, and delete stale ones. Returns the pages' paths."""
    from report.figures import figures  # imports matplotlib, which takes a second
    from report.figures.svg import svg

    folder, names = site / FOLDER, figures(results)
    for name, draw in names.items():
        write_text(folder / f"{name}.svg", svg(draw))
        on_figure()
    for path in folder.glob("*.svg"):
        if path.stem not in names:
            path.unlink()
    written = html(results, sizes(folder))
    for file, text in written.items():
        write_text(site / file, text)
    if page.SERVING.file not in written:
        (site / page.SERVING.file).unlink(missing_ok=True)
    return [site / file for file in written]


def sizes(folder: Path) -> dict[str, tuple[int, int]]:
    """Read width and height of each figure in a folder, in CSS pixels."""
    by_name = {}
    for path in folder.glob("*.svg"):
        width, height = re.findall(r' (?:width|height)="([\d.]+)"', path.read_text()[:1_000])[:2]
        by_name[path.stem] = round(float(width)), round(float(height))
    return by_name


def html(results: Results, sizes: dict[str, tuple[int, int]]) -> dict[str, str]:
    """Render the pages, by their file, with the figures of these sizes."""
    texts = alternative_texts(results)
    shown = {name: page.Figure(name, text, *sizes[name]) for name, text in texts.items() if name in sizes}
    return {each.file: page.render(each, results, shown) for each in page.pages(results)}
