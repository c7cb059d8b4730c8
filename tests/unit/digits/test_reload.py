"""Hot reload of published models; tests/robustness/test_reload_stress.py has load and faults."""

import json
import logging
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from digits import reload
from digits.app import create_app
from digits.registry import BUNDLE, Bundle
from digits.reload import REFERENCE_DIGITS, ModelRejected
from digits.s3 import Folder
from tests.support import keys, s3
from tests.support.s3 import S3
from tests.support.template import ROOT
from tests.unit.digits.test_api import DRAWING

URI = "s3://models/prod"
COMMITTED = Bundle(BUNDLE).version


@pytest.fixture(name="server", scope="module")
def _server() -> Iterator[S3]:
    with s3.s3() as server:
        yield server


@pytest.fixture
def bucket(server: S3) -> Iterator[Any]:
    bucket = server.bucket("models")
    yield bucket
    server.fault = None
    bucket.objects.delete()


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("others")
    return [variants().variant(folder / str(number), number) for number in (1, 2)]


@pytest.fixture
def app(bucket: Any) -> FastAPI:
    """Application with MODEL_URI, started before anything is published."""
    return create_app(URI)


def store() -> Any:
    from export.registry.s3 import Store  # imports boto3, which takes a second

    return Store(URI)


def variants() -> Any:
    from tests.support.reload_stress import variants  # imports onnx, which takes a second

    return variants


def publish(folder: Path) -> str:
    version: str = store().publish(folder, lambda line: None)
    return version


def served(app: FastAPI) -> str:
    version: str = TestClient(app).get("/api/models").json()["bundle"]
    return version


