"""A bundle becomes a version in S3, whole, before the pointer names it; the pointer goes forth and back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from digits.manifest import MANIFEST
from digits.registry import BUNDLE, Bundle
from export.registry.s3 import Pointer, Store, StoreError
from tests.support.reload_stress.variants import variant
from tests.support.s3 import S3, s3

URI = "s3://models/prod"
FILES = ["mlp.explanation.onnx", "mlp.onnx", "tree.explanation.onnx", "tree.onnx"]
SERVED = Path(BUNDLE)


@pytest.fixture(name="here")
def _here() -> Iterator[S3]:
    with s3() as here:
        yield here


@pytest.fixture
def bucket(here: S3) -> Any:
    return here.bucket("models")


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("bundles")
    return [SERVED, variant(folder / "1", 1), variant(folder / "2", 2)]


def pointer(bucket: Any) -> Any:
    return json.load(bucket.Object("prod/current.json").get()["Body"])


def publish(folder: Path, uri: str = URI) -> tuple[str, list[str]]:
    told: list[str] = []
    return Store(uri).publish(folder, told.append), told


def test_a_version_is_the_files_and_is_pointed_to(bucket: Any) -> None:
    version, told = publish(SERVED)
    assert version == Bundle(SERVED).version
    stored = {each.key: each.get()["Body"].read() for each in bucket.objects.filter(Prefix="prod/versions/")}
    assert stored == {f"prod/versions/{version}/{file.name}": file.read_bytes() for file in SERVED.iterdir()}
    assert pointer(bucket) == {"version": version, "before": [None]}
    assert told[-1] == f"versions/{version}/{MANIFEST}, {(SERVED / MANIFEST).stat().st_size:,} bytes"  # the last one


@pytest.mark.parametrize("uri", ["s3://models", "s3://models/", "s3://models/a/b"])
def test_any_folder_will_do(bucket: Any, uri: str) -> None:
    version, _ = publish(SERVED, uri)
    prefix = uri.removeprefix("s3://models").strip("/")
    assert f"{prefix}/current.json".lstrip("/") in {each.key for each in bucket.objects.all()}
    assert Store(uri).rollback() == Pointer(None)
    assert Store(uri).rollback(version) == Pointer(version, (None,))


def test_what_is_there_is_not_sent_again(bucket: Any) -> None:
    version, _ = publish(SERVED)
    again, told = publish(SERVED)
    assert again == version
    assert sorted(told) == sorted(f"versions/{version}/{name} is there" for name in (*FILES, MANIFEST))
    assert pointer(bucket) == {"version": version, "before": [None]}


def test_what_was_cut_off_can_be_repeated(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
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
    _, told = publish(SERVED)
    assert sum(line.endswith("is there") for line in told) == 2


def test_a_spoilt_file_is_sent_again(bucket: Any) -> None:
    version, _ = publish(SERVED)
    stored = bucket.Object(f"prod/versions/{version}/tree.onnx")
    stored.put(Body=b"spoilt", ChecksumAlgorithm="SHA256")
    publish(SERVED)
    assert stored.get()["Body"].read() == (SERVED / "tree.onnx").read_bytes()


def test_rollback_goes_back_step_by_step(bucket: Any, bundles: list[Path]) -> None:
    first, second, third = (publish(folder)[0] for folder in bundles)
    assert pointer(bucket) == {"version": third, "before": [second, first, None]}
    store = Store(URI)
    assert [store.rollback().version for _ in range(3)] == [second, first, None]
    assert pointer(bucket) == {"version": None, "before": []}
    with pytest.raises(StoreError, match=r"points to nothing older\. Name a version"):
        store.rollback()


def test_rollback_to_a_version_remembers_the_present_one(bucket: Any, bundles: list[Path]) -> None:
    first, second, third = (publish(folder)[0] for folder in bundles)
    assert Store(URI).rollback(first) == Pointer(first, (third, second, first, None))
    assert Store(URI).rollback() == Pointer(third, (second, first, None))


@pytest.mark.parametrize(("version", "said"), [("0" * 12, "is not there"), ("latest", "is no version")])
def test_rollback_to_what_is_not_there_changes_nothing(bucket: Any, version: str, said: str) -> None:
    publish(SERVED)
    before = pointer(bucket)
    with pytest.raises(StoreError, match=said):
        Store(URI).rollback(version)
    assert pointer(bucket) == before


def test_rollback_where_nothing_is_published_changes_nothing(bucket: Any) -> None:
    with pytest.raises(StoreError, match="points to nothing older"):
        Store(URI).rollback()
    assert list(bucket.objects.all()) == []


def test_the_pointer_remembers_so_many(bucket: Any) -> None:
    swung = Pointer()
    for number in range(100):
        swung = swung.swung(f"{number:012x}")
    assert len(swung.before) == 20


@pytest.mark.parametrize("is_first", [True, False])
def test_two_who_publish_at_once_do_not_lose_each_other(bucket: Any, bundles: list[Path], is_first: bool) -> None:
    if not is_first:
        publish(bundles[0])
    store = Store(URI)

    def change(old: Pointer) -> Pointer:
        publish(bundles[1])  # meanwhile, by somebody else
        return old.swung("0" * 12)

    with pytest.raises(StoreError, match=r"current\.json was changed by somebody else meanwhile\. Run it again\."):
        store._swing(change)
    assert pointer(bucket)["version"] == Bundle(bundles[1]).version


def test_a_pointer_of_another_kind_is_not_overwritten(bucket: Any) -> None:
    bucket.Object("prod/current.json").put(Body=b"mine")
    with pytest.raises(StoreError, match="no pointer of ours"):
        publish(SERVED)
    assert bucket.Object("prod/current.json").get()["Body"].read() == b"mine"


def test_no_bucket_is_one_sentence(here: S3) -> None:
    with pytest.raises(StoreError, match="S3 answers NoSuchBucket"):
        publish(SERVED)


def test_no_credentials_is_one_sentence(bucket: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(variable)
    for variable in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with pytest.raises(StoreError, match="AWS knows no credentials from here: run 'aws configure'"):
        publish(SERVED)


def test_nobody_answering_is_one_sentence(here: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StoreError, match="Could not connect to the endpoint URL"):
        publish(SERVED)


def test_another_address_is_refused() -> None:
    with pytest.raises(StoreError, match=r"'models' is no folder in S3\. Give s3://BUCKET/PREFIX\."):
        Store("models")
