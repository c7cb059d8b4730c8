"""The network in the browser against the one on the server: the same pictures, the same answers, number for number."""

import base64
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page

from digits.errors import NothingDrawn
from digits.preprocess import normalize
from digits.registry import Bundle
from tests.support.pictures import data_url, encode
from training.dataset import load_test

AT_ONCE = 1000  # pictures that are handed to the browser
NEAR, FAR = 1e-6, 1e-3  # of probability: sums in another processor's order; a pixel one level off
PREPARE = """async () => {
  const { network } = await import("/js/local/onnx.js");
  globalThis.run = network(await (await fetch("/models/mlp.onnx")).arrayBuffer());
  globalThis.offline = await import("/js/local/predictor.js");
  await offline.keep();
}"""
RUN = """(packed) => {
  const pixels = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  return Array.from({ length: pixels.length / 784 }, (_, i) => [
    ...run({ shape: [1, 28, 28], data: pixels.subarray(784 * i, 784 * (i + 1)) }).data,
  ]);
}"""
SEE = """async (drawings) => {
  const context = Object.assign(document.createElement("canvas"), { width: 28, height: 28 }).getContext("2d");
  const seen = [];
  for (const drawing of drawings) {
    const image = new Image();
    image.src = await offline.answer(drawing).then(({ input }) => input, ({ status }) => String(status));
    if (await image.decode().then(() => true, () => false)) {
      context.drawImage(image, 0, 0);
      seen.push(context.getImageData(0, 0, 28, 28).data.filter((_, i) => i % 4 === 0).join());
    } else seen.push(image.getAttribute("src"));
  }
  return seen;
}"""


@pytest.fixture(scope="module")
def page(browser: Browser, site: str) -> Iterator[Page]:
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.goto(site)
    page.evaluate(PREPARE)
    yield page
    context.close()


def test_the_browser_reads_the_test_images_as_onnxruntime_does(page: Page) -> None:
    images = load_test().images
    chunks = [base64.b64encode(images[i : i + AT_ONCE].tobytes()).decode() for i in range(0, len(images), AT_ONCE)]
    here = np.array([row for chunk in chunks for row in page.evaluate(RUN, chunk)], np.float32)
    there = Bundle()["mlp"].probabilities(images)
    assert here.shape == there.shape == (10_000, 10)
    assert np.count_nonzero(here.argmax(1) != there.argmax(1)) == 0
    differences = np.abs(here - there).max(1)
    assert np.count_nonzero(differences < NEAR) >= 9_900
    assert differences.max() < FAR


@pytest.mark.parametrize("kind", ["sheet", "photograph", "clear", "any-size", "thin", "faint", "mnist"])
def test_the_browser_makes_the_servers_picture_of_a_drawing(page: Page, kind: str) -> None:
    random = np.random.default_rng(len(kind))
    drawings = [made(kind, random) for _ in range(100)]
    here = page.evaluate(SEE, [data_url(encode(drawing)) for drawing in drawings])
    there = [seen(drawing) for drawing in drawings]
    assert [mine == servers for mine, servers in zip(here, there, strict=True)] == [True] * 100
    assert there.count("422") < 50


def seen(drawing: Image.Image) -> str:
    """Normalize as the server does; nothing drawn: the status of its refusal."""
    try:
        return ",".join(map(str, normalize(drawing).ravel()))
    except NothingDrawn:
        return str(NothingDrawn.status)


def made(kind: str, random: np.random.Generator) -> Image.Image:
    """Draw strokes anywhere, as a sheet, a scan or a program with transparent paper has them."""
    if kind == "mnist":
        return Image.fromarray(load_test().images[random.integers(10_000)])
    width, height = (280, 280) if kind in ("sheet", "clear") else random.integers(12, 500, 2).tolist()
    pen = {"thin": 0.004, "faint": 0.01}.get(kind, random.uniform(0.03, 0.12))
    ink = strokes(width, height, pen, random)
    if kind == "clear":
        drawing = Image.new("RGBA", ink.size, (*random.integers(0, 256, 3).tolist(), 0))
        drawing.putalpha(ink)
        return drawing
    if kind == "photograph":
        paper = 200 - 0.6 * np.asarray(ink, float)[..., None] + random.normal(0, 6, (height, width, 3))
        return Image.fromarray(paper.clip(0, 255).astype(np.uint8))
    if kind == "sheet":
        return ink.convert("RGBA")
    paper, darkest = random.integers(0, 256, 2)
    levels: NDArray[np.float64] = paper + (int(darkest) - int(paper)) / 255 * np.asarray(ink, float)
    return Image.fromarray(levels.astype(np.uint8))


def strokes(width: int, height: int, pen: float, random: np.random.Generator) -> Image.Image:
    """Draw a polyline with soft edges, white on black; `pen` is in shares of the shorter side."""
    fine = 4  # times the resolution, for the edges
    picture = Image.new("L", (fine * width, fine * height))
    corners = random.uniform(0.1, 0.9, (random.integers(2, 7), 2)) * picture.size * random.uniform(0.2, 1)
    ImageDraw.Draw(picture).line(
        [(x, y) for x, y in corners.tolist()], 255, max(1, round(pen * min(picture.size))), "curve"
    )
    return picture.resize((width, height), Image.Resampling.BOX)