@pytest.mark.slow
def test_application_without_models_in_s3_serves_the_committed_ones(
    bucket: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert served(create_app(URI)) == COMMITTED
    absent = f"{URI}/current.json: S3 returned 404, no such object; still serving the models {COMMITTED}"
    assert caplog.messages == [absent]


@pytest.mark.slow
def test_startup_serves_published_version(bucket: Any, others: list[Path]) -> None:
    version = publish(others[0])
    assert served(create_app(URI)) == version == Bundle(others[0]).version


@pytest.mark.slow
def test_pointer_is_read_once_a_minute(bucket: Any, server: S3, others: list[Path]) -> None:
    first = publish(others[0])
    app = create_app(URI)
    second, before = publish(others[1]), len(server.requests)
    assert [served(app), served(app)] == [first, first]
    assert len(server.requests) == before
    app.state.reloader._due -= 60  # a minute later
    assert [served(app), served(app)] == [second, second]
    assert [path.rpartition("/")[2] for path in server.requests[before:]].count("current.json") == 1


@pytest.mark.slow
def test_pointer_to_the_committed_version_downloads_nothing(bucket: Any, server: S3, others: list[Path]) -> None:
    publish(others[0])
    app = create_app(URI)
    assert served(app) != COMMITTED
    before = len(server.requests)
    publish(Path(BUNDLE))
    app.state.reloader.start()
    assert served(app) == COMMITTED
    assert len(server.requests) == before + 1


@pytest.mark.slow
def test_served_version_is_not_downloaded_again(bucket: Any, server: S3, others: list[Path]) -> None:
    version = publish(others[0])
    app = create_app(URI)
    before = len(server.requests)
    app.state.reloader.start()
    assert served(app) == version
    assert len(server.requests) == before + 1


@pytest.mark.slow
def test_rollback_of_the_first_version_serves_the_committed_one(bucket: Any, others: list[Path]) -> None:
    publish(others[0])
    app = create_app(URI)
    store().rollback()
    app.state.reloader.start()
    assert served(app) == COMMITTED


@pytest.mark.slow
def test_with_a_key_only_signed_versions_are_served(
    bucket: Any, others: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    private = keys.require_signatures(tmp_path, monkeypatch)
    folders = [shutil.copytree(other, tmp_path / other.name) for other in others]
    app = create_app(URI)
    version = publish(folders[0])
    app.state.reloader.start()
    assert caplog.messages[-1] == (
        f"{URI}/versions/{version}/manifest.json.sig: S3 returned 404, no such object; "
        f"still serving the models {COMMITTED}"
    )
    for folder in folders:
        keys.sign_bundle(private, folder)
    publish(folders[0])
    app.state.reloader.start()
    assert served(app) == version
    shutil.copy(folders[0] / "manifest.json.sig", folders[1])
    other = publish(folders[1])
    app.state.reloader.start()
    assert caplog.messages[-1] == (
        f"Version {other}: the manifest has another signature than that of signing_key.pem; "
        f"still serving the models {version}"
    )


@pytest.mark.slow
def test_slow_s3_delays_startup_until_timeout(
    bucket: Any, server: S3, others: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = publish(others[0])
    monkeypatch.setattr(reload, "START_TIMEOUT", 0.1)
    monkeypatch.setattr(reload, "REQUEST_TIMEOUT", 0.1)
    monkeypatch.setattr(reload, "INTERVAL", 0)
    server.fault = s3.slow(0.2)
    start = time.monotonic()
    app = create_app(URI)
    assert 0.1 <= time.monotonic() - start < 1
    assert served(app) == COMMITTED  # the reload continues, and no other is started
    until = time.monotonic() + 10
    while served(app) != version:
        assert time.monotonic() < until
        time.sleep(0.1)  # the S3 server is a thread of this process


@pytest.mark.slow
def test_slow_s3_delays_request_until_timeout(
    app: FastAPI, server: S3, others: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(others[0])
    monkeypatch.setattr(reload, "REQUEST_TIMEOUT", 0.1)
    server.fault = s3.slow(1)
    app.state.reloader._due = 0
    start = time.monotonic()
    assert served(app) == COMMITTED
    assert 0.1 <= time.monotonic() - start < 0.9
    app.state.reloader._thread.join()


@pytest.mark.slow
def test_unexpected_exception_keeps_the_models_and_is_logged(
    app: FastAPI, others: list[Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    publish(others[0])
    monkeypatch.setattr(reload, "validate", lambda version, bundle, names: 1 / 0)
    app.state.reloader.start()
    assert served(app) == COMMITTED
    (record,) = (record for record in caplog.records if record.name == "digits")
    assert record.getMessage() == f"Still serving the models {COMMITTED}"
    assert record.exc_info is not None


def test_model_uri_outside_s3_keeps_the_models_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert served(create_app("models")) == COMMITTED
    warning = f"'models' is not an S3 folder: use s3://BUCKET/PREFIX; still serving the models {COMMITTED}"
    assert caplog.messages == [warning]


@pytest.mark.slow
def test_replacement_is_logged_in_one_line(app: FastAPI, others: list[Path], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "digits")
    version = publish(others[0])
    app.state.reloader.start()
    assert caplog.messages == [f"Serving the models {version} instead of {COMMITTED}"]


@pytest.mark.slow
def test_downloaded_files_are_deleted_after_loading(
    app: FastAPI, others: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    version = publish(others[0])
    app.state.reloader.start()
    assert list(tmp_path.iterdir()) == []
    prediction = TestClient(app).post("/api/predict/tree?explain=true", json=DRAWING).json()
    assert prediction["explanation"]["method"] == "decision path"
    assert served(app) == version


@pytest.mark.slow
def test_full_disk_keeps_the_models_and_is_logged(
    app: FastAPI, others: list[Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def write_to_full_disk(folder: str, name: str, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    publish(others[0])
    monkeypatch.setattr(reload, "_write", write_to_full_disk)
    app.state.reloader.start()
    assert served(app) == COMMITTED
    assert f"[Errno 28] No space left on device; still serving the models {COMMITTED}" in caplog.messages


def test_file_outside_of_version_is_rejected() -> None:
    manifest = {"format": 1, "models": {"mlp": {"file": "../mlp.onnx", "explanation": {"file": "x"}}}}
    with pytest.raises(ModelRejected, match=r"Version 0123456789ab has a file '\.\./mlp\.onnx'"):
        reload.files("0123456789ab", json.dumps(manifest).encode())


@pytest.mark.parametrize("manifest", [b"", b"[]", b'{"format": 1}', b'{"format": 1, "models": {"mlp": {}}}'])
def test_unreadable_manifest_is_rejected(manifest: bytes) -> None:
    with pytest.raises(ModelRejected, match="The manifest of version 0123456789ab cannot be read"):
        reload.files("0123456789ab", manifest)


@pytest.mark.parametrize("pointer", [b"", b"[]", b"{}", b'{"version": 7}', b'{"version": "../../etc"}'])
def test_pointer_without_valid_version_is_rejected(pointer: bytes) -> None:
    with pytest.raises(ModelRejected, match=r"^current\.json has no valid version$"):
        reload.read_pointer(pointer)


def test_manifest_of_other_format_is_rejected() -> None:
    with pytest.raises(ModelRejected, match="Version 0123456789ab has the format 2, this code reads 1"):
        reload.files("0123456789ab", b'{"format": 2}')


@pytest.mark.slow
def test_manifest_of_other_version_is_rejected(bucket: Any) -> None:
    bucket.Object("prod/versions/0123456789ab/manifest.json").put(Body=b"{}")
    with Folder(URI) as folder, pytest.raises(ModelRejected, match="of version 0123456789ab has the sha256 44136fa355"):
        reload.fetch(folder, "0123456789ab", [])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "tree.onnx").write_bytes(b""), "The model tree cannot be loaded"),
        (lambda folder: variants().edit(folder, models={}), "lacks the model mlp, tree"),
        (
            lambda folder: variants().shift_scores(folder, np.eye(10)[3] * 1000),
            "mlp classifies the reference digits 0 to 9 as 3, 3",
        ),
        (lambda folder: (folder / "mlp.explanation.onnx").unlink(), "The predictions of the model mlp cannot be"),
    ],
)
def test_faulty_bundle_is_rejected(tmp_path: Path, damage: Callable[[Path], object], message: str) -> None:
    folder = Path(shutil.copytree(BUNDLE, tmp_path / "models"))
    damage(folder)
    with pytest.raises(ModelRejected, match=f"^Version [0-9a-f]{{12}}:? {message}"):
        reload.validate("0123456789ab", Bundle(folder), ["mlp", "tree"])


def test_both_models_classify_the_ten_reference_digits() -> None:
    with Image.open(REFERENCE_DIGITS) as image:
        assert (image.mode, image.size) == ("L", (280, 28))
        pictures = np.stack(np.hsplit(np.asarray(image), 10))
    for classifier in Bundle().all().values():
        assert classifier.probabilities(pictures).argmax(axis=1).tolist() == list(range(10))


LIST_MODULES = "import sys, digits.app; print(*sorted(sys.modules))"


@pytest.mark.parametrize("uri", ["", URI])
@pytest.mark.slow
def test_reloader_is_imported_only_with_model_uri(uri: str) -> None:
    environment = {"PYTHONPATH": str(ROOT / "functions"), "MODEL_URI": uri, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "-c", LIST_MODULES], env=environment, capture_output=True, text=True, check=True
    )
    modules = set(done.stdout.split())
    assert ({"digits.reload", "digits.s3", "http.client"} <= modules) == bool(uri)
    assert ({"digits.reload", "digits.s3"} & modules != set()) == bool(uri)
