"""The committed preview network: its manifest's claims, its size, and its independence of the function."""

import hashlib
import json

import numpy as np
import onnxruntime as ort
import pytest

from deploy import upload
from export import preview
from tests.support.template import ROOT
from training.dataset import load_test
from training.metrics import metrics

FOLDER = ROOT / preview.FOLDER
FILE = FOLDER / "mlp.onnx"
ENTRY: preview.PreviewEntry = json.loads((FOLDER / "manifest.json").read_text())["models"]["mlp"]
MAX_BYTES = 600_000
MIN_ACCURACY = 0.992


def test_manifest_describes_the_file() -> None:
    content = FILE.read_bytes()
    assert (ENTRY["file"], ENTRY["bytes"]) == (FILE.name, len(content))
    assert ENTRY["sha256"] == hashlib.sha256(content).hexdigest()
    assert ENTRY["version"] == ENTRY["sha256"][:12]
    assert ENTRY["recipe"]["name"] == "compact"
    assert len(content) <= MAX_BYTES


def test_manifest_records_the_parity_that_the_bundle_needs() -> None:
    assert (ENTRY["parity"]["images"], ENTRY["parity"]["different_answers"]) == (10_000, 0)
    assert ENTRY["parity"]["max_difference"] <= 1e-5


@pytest.mark.slow
def test_metrics_equal_the_manifest() -> None:
    test = load_test()
    session = ort.InferenceSession(FILE, providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(["probabilities"], {"images": test.images})
    measured = metrics(test.labels, np.asarray(probabilities))
    assert measured["accuracy"] == ENTRY["metrics"]["accuracy"] >= MIN_ACCURACY
    assert measured["classes"] == ENTRY["metrics"]["classes"]


def test_network_is_uploaded_with_the_page_and_not_with_the_function() -> None:
    uploaded = {file.key: file for file in upload.files("https://example.com")}
    assert uploaded["preview/mlp.onnx"].body == FILE.read_bytes()
    assert uploaded["preview/mlp.onnx"].headers == {
        "ContentType": "application/octet-stream",
        "CacheControl": "public, max-age=0, s-maxage=31536000",
    }
    assert uploaded["preview/manifest.json"].headers["ContentType"] == "application/json"
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (ROOT / "functions").rglob("*.onnx")}
    assert ENTRY["sha256"] not in digests
