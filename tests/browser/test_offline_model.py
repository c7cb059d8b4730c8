"""The models saved in the browser: download, checksum, versions, and predictions equal to the server's."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.test_prediction import wait_for
from tests.browser.test_service_worker import CACHED, SAVE, wait_until
from tests.support.browser.drawing import SEVEN, draw
from tests.support.browser.site_copy import SiteCopy
from tests.support.pictures import data_url, encode, seven

CORRUPT = "The download was damaged."
PREDICT = 'async ([choice, drawing]) => (await import("/js/local/predictor.js")).predict(choice, drawing)'
REQUEST = """async ([choice, drawing]) => {
  const { requestPredictions } = await import("/js/api.js");
  return requestPredictions(choice, drawing, false, new AbortController().signal);
}"""
ERROR = """async ([call, ...values]) => {
  const predictor = await import("/js/local/predictor.js");
  return predictor[call](...values).then(() => "none", ({ message, status, type }) => [message, status, type]);
}"""
PIXELS = """async (url) => {
  const image = Object.assign(new Image(), { src: url });
  await image.decode();
  const context = Object.assign(document.createElement("canvas"), { width: 28, height: 28 }).getContext("2d");
  context.drawImage(image, 0, 0);
  return [...context.getImageData(0, 0, 28, 28).data];
}"""


@pytest.fixture(scope="module")
def site_copy(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteCopy]:
    """One copy for all tests: each publishes a newer version than the one before."""
    site = SiteCopy(tmp_path_factory.mktemp("site"))
    yield site
    site.stop()


@pytest.mark.parametrize("side", [28, 280, 600])
@pytest.mark.parametrize(("ink", "paper"), [(255, 0), (40, 215)])
def test_saved_models_predict_as_the_server(page: Page, side: int, ink: int, paper: int) -> None:
    drawing = data_url(encode(seven(side, ink, paper)))
    page.evaluate(SAVE)
    online = page.evaluate(REQUEST, ["both", drawing])
    page.route("**/*", lambda route: route.abort())
    offline = page.evaluate(PREDICT, ["both", drawing])
    assert offline["isOffline"] is True
    assert list(offline["milliseconds"]) == ["decode", "normalize", "run"]
    assert_equal(page, offline, online)
    for prediction in offline["predictions"]:
        alone = page.evaluate(PREDICT, [prediction["model"], drawing])
        assert alone["predictions"] == [prediction]


def test_canvas_drawing_is_predicted_as_by_the_server(page: Page) -> None:
    page.evaluate(SAVE)
    with page.expect_response("**/api/compare") as response:
        draw(page, SEVEN)
    drawing = json.loads(response.value.request.post_data or "")["drawing_data"]
    assert_equal(page, page.evaluate(PREDICT, ["both", drawing]), response.value.json())


def assert_equal(page: Page, offline: dict[str, Any], online: dict[str, Any]) -> None:
    """Assert that the browser and the server give the same answers of both models, from the same input."""
    assert page.evaluate(PIXELS, offline["input"]) == page.evaluate(PIXELS, online["input"])
    assert offline["digit_likeness"] == pytest.approx(online["digit_likeness"], abs=1e-4)
    assert (offline["is_digit"], offline.get("reason")) == (online["is_digit"], online.get("reason"))
    remote = {prediction["model"]: prediction for prediction in online["predictions"]}
    assert [prediction["model"] for prediction in offline["predictions"]] == ["tree", "mlp"]
    for local in offline["predictions"]:
        there = remote[local["model"]]
        assert (local["version"], local["digit"]) == (there["version"], there["digit"])
        assert local["probabilities"] == pytest.approx(there["probabilities"], abs=1e-4)


def test_saved_network_without_threshold_leaves_likeness_out(page: Page) -> None:
    """A network of a bundle without a detector has no threshold."""
    page.route("**/models/manifest.json", without_likeness)
    page.evaluate(SAVE)
    offline = page.evaluate(PREDICT, ["mlp", data_url(encode(seven()))])
    assert offline["predictions"][0]["digit"] == 7
    assert {"digit_likeness", "is_digit", "reason"}.isdisjoint(offline)


def without_likeness(route: Route) -> None:
    manifest = route.fetch().json()
    del manifest["models"]["mlp"]["digit_likeness"]
    route.fulfill(json=manifest)


def test_invalid_drawing_raises_the_servers_problem(page: Page) -> None:
    page.evaluate(SAVE)
    empty, broken = data_url(encode(seven(280, 8, 0))), data_url(b"not a picture")
    assert page.evaluate(ERROR, ["predict", "mlp", empty])[1:] == [422, "urn:digits:nothing-drawn"]
    assert page.evaluate(ERROR, ["predict", "both", broken])[1:] == [422, "urn:digits:not-an-image"]


def test_prediction_without_saved_model_fails(page: Page) -> None:
    expected = ["This model is not saved in this browser.", 0, ""]
    drawing = data_url(encode(seven()))
    assert page.evaluate(ERROR, ["predict", "tree", drawing]) == expected
    page.evaluate(SAVE)
    page.evaluate('async () => (await import("/js/local/predictor.js")).remove()')
    assert page.evaluate('async () => (await import("/js/local/predictor.js")).isSaved()') is False
    assert page.evaluate(ERROR, ["predict", "tree", drawing]) == expected


def test_removal_ends_an_update_that_is_running(page: Page) -> None:
    held = list[Route]()
    page.route("**/models/mlp.onnx", lambda route: held.append(route))
    page.evaluate(f"() => {{ globalThis.update = ({SAVE})().catch(() => undefined); }}")
    wait_for(page, held, 1)
    page.evaluate('async () => (await import("/js/local/predictor.js")).remove()')
    held[0].continue_()
    page.evaluate("() => update")
    assert page.evaluate(CACHED) == []
    page.unroute("**/models/mlp.onnx")
    page.evaluate(SAVE)
    assert sorted(page.evaluate(CACHED)) == ["/models/mlp", "/models/tree"]


def test_save_reports_progress_and_downloads_once(page: Page) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url.rsplit("/", 1)[1]))
    shares = page.evaluate("""async () => {
      const { save } = await import("/js/local/predictor.js");
      const shares = [];
      await Promise.all([save((share) => shares.push(share)), save()]);
      await save();
      return shares;
    }""")
    assert len(shares) > 3
    assert shares == sorted(shares)
    assert (shares[0] > 0, shares[-1]) == (True, 1)
    assert requested.count("mlp.onnx") == requested.count("tree.onnx") == 1


@pytest.mark.parametrize(
    ("respond", "message"),
    [
        (lambda route: route.abort(), "Can't reach the server. Check your connection and try again."),
        (
            lambda route: route.fulfill(status=503),
            "The server can't answer right now (error 503). Try again in a moment.",
        ),
        (lambda route: route.fulfill(body=b"half"), CORRUPT),
        (lambda route: route.fulfill(body=bytes(6_000_000)), CORRUPT),
    ],
    ids=["offline", "503", "truncated", "too-long"],
)
def test_failed_download_keeps_the_saved_version(
    page: Page,
    site_copy: SiteCopy,
    respond: Callable[[Route], Any],
    message: str,
) -> None:
    page.goto(site_copy.url)
    page.route("**/models/mlp.onnx", respond)
    assert page.evaluate(ERROR, ["save"])[0] == message
    assert page.evaluate('async () => (await import("/js/local/predictor.js")).isSaved()') is False
    page.unroute("**/models/mlp.onnx")
    page.evaluate(SAVE)
    version = site_copy.publish_model()
    page.route("**/models/mlp.onnx", respond)
    assert page.evaluate(ERROR, ["save"])[0] == message
    prediction = page.evaluate(PREDICT, ["mlp", data_url(encode(seven()))])["predictions"][0]
    assert (prediction["digit"], prediction["version"] != version) == (7, True)


def test_new_version_replaces_the_saved_one(page: Page, site_copy: SiteCopy) -> None:
    page.goto(site_copy.url)
    page.evaluate(SAVE)
    drawing = data_url(encode(seven()))
    before = page.evaluate(PREDICT, ["mlp", drawing])["predictions"][0]
    version = site_copy.publish_model()
    page.evaluate(SAVE)
    after = page.evaluate(PREDICT, ["mlp", drawing])["predictions"][0]
    assert (before["version"] != version, after["version"]) == (True, version)
    assert after["probabilities"] == before["probabilities"]
    assert sorted(page.evaluate(CACHED)) == ["/models/mlp", "/models/tree"]


def test_next_visit_updates_the_saved_models(page: Page, site_copy: SiteCopy) -> None:
    page.goto(site_copy.url)
    page.evaluate(SAVE)
    version = site_copy.publish_model()
    page.reload()
    saved = 'async (version) => await (await import("/js/local/predictor.js")).savedVersion("mlp") === version'
    wait_until(page, saved, version)


def test_corrupted_model_is_removed(page: Page) -> None:
    page.evaluate(SAVE)
    page.evaluate("""async () => {
      const cache = await caches.open("offline-model");
      const { headers } = await cache.match("/models/mlp");
      await cache.put("/models/mlp", new Response("changed", { headers }));
    }""")
    assert page.evaluate(ERROR, ["predict", "mlp", data_url(encode(seven()))])[0] == CORRUPT
    assert page.evaluate(CACHED) == []
