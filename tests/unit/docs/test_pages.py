"""Links, file names, figures and length of the project's Markdown pages."""

import json
import re
from pathlib import Path

import pytest

from digits import errors
from digits.errors import DigitsError
from tests.support.markdown import HISTORY, PAGES, ROOT, anchors, blocks, links, name, spans

PACKAGES = [
    "benchmarks",
    "deploy",
    "docs",
    "evaluation",
    "export",
    "frontend",
    "functions",
    "report",
    "server",
    "supply",
    "tests",
    "training",
    ".github",
]
FILE = re.compile(rf"({'|'.join(map(re.escape, PACKAGES))})/[a-z0-9_./-]*")
GITHUB = "../../actions/"  # relative to the repository's address on GitHub
MAX_README = 700  # words

per_page = pytest.mark.parametrize("page", PAGES, ids=name)


@per_page
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for link in links(page.read_text()):
        if link.startswith(("https://", "http://127.0.0.1", GITHUB)):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), f"{link} leads to no file"
        assert not anchor or anchor in anchors(target.read_text()), f"{link} leads to no heading"


@pytest.mark.parametrize("page", [page for page in PAGES if page != HISTORY], ids=name)
def test_named_files_exist(page: Path) -> None:
    missing = [span for span in spans(page.read_text()) if FILE.fullmatch(span) and not (ROOT / span).exists()]
    assert not missing


@per_page
def test_json_examples_are_json(page: Path) -> None:
    for block in blocks(page.read_text(), "json"):
        json.loads(block)


@per_page
def test_blocks_name_their_language(page: Path) -> None:
    fences = re.findall(r"^ *```.*$", page.read_text(), re.MULTILINE)
    assert all(fence.strip() != "```" for fence in fences[::2])
    assert all(fence.strip() == "```" for fence in fences[1::2])


def test_readme_is_short() -> None:
    text = re.sub(r"<!--.*?-->|\]\([^)]*\)|^\|[-:|]+\|$", " ", (ROOT / "README.md").read_text(), flags=re.MULTILINE)
    assert len([word for word in text.split() if re.search(r"\w", word)]) <= MAX_README


def test_api_page_lists_every_problem() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, DigitsError)]
    rows = {f"| {kind.status} | `{kind.type}` | {kind.title} |" for kind in kinds if kind is not DigitsError}
    page = (ROOT / "docs" / "api.md").read_text()
    assert set(re.findall(r"^\| \d{3} \|.*$", page, re.MULTILINE)) == rows


def test_api_page_names_every_route() -> None:
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text())["paths"]
    page = (ROOT / "docs" / "api.md").read_text()
    assert not [path for path in paths if not path.startswith("/api/v2") and f"{path}`" not in page]
