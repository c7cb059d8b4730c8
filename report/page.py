"""Words, numbers and names of figures come in; the HTML of headings, tables and pictures goes out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

FOLDER = "report"  # of the figures, beside the page


@dataclass(frozen=True)
class Section:
    """One part of the page, with its place in the table of contents."""

    name: str
    title: str
    parts: Sequence[str]

    def html(self) -> str:
        body = "\n".join(part for part in self.parts if part)
        return f'<section id="{self.name}">\n<h2>{escape(self.title)}</h2>\n{body}\n</section>'


def paragraph(text: str) -> str:
    return f"<p>{escape(text, quote=False)}</p>"


def scripted(text: str) -> str:
    """A paragraph on what a script adds."""
    return f"{paragraph(text)}\n<noscript><p>That alone needs JavaScript.</p></noscript>"


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column names the rows; a column may lack a name. It scrolls where the page is narrower."""
    cells = "".join(f'<th scope="col">{escape(name)}</th>' if name else "<td></td>" for name in head)
    lines = "\n".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    label = escape(caption)
    return (
        f'<div class="table" role="region" aria-label="{label}" tabindex="0"><table>\n<caption>{label}</caption>\n'
        f"<thead><tr>{cells}</tr></thead>\n<tbody>\n{lines}\n</tbody>\n</table></div>"
    )


def folded(summary: str, *parts: str) -> str:
    """What only some will want to read, closed at first."""
    return f"<details><summary>{escape(summary)}</summary>\n{'\n'.join(parts)}\n</details>"


def picture(name: str, finding: str, caption: str, size: tuple[int, int]) -> str:
    """A figure in the page's colours, light or dark. The alternative text says what there is to see."""
    width, height = size
    return (
        f'<figure>\n<picture><source media="(prefers-color-scheme: dark)" srcset="{FOLDER}/{name}-dark.svg">'
        f'<img src="{FOLDER}/{name}-light.svg" width="{width}" height="{height}" loading="lazy" '
        f'alt="{escape(finding)}"></picture>\n<figcaption>{escape(caption, quote=False)}</figcaption>\n</figure>'
    )


def row(*parts: str, name: str = "") -> str:
    """Figures and tables side by side, as many as there is room for; with a name, a script finds them."""
    shown = "\n".join(part for part in parts if part)
    return f'<div class="row"{f' id="{name}"' if name else ""}>\n{shown}\n</div>' if shown else ""


def document(title: str, description: str, lead: str, sections: Sequence[Section]) -> str:
    """The whole page: no inline script or style, as its content security policy wants it."""
    contents = "\n".join(f'<li><a href="#{s.name}">{escape(s.title)}</a></li>' for s in sections)
    body = "\n".join(section.html() for section in sections)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{escape(title)}</title>
<meta name="description" content="{escape(description)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#f5f3ee" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#131217" media="(prefers-color-scheme: dark)">
<meta property="og:title" content="{escape(title)}">
<meta property="og:description" content="{escape(description)}">
<meta property="og:image" content="social.png">
<meta name="twitter:card" content="summary_large_image">
<link rel="icon" href="favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="style.css">
<link rel="stylesheet" href="report.css">
<script src="js/theme.js"></script>
<script type="module" src="js/report.js"></script>
</head>
<body class="report">
<header>
<h1>{escape(title)}</h1>
<select id="theme" aria-label="Colours">
<option value="system">System</option>
<option value="light">Light</option>
<option value="dark">Dark</option>
</select>
<p class="lead">{escape(lead, quote=False)}</p>
<p><a href="./">Draw a digit and ask both</a></p>
</header>
<nav aria-label="Contents">
<ol>
{contents}
</ol>
</nav>
<main>
{body}
</main>
</body>
</html>
"""
