"""Reader of Markdown pages: blocks, commands, links and anchors."""

from pathlib import Path

import pytest

from tests.support import markdown
from tests.support.markdown import anchors, blocks, commands, links

PAGE = """# A page, & its `code`

See [a file](a.md#part) and `make test`, but not `make`.

```sh
make run     # a comment
git tag v1 && git push \\
  origin
```

1. A step:

   ```json
   {"link": "](nowhere)"}
   ```
"""


def test_commands_of_blocks_and_spans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "ROOT", tmp_path)
    (tmp_path / "page.md").write_text(PAGE)
    result = [str(command) for command in commands(tmp_path / "page.md")]
    assert result == ["make run", "git tag v1", "git push origin", "make test"]


def test_indented_block_is_found() -> None:
    assert blocks(PAGE, "json") == ['   {"link": "](nowhere)"}\n']


def test_links_outside_of_blocks() -> None:
    assert links(PAGE) == ["a.md#part"]


def test_anchor_has_no_punctuation() -> None:
    assert anchors(PAGE) == {"a-page--its-code"}
