"""Publication of bundles to S3, and rollback."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from digits.manifest import MANIFEST
from digits.registry import BUNDLE, Bundle
from digits.signing import SIGNATURE
from export.registry.s3 import Pointer, Store, StoreError
from tests.support.reload_stress.variants import variant
from tests.support.s3 import S3, s3

URI = "s3://models/prod"
FILES = ["mlp.explanation.onnx", "mlp.onnx", "tree.explanation.onnx", "tree.onnx"]
SERVED = Path(BUNDLE)


@pytest.fixture(name="server")
def _server() -> Iterator[S3]:
    with s3() as server:
        yield server


@pytest.fixture
def bucket(server: S3) -> Any:
    return server.bucket("models")


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("bundles")
    return [SERVED, variant(folder / "1", 1), variant(folder / "2", 2)]


def pointer(bucket: Any) -> Any:
    return json.load(bucket.Object("prod/current.json").get()["Body"])


def publish(folder: Path, uri: str = URI) -> tuple[str, list[str]]:
    lines: list[str] = []
    return Store(uri).publish(folder, lines.append), lines


def test_publish_uploads_the_files_and_updates_the_pointer(bucket: Any) -> None:
    version, lines = publish(SERVED)
    assert version == Bundle(SERVED).version
    stored = {each.key: each.get()["Body"].read() for each in bucket.objects.filter(Prefix="prod/versions/")}
    assert stored == {f"prod/versions/{version}/{file.name}": file.read_bytes() for file in SERVED.iterdir()}
    assert pointer(bucket) == {"version": version, "before": [None]}
    assert lines[-1] == f"versions/{version}/{MANIFEST}, {(SERVED / MANIFEST).stat().st_size:,} bytes"


def test_signature_is_published_before_the_manifest(bucket: Any, tmp_path: Path) -> None:
    folder = shutil.copytree(SERVED, tmp_path / "models")
    (folder / SIGNATURE).write_bytes(b"signature")
    version, lines = publish(folder)
    assert [line.partition(",")[0] for line in lines[-2:]] == [
        f"versions/{version}/{name}" for name in (SIGNATURE, MANIFEST)
    ]


@pytest.mark.parametrize("uri", ["s3://models", "s3://models/", "s3://models/a/b"])
def test_any_prefix_is_supported(bucket: Any, uri: str) -> None:
    version, _ = publish(SERVED, uri)
    prefix = uri.removeprefix("s3://models").strip("/")
    assert f"{prefix}/current.json".lstrip("/") in {each.key for each in bucket.objects.all()}
    assert Store(uri).rollback() == Pointer(None)
    assert Store(uri).rollback(version) == Pointer(version, (None,))


def test_stored_files_are_not_sent_again(bucket: Any) -> None:
    version, _ = publish(SERVED)
    again, lines = publish(SERVED)
    assert again == version
    assert sorted(lines) == sorted(f"versions/{version}/{name} is already stored" for name in (*FILES, MANIFEST))
    assert pointer(bucket) == {"version": version, "before": [None]}


def test_interrupted_publication_can_be_repeated(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store, sent = Store(URI), 0

    def stop(line: str) -> None:
        nonlocal sent
        sent += 1
        if sent == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.publish(SERVED, stop)
    names = {each.key.rpartition("/")[2] for each in bucket.objects.all()}
    assert len(names) == 2
    assert not {MANIFEST, "current.json"} & names
    _, lines = publish(SERVED)
    assert sum(line.endswith("is already stored") for line in lines) == 2


def test_damaged_file_is_sent_again(bucket: Any) -> None:
    version, _ = publish(SERVED)
    stored = bucket.Object(f"prod/versions/{version}/tree.onnx")
    stored.put(Body=b"damaged", ChecksumAlgorithm="SHA256")
    publish(SERVED)
    assert stored.get()["Body"].read() == (SERVED / "tree.onnx").read_bytes()


def test_rollback_returns_to_each_earlier_version(bucket: Any, bundles: list[Path]) -> None:
    first, second, third = (publish(folder)[0] for folder in bundles)
    assert pointer(bucket) == {"version": third, "before": [second, first, None]}
    store = Store(URI)
    assert [store.rollback().version for _ in range(3)] == [second, first, None]
    assert pointer(bucket) == {"version": None, "before": []}
    with pytest.raises(StoreError, match=r"has no earlier version\. Name one"):
        store.rollback()


def test_rollback_to_a_version_keeps_the_current_one_in_the_history(bucket: Any, bundles: list[Path]) -> None:
    first, second, third = (publish(folder)[0] for folder in bundles)
    assert Store(URI).rollback(first) == Pointer(first, (third, second, first, None))
    assert Store(URI).rollback() == Pointer(third, (second, first, None))


@pytest.mark.parametrize(("version", "message"), [("0" * 12, "does not exist"), ("latest", "is not a version")])
def test_rollback_to_unknown_version_changes_nothing(bucket: Any, version: str, message: str) -> None:
    publish(SERVED)
    before = pointer(bucket)
    with pytest.raises(StoreError, match=message):
        Store(URI).rollback(version)
    assert pointer(bucket) == before


def test_rollback_without_publication_changes_nothing(bucket: Any) -> None:
    with pytest.raises(StoreError, match="has no earlier version"):
        Store(URI).rollback()
    assert list(bucket.objects.all()) == []


def test_pointer_keeps_20_earlier_versions() -> None:
    pointer = Pointer()
    for number in range(100):
        pointer = pointer.advance(f"{number:012x}")
    assert len(pointer.before) == 20


@pytest.mark.parametrize("is_first", [True, False])
def test_concurrent_publication_raises_store_error(bucket: Any, bundles: list[Path], is_first: bool) -> None:
    if not is_first:
        publish(bundles[0])
    store = Store(URI)

    def change(old: Pointer) -> Pointer:
        publish(bundles[1])  # the concurrent one
        return old.advance("0" * 12)

    with pytest.raises(StoreError, match=r"current\.json was changed by another publication\. Run this one again\."):
        store._update_pointer(change)
    assert pointer(bucket)["version"] == Bundle(bundles[1]).version


def test_foreign_pointer_is_not_overwritten(bucket: Any) -> None:
    bucket.Object("prod/current.json").put(Body=b"mine")
    with pytest.raises(StoreError, match="is not a pointer of this project"):
        publish(SERVED)
    assert bucket.Object("prod/current.json").get()["Body"].read() == b"mine"


def test_missing_bucket_raises_store_error(server: S3) -> None:
    with pytest.raises(StoreError, match="S3 responded NoSuchBucket"):
        publish(SERVED)


def test_missing_credentials_raise_store_error(bucket: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(variable)
    for variable in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with pytest.raises(StoreError, match="No AWS credentials: run 'aws configure'"):
        publish(SERVED)


def test_unreachable_endpoint_raises_store_error(server: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StoreError, match="Could not connect to the endpoint URL"):
        publish(SERVED)


def test_invalid_uri_raises_store_error() -> None:
    with pytest.raises(StoreError, match=r"'models' is not an S3 folder: use s3://BUCKET/PREFIX"):
        Store("models")
