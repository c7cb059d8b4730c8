"""Build artifact with and without MODEL_URI: published models, or committed ones and no request to S3."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from digits.registry import BUNDLE, Bundle
from export.registry.s3 import Store
from tests.events import post
from tests.support import runtime_client
from tests.support.artifact import Artifact
from tests.support.emulator import emulator, shipped
from tests.support.reload_stress.variants import variant
from tests.support.s3 import ENVIRONMENT, s3, slow

URI = "s3://models/prod"
GET_MODELS = post("/api/models")
GET_MODELS["requestContext"]["http"]["method"] = "GET"


@pytest.mark.serial  # the start has to fit into the emulator's initialization phase
@pytest.mark.parametrize("uri", [URI, None])
def test_first_response_has_the_published_models(artifact: Artifact, tmp_path: Path, uri: str | None) -> None:
    runtime_client.copy_to(tmp_path / "client")
    with s3() as here:
        here.bucket("models")
        version = Store(URI).publish(variant(tmp_path / "other", 1), lambda line: None)
        function = shipped(artifact)
        variables = function.environment | ENVIRONMENT | {"AWS_ENDPOINT_URL": here.url}
        function = replace(function, environment=variables | ({"MODEL_URI": uri} if uri else {}))
        here.fault = slow(0.4)  # six responses; a start waits for all of them, a request would not
        with emulator(function, tmp_path / "client", tmp_path / "log") as running:
            served = running.invoke(GET_MODELS).json()["bundle"]
    assert served == (version if uri else Bundle(BUNDLE).version)
    assert bool(here.requests) == bool(uri)
    line = f"Serving the models {version} instead of {Bundle(BUNDLE).version}"
    logged = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    assert (line in [each.get("message") for each in logged]) == bool(uri)
