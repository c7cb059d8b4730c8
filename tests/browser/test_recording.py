"""Animation of the page: its frames, and the committed file of the README."""

from pathlib import Path

from PIL import Image, ImageChops, ImageSequence

from tests.browser.conftest import Open
from tests.support.audits.recording import HOLD, SIZE, record, save
from tests.support.browser.drawing import SEVEN
from tests.support.template import ROOT

MAX_SIZE = 2_000_000  # bytes


def test_recording_shows_the_drawing_and_the_answer(open_page: Open, tmp_path: Path) -> None:
    page = open_page(viewport={"width": SIZE[0], "height": SIZE[1]})
    frames = list(record(page, 7, SEVEN))
    assert len(frames) > 20
    assert [image.size for image, _ in frames] == [SIZE] * len(frames)
    assert frames[-1][1] == HOLD
    drawing = ImageChops.difference(frames[0][0], frames[20][0]).getbbox()
    answer = ImageChops.difference(frames[0][0], frames[-1][0]).getbbox()
    assert drawing is not None
    assert answer is not None
    assert drawing[0] < SIZE[0] / 2 < answer[2]  # the canvas is on the left, the answer on the right
    save(frames, tmp_path / "page.webp")
    with Image.open(tmp_path / "page.webp") as animation:
        assert (animation.size, animation.info["loop"]) == (SIZE, 0)
        assert 10 < len(list(ImageSequence.Iterator(animation))) <= len(frames)


def test_readme_shows_a_small_animation() -> None:
    file = ROOT / "docs" / "page.webp"
    assert "(docs/page.webp)" in (ROOT / "README.md").read_text()
    assert file.stat().st_size < MAX_SIZE
    with Image.open(file) as animation:
        assert (animation.format, animation.width) == ("WEBP", 800)
        assert len(list(ImageSequence.Iterator(animation))) > 30
