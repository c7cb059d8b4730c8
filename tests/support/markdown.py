"""Code blocks, commands, links and anchors of the project's Markdown pages."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tests.support.template import ROOT as ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "training" / "data" / "README.md",
]
HISTORY = ROOT / "CHANGELOG.md"  # names commands and files of former versions
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
COMMAND_SPAN = re.compile(r"(make|\.venv/bin/python) [a-z-]")


@dataclass(frozen=True)
class Command:
    """A command of a page, split into words as by a shell."""

    page: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.words)

    def starts_with(self, prefix: str) -> bool:
        start = tuple(prefix.split())
        return self.words[: len(start)] == start


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(text: str, language: str) -> list[str]:
    """Return the contents of the fenced blocks of a language."""
    return [content for _, block_language, content in BLOCK.findall(text) if block_language == language]


def spans(text: str) -> list[str]:
    """Return the code spans outside of blocks."""
    return SPAN.findall(BLOCK.sub("", text))


def commands(page: Path) -> list[Command]:
    """Return each command once: of the `sh` blocks, and of code spans that begin like one."""
    text = page.read_text()
    lines = [line for block in blocks(text, "sh") for line in block.replace("\\\n", " ").splitlines()]
    lines += [span for span in spans(text) if COMMAND_SPAN.match(span)]
    return list(dict.fromkeys(Command(name(page), words) for line in lines for words in split(line)))


def all_commands() -> list[Command]:
    """Return each command of the pages once, as the first page has it."""
    pages = [page for page in reversed(PAGES) if page != HISTORY]
    return list({str(command): command for page in pages for command in commands(page)}.values())


def split(line: str) -> Iterator[tuple[str, ...]]:
    """Split a shell line without its comment at `&&` into commands."""
    for is_operator, words in groupby(shlex.split(line, comments=True), "&&".__eq__):
        if not is_operator:
            yield tuple(words)


def links(text: str) -> list[str]:
    return LINK.findall(BLOCK.sub("", text))


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub makes of the headings."""
    headings = HEADING.findall(BLOCK.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
