"""Parity of the models in the browser with onnxruntime and the server: same inputs and outputs."""

import base64
from collections.abc import Iterator

import numpy as np
import onnxruntime as ort
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page

from digits import likeness
from digits.errors import NothingDrawn
from digits.preprocess import normalize
from digits.registry import Bundle
from tests.support.pictures import data_url, encode
from tests.support.template import ROOT
from training.dataset import Images, load_test

FILES = {
    "mlp": ROOT / "functions" / "digits" / "models" / "mlp.onnx",
    "tree": ROOT / "functions" / "digits" / "models" / "tree.onnx",
    "preview": ROOT / "frontend" / "preview" / "mlp.onnx",
}
BATCH = 1000  # images sent to the browser at once
TYPICAL, LARGEST = 1e-6, 1e-3  # differences of probability: order of summation; a pixel one level off
PREPARE = """async () => {
  const { loadModel } = await import("/js/local/onnx.js");
  const load = async (path) => loadModel(await (await fetch(path)).arrayBuffer());
  const names = { mlp: "/models/mlp.onnx", tree: "/models/tree.onnx", preview: "/preview/mlp.onnx" };
  globalThis.models = {};
  for (const [name, path] of Object.entries(names)) models[name] = await load(path);
  globalThis.predictor = await import("/js/local/predictor.js");
  await predictor.save();
}"""
RUN = """([model, packed]) => {
  const run = models[model];
  const pixels = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  return Array.from({ length: pixels.length / 784 }, (_, i) => [
    ...Object.values(run({ shape: [1, 28, 28], data: pixels.subarray(784 * i, 784 * (i + 1)) })).flatMap(
      ({ data }) => [...data],
    ),
  ]);
}"""
REASONS = """async (packed) => {
  const { reason } = await import("/js/local/likeness.js");
  const pixels = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  return Array.from({ length: pixels.length / 784 }, (_, i) => reason(pixels.subarray(784 * i, 784 * (i + 1))));
}"""
INPUTS = """async (drawings) => {
  const context = Object.assign(document.createElement("canvas"), { width: 28, height: 28 }).getContext("2d");
  const inputs = [];
  for (const drawing of drawings) {
    const image = new Image();
    image.src = await predictor.predict("mlp", drawing).then(({ input }) => input, ({ status }) => String(status));
    if (await image.decode().then(() => true, () => false)) {
      context.drawImage(image, 0, 0);
      inputs.push(context.getImageData(0, 0, 28, 28).data.filter((_, i) => i % 4 === 0).join());
    } else inputs.push(image.getAttribute("src"));
  }
  return inputs;
}"""


@pytest.fixture(scope="module")
def page(browser: Browser, site: str) -> Iterator[Page]:
    context = browser.new_context(service_workers="block", reduced_motion="reduce")
    page = context.new_page()
    page.goto(site)
    page.evaluate(PREPARE)
    yield page
    context.close()


def run_here(page: Page, model: str, images: Images) -> NDArray[np.float32]:
    """Return the outputs (n, 10 or 11) of a model in the browser: probabilities, and the likeness if it has one."""
    chunks = [base64.b64encode(images[i : i + BATCH].tobytes()).decode() for i in range(0, len(images), BATCH)]
    return np.array([row for chunk in chunks for row in page.evaluate(RUN, [model, chunk])], np.float32)


@pytest.mark.parametrize("model", FILES)
def test_browser_probabilities_equal_onnxruntime(page: Page, model: str) -> None:
    images = load_test().images
    here = run_here(page, model, images)[:, :10]
    session = ort.InferenceSession(FILES[model], providers=["CPUExecutionProvider"])
    (there,) = session.run(["probabilities"], {"images": images})
    assert here.shape == there.shape == (10_000, 10)
    assert np.count_nonzero(here.argmax(1) != there.argmax(1)) == 0
    differences = np.abs(here - there).max(1)
    assert np.count_nonzero(differences < TYPICAL) >= 9_900
    assert differences.max() < LARGEST


def test_browser_likeness_equals_onnxruntime(page: Page) -> None:
    images = load_test().images[:2000]
    _, scores = Bundle()["mlp"].score(images)
    assert scores is not None
    np.testing.assert_allclose(run_here(page, "mlp", images)[:, 10], scores, atol=LARGEST)


def test_browser_reason_equals_the_servers(page: Page) -> None:
    random = np.random.default_rng(0)
    images = load_test().images[:500].copy()
    images[:250, :, :14] = images[250:, :, 7:21]  # halves of two digits, side by side
    images[:, :, random.integers(8, 20, 2)] = 0
    here = page.evaluate(REASONS, base64.b64encode(images.tobytes()).decode())
    there = [likeness.reason(image) for image in images]
    assert here == there
    assert 50 < there.count("several_digits") < 450


@pytest.mark.parametrize("kind", ["canvas", "transparent", "any-size", "thin", "faint", "mnist"])
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
    """Draw random strokes in white on black, or in one color on a transparent canvas."""
    if kind == "mnist":
        return Image.fromarray(load_test().images[random.integers(10_000)])
    # Only the server cleans smaller pictures.
    width, height = (280, 280) if kind in ("canvas", "transparent") else random.integers(60, 500, 2).tolist()
    pen = {"thin": 0.004, "faint": 0.01}.get(kind, random.uniform(0.03, 0.12))
    ink = strokes(width, height, pen, random)
    if kind == "transparent":
        drawing = Image.new("RGBA", ink.size, (*random.integers(0, 256, 3).tolist(), 0))
        drawing.putalpha(ink)
        return drawing
    return ink.convert("RGBA") if kind == "canvas" else ink


def strokes(width: int, height: int, pen: float, random: np.random.Generator) -> Image.Image:
    """Draw a polyline with smooth edges, white on black; `pen` is a share of the shorter side."""
    scale = 4  # oversampling, for smooth edges
    picture = Image.new("L", (scale * width, scale * height))
    corners = random.uniform(0.1, 0.9, (random.integers(2, 7), 2)) * picture.size * random.uniform(0.2, 1)
    ImageDraw.Draw(picture).line(
        [(x, y) for x, y in corners.tolist()], 255, max(1, round(pen * min(picture.size))), "curve"
    )
    return picture.resize((width, height), Image.Resampling.BOX)
