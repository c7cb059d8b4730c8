"""SnapStart hooks; tests/integration/test_emulator_snapstart.py runs them with the real runtime client."""

import runpy
from pathlib import Path
from typing import Any

import pytest
import snapshot_restore_py
from fastapi import FastAPI

import digits.app
from digits import snapstart
from digits.app import create_app
from digits.registry import Bundle
from tests.support.s3 import s3

URI = "s3://models/prod"


@pytest.fixture(autouse=True)
def _no_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_before_snapshot_registry", "_after_restore_registry"):
        monkeypatch.setattr(snapshot_restore_py, name, [])


def run(hooks: list[Any]) -> None:
    for hook, arguments, keywords in hooks:
        hook(*arguments, **keywords)


def assert_hook_loads_everything(app: FastAPI) -> None:
    run(snapshot_restore_py.get_before_snapshot())
    classifiers = app.state.registry.bundle.classifiers
    assert classifiers.keys() == {"mlp", "tree"}
    assert all("explainer" in vars(classifier) for classifier in classifiers.values())
    assert app.openapi_schema


def test_before_snapshot_hook_loads_models_explanations_and_openapi_document() -> None:
    app = create_app()
    snapstart.register(app)
    assert_hook_loads_everything(app)
    assert not snapshot_restore_py.get_after_restore()


def test_snap_start_initialization_registers_the_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    assert_hook_loads_everything(runpy.run_path(digits.app.__file__)["app"])


@pytest.mark.slow
def test_after_restore_hook_serves_published_models(tmp_path: Path) -> None:
    from export.registry.s3 import Store  # imports boto3, which takes a second
    from tests.support.reload_stress.variants import variant  # imports onnx

    with s3() as server:
        server.bucket("models")
        app = create_app(URI)
        snapstart.register(app)
        version = Store(URI).publish(variant(tmp_path / "other", 1), lambda line: None)
        assert app.state.registry.bundle.version == Bundle().version
        run(snapshot_restore_py.get_after_restore())
        assert app.state.registry.bundle.version == version
