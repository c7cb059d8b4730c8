"""What a start and a single request do when MODEL_URI is set; tests/renewal does it under load, with every fault."""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import digits.app
from digits import endpoints, reload
from digits.app import handler
from digits.registry import BUNDLE, Bundle
from digits.reload import KNOWN, Renewal
from export.store import Store
from tests import s3
from tests.digits.test_app import Context, lambda_event
from tests.renewal.variants import variant
from tests.s3 import S3
from tests.template import ROOT

URI = "s3://models/prod"
OWN = Bundle(BUNDLE).version


@pytest.fixture(name="here", scope="module")
def _here() -> Iterator[S3]:
    with s3.s3() as here:
        yield here


@pytest.fixture
def bucket(here: S3) -> Iterator[Any]:
    bucket = here.bucket("models")
    yield bucket
    here.fault = None
    bucket.objects.delete()


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("others")
    return [variant(folder / str(number), number) for number in (1, 2)]


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch, bucket: Any) -> Renewal:
    """The application as MODEL_URI makes it, before its start."""
    monkeypatch.setattr(endpoints, "bundle", Bundle())
    found = Renewal(URI)
    monkeypatch.setattr(digits.app, "renewal", found)
    return found


def publish(folder: Path) -> str:
    return Store(URI).publish(folder, lambda line: None)


def served() -> str:
    """Ask as Lambda does."""
    answer = handler(lambda_event("GET", "/api/models", ""), Context())  # type: ignore[arg-type]
    assert answer["statusCode"] == 200
    version: str = json.loads(answer["body"])["bundle"]
    return version


def test_a_start_serves_what_is_published(serving: Renewal, others: list[Path]) -> None:
    version = publish(others[0])
    serving.start()
    assert served() == version == Bundle(others[0]).version


def test_a_pointer_is_read_once_a_minute(serving: Renewal, here: S3, others: list[Path]) -> None:
    first = publish(others[0])
    serving.start()
    second, before = publish(others[1]), len(here.asked)
    assert [served(), served()] == [first, first]
    assert len(here.asked) == before
    serving._due -= 60  # a minute later
    assert [served(), served()] == [second, second]
    assert [path.rpartition("/")[2] for path in here.asked[before:]].count("current.json") == 1


def test_a_pointer_to_the_functions_own_fetches_nothing(serving: Renewal, here: S3, others: list[Path]) -> None:
    publish(others[0])
    serving.start()
    assert served() != OWN
    before = len(here.asked)
    publish(Path(BUNDLE))
    serving.start()
    assert served() == OWN
    assert len(here.asked) == before + 1


def test_a_rollback_behind_the_first_version_serves_the_functions_own(serving: Renewal, others: list[Path]) -> None:
    publish(others[0])
    serving.start()
    Store(URI).rollback()
    serving.start()
    assert served() == OWN


def test_a_slow_s3_holds_up_a_start_and_a_request_for_a_moment_only(
    serving: Renewal, here: S3, others: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = publish(others[0])
    monkeypatch.setattr(reload, "AT_START", 0.1)
    monkeypatch.setattr(reload, "PATIENCE", 0.1)
    monkeypatch.setattr(reload, "INTERVAL", 0)
    here.fault = s3.slow(0.2)
    start = time.monotonic()
    serving.start()
    assert 0.1 <= time.monotonic() - start < 1
    assert served() == OWN  # a look is on its way, another is not begun
    until = time.monotonic() + 10
    while served() != version:  # what took longer went on
        assert time.monotonic() < until
        time.sleep(0.1)  # S3 is a thread of this process


def test_a_request_that_looks_waits_for_a_moment_only(
    serving: Renewal, here: S3, others: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(others[0])
    monkeypatch.setattr(reload, "PATIENCE", 0.1)
    here.fault = s3.slow(1)
    start = time.monotonic()
    assert served() == OWN  # it is due, since nothing has looked yet
    assert 0.1 <= time.monotonic() - start < 0.9
    serving._looking.join()


def test_what_nobody_thought_of_keeps_the_models_and_is_logged(
    serving: Renewal, others: list[Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    publish(others[0])
    monkeypatch.setattr(reload, "prove", lambda version, bundle, names: 1 / 0)
    serving.start()
    assert served() == OWN
    (record,) = (record for record in caplog.records if record.levelno >= logging.WARNING)
    assert record.getMessage() == f"The models {OWN} go on serving"
    assert record.exc_info is not None


def test_no_address_is_one_line_and_the_functions_own_serve(serving: Renewal, caplog: pytest.LogCaptureFixture) -> None:
    serving.uri = "models"
    serving.start()
    assert served() == OWN
    assert f"'models' is no folder in S3: give s3://BUCKET/PREFIX; the models {OWN} go on serving" in caplog.messages


def test_a_swap_is_one_line(serving: Renewal, others: list[Path], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "digits")
    version = publish(others[0])
    serving.start()
    assert [line for line in caplog.messages if "serve in place of" in line] == [
        f"The models {version} serve in place of {OWN}"
    ]


def test_nothing_is_left_on_the_disk(
    serving: Renewal, others: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    version = publish(others[0])
    serving.start()
    assert list(tmp_path.iterdir()) == []
    event = lambda_event("POST", "/api/predict/tree", (ROOT / "tests/events/predict_tree.json").read_text())
    event["body"] = json.loads(event["body"])["body"]
    event["rawQueryString"] = "explain=true"
    answer = handler(event, Context())  # type: ignore[arg-type]
    assert (answer["statusCode"], served()) == (200, version)
    assert json.loads(answer["body"])["explanation"]


def test_a_full_disk_keeps_the_models(
    serving: Renewal, others: list[Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(folder: str, name: str, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    publish(others[0])
    monkeypatch.setattr(reload, "_write", full)
    serving.start()
    assert served() == OWN
    assert any("No space left on device; the models" in line for line in caplog.messages)


def test_files_outside_of_a_version_are_not_asked_for(bucket: Any) -> None:
    manifest = {"format": 1, "models": {"mlp": {"file": "../mlp.onnx", "explanation": {"file": "x"}}}}
    with pytest.raises(reload.Refused, match=r"Version 0123456789ab has a file '\.\./mlp\.onnx'"):
        reload.files("0123456789ab", json.dumps(manifest).encode())


@pytest.mark.parametrize("manifest", [b"", b"[]", b'{"format": 1}', b'{"format": 1, "models": {"mlp": {}}}'])
def test_a_manifest_that_says_nothing_is_refused(manifest: bytes) -> None:
    with pytest.raises(reload.Refused, match="The manifest of version 0123456789ab cannot be read"):
        reload.files("0123456789ab", manifest)


def test_known_digits_are_ten_that_both_models_read() -> None:
    with Image.open(KNOWN) as image:
        assert (image.mode, image.size) == ("L", (280, 28))
        pictures = np.stack(np.hsplit(np.asarray(image), 10))
    for classifier in Bundle().all().values():
        assert classifier.probabilities(pictures).argmax(axis=1).tolist() == list(range(10))


IMPORTED = "import sys, digits.app; print(*sorted(sys.modules))"


@pytest.mark.parametrize("uri", ["", URI])
def test_unset_it_costs_no_import(uri: str) -> None:
    environment = {"PYTHONPATH": str(ROOT / "functions"), "MODEL_URI": uri, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    done = subprocess.run([sys.executable, "-c", IMPORTED], env=environment, capture_output=True, text=True, check=True)
    modules = set(done.stdout.split())
    assert ({"digits.reload", "digits.s3", "http.client"} <= modules) == bool(uri)
    assert ({"digits.reload", "digits.s3"} & modules != set()) == bool(uri)
