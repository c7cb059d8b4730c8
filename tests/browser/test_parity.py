"""Parity of the neural network in the browser with the server: same inputs, same probabilities."""

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

BATCH = 1000  # images sent to the browser at once
TYPICAL, LARGEST = 1e-6, 1e-3  # differences of probability: order of summation; a pixel one level off
PREPARE = """async () => {
  const { loadModel } = await import("/js/local/onnx.js");
  globalThis.run = loadModel(await (await fetch("/models/mlp.onnx")).arrayBuffer());
  globalThis.predictor = await import("/js/local/predictor.js");
  await predictor.save();
}"""
RUN = """(packed) => {
  const pixels = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  return Array.from({ length: pixels.length / 784 }, (_, i) => [
    ...run({ shape: [1, 28, 28], data: pixels.subarray(784 * i, 784 * (i + 1)) }).data,
  ]);
}"""
INPUTS = """async (drawings) => {
  const context = Object.assign(document.createElement("canvas"), { width: 28, height: 28 }).getContext("2d");
  const inputs = [];
  for (const drawing of drawings) {
    const image = new Image();
    image.src = await predictor.predict(drawing).then(({ input }) => input, ({ status }) => String(status));
    if (await image.decode().then(() => true, () => false)) {
      context.drawImage(image, 0, 0);
      inputs.push(context.getImageData(0, 0, 28, 28).data.filter((_, i) => i % 4 === 0).join());
    } else inputs.push(image.getAttribute("src"));
  }
  return inputs;
}"""


@pytest.fixture(scope="module")
def page(browser: Browser, site: str) -> Iterator[Page]:
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.goto(site)
    page.evaluate(PREPARE)
    yield page
    context.close()


def test_browser_probabilities_equal_onnxruntime(page: Page) -> None:
    images = load_test().images
    chunks = [base64.b64encode(images[i : i + BATCH].tobytes()).decode() for i in range(0, len(images), BATCH)]
    here = np.array([row for chunk in chunks for row in page.evaluate(RUN, chunk)], np.float32)
    there = Bundle()["mlp"].probabilities(images)
    assert here.shape == there.shape == (10_000, 10)
    assert np.count_nonzero(here.argmax(1) != there.argmax(1)) == 0
    differences = np.abs(here - there).max(1)
    assert np.count_nonzero(differences < TYPICAL) >= 9_900
    assert differences.max() < LARGEST


@pytest.mark.parametrize("kind", ["canvas", "photograph", "transparent", "any-size", "thin", "faint", "mnist"])
def test_browser_input_equals_the_servers(page: Page, kind: str) -> None:
    random = np.random.default_rng(len(kind))
    drawings = [make_drawing(kind, random) for _ in range(100)]
    here = page.evaluate(INPUTS, [data_url(encode(drawing)) for drawing in drawings])
    there = [server_input(drawing) for drawing in drawings]
    assert [browser == server for browser, server in zip(here, there, strict=True)] == [True] * 100
    assert there.count("422") < 50


def server_input(drawing: Image.Image) -> str:
    """Return the server's input as comma-separated levels, or its status when nothing is drawn."""
    try:
        return ",".join(map(str, normalize(drawing).ravel()))
    except NothingDrawn:
        return str(NothingDrawn.status)


def make_drawing(kind: str, random: np.random.Generator) -> Image.Image:
    """Draw random strokes as on a canvas, in a photograph, or on transparent paper."""
    if kind == "mnist":
        return Image.fromarray(load_test().images[random.integers(10_000)])
    width, height = (280, 280) if kind in ("canvas", "transparent") else random.integers(12, 500, 2).tolist()
    pen = {"thin": 0.004, "faint": 0.01}.get(kind, random.uniform(0.03, 0.12))
    ink = strokes(width, height, pen, random)
    if kind == "transparent":
        drawing = Image.new("RGBA", ink.size, (*random.integers(0, 256, 3).tolist(), 0))
        drawing.putalpha(ink)
        return drawing
    if kind == "photograph":
        paper = 200 - 0.6 * np.asarray(ink, float)[..., None] + random.normal(0, 6, (height, width, 3))
        return Image.fromarray(paper.clip(0, 255).astype(np.uint8))
    if kind == "canvas":
        return ink.convert("RGBA")
    paper, darkest = random.integers(0, 256, 2)
    levels: NDArray[np.float64] = paper + (int(darkest) - int(paper)) / 255 * np.asarray(ink, float)
    return Image.fromarray(levels.astype(np.uint8))


def strokes(width: int, height: int, pen: float, random: np.random.Generator) -> Image.Image:
    """Draw a polyline with smooth edges, white on black; `pen` is a share of the shorter side."""
    scale = 4  # oversampling, for smooth edges
    picture = Image.new("L", (scale * width, scale * height))
    corners = random.uniform(0.1, 0.9, (random.integers(2, 7), 2)) * picture.size * random.uniform(0.2, 1)
    ImageDraw.Draw(picture).line(
        [(x, y) for x, y in corners.tolist()], 255, max(1, round(pen * min(picture.size))), "curve"
    )
    return picture.resize((width, height), Image.Resampling.BOX)
