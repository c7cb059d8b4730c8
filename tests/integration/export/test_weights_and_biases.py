"""Publish, pull, and everything that a pull refuses: the bundle that is served stays as it was."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import onnx.numpy_helper
import pytest

from digits.registry import BUNDLE, Bundle
from export import __main__ as export
from export import verify
from export.registry import offline_run, weights_and_biases
from export.registry.weights_and_biases import RegistryError
from export.verify import VerifyError
from tests.support.s3 import s3
from tests.support.wandb_folder import environment
from tests.support.wandb_server import Server
from training import dataset
from training.tracking import upload, wandb_run

TEST = dataset.load_test()


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def run(folder: Path, *arguments: str, **account: str) -> tuple[int, str]:
    """Run `python -m export` in a folder. Returns its exit status and what it printed."""
    command = [sys.executable, "-m", "export", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment(folder, **account), capture_output=True, text=True, timeout=120
    )
    return done.returncode, done.stderr


@pytest.fixture(scope="module", name="published")
def _published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the committed bundle, and that alone, has been published without an account."""
    folder = tmp_path_factory.mktemp("published")
    shutil.copytree(BUNDLE, folder / "models")
    (folder / "frontend" / "report").mkdir(parents=True)
    (folder / "frontend" / "report" / "roc.svg").write_text("<svg/>")
    status, said = run(folder, "publish", "--out", "models")
    assert status == 0, said
    assert said.count("\n") == 1
    assert "wandb sync wandb/offline-run-" in said
    return folder


def recorded(folder: Path) -> Path:
    return min(folder.glob("wandb/offline-run-*"))


def staged(folder: Path, name: str) -> Path:
    """Where the run keeps a file of the bundle."""
    return offline_run.read(recorded(folder)).artifacts[wandb_run.BUNDLE].files[name].path


def test_an_offline_publication_is_read_back_whole(published: Path) -> None:
    found = offline_run.read(recorded(published))
    artifact = found.artifacts["digits-bundle"]
    manifest = json.loads((Path(BUNDLE) / "manifest.json").read_text())["models"]
    assert (found.job, artifact.type) == ("publish", "model")
    assert {name: file.path.read_bytes() for name, file in artifact.files.items()} == contents(Path(BUNDLE))
    assert artifact.metadata["mlp"]["accuracy"] == manifest["mlp"]["metrics"]["accuracy"]
    assert artifact.metadata["tree"]["sha256"] == manifest["tree"]["sha256"]
    assert found.summary["mlp accuracy"] == manifest["mlp"]["metrics"]["accuracy"]
    assert any("figures/roc" in step or "figures" in step for step in found.history)


def test_what_was_published_is_pulled(published: Path) -> None:
    status, said = run(published, "pull", "--run", str(recorded(published)), "--out", "fresh/models")
    assert status == 0, said
    assert contents(published / "fresh" / "models") == contents(Path(BUNDLE))


def test_publish_damage_a_byte_pull_is_refused_and_the_served_models_are_untouched(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = published / "models"
    for name in contents(served):
        file = staged(published, name)
        whole = file.read_bytes()
        file.chmod(0o600)
        file.write_bytes(whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:])
        with pytest.raises(SystemExit) as refused:
            pull(monkeypatch, "--run", recorded(published), "--out", served)
        file.write_bytes(whole)
        assert f"{name} in {recorded(published)} is not what was published: another digest" in str(refused.value)
        assert str(refused.value).endswith(f"{served} is as it was.")
        assert contents(served) == contents(Path(BUNDLE))
        assert list(published.glob(".*")) == []


def test_with_an_account_the_bundle_is_uploaded(published: Path) -> None:
    with Server() as server:
        account = {"WANDB_BASE_URL": server.url, "WANDB_API_KEY": "a" * 40}
        status, said = run(published, "publish", "--out", "models", **account)
    assert status == 0, said
    assert said == f"Tracked at {server.url}/me/digits/runs/{server.runs[0]}\n"
    assert {name: server.files[f"/artifact/{name}"] for name in contents(Path(BUNDLE))} == contents(Path(BUNDLE))
    assert server.committed


def test_a_publication_that_is_not_taken_is_a_failure_that_says_so(published: Path) -> None:
    with Server() as server:
        server.refusing = True
        account = {"WANDB_BASE_URL": server.url, "WANDB_API_KEY": "a" * 40}
        status, said = run(published, "publish", "--out", "models", **account)
    assert status == 1
    assert "401" in said
    assert "wandb sync wandb/offline-run-" in said


def test_a_file_that_is_gone_and_a_run_without_a_bundle_say_what_to_do(tmp_path: Path, published: Path) -> None:
    with pytest.raises(RegistryError, match="holds no W&B run"):
        weights_and_biases.restore(tmp_path, tmp_path)
    file = staged(published, "tree.onnx")
    file.rename(tmp_path / "away")
    try:
        with pytest.raises(RegistryError, match=r"cannot be read.*pull its version from W&B"):
            weights_and_biases.restore(recorded(published), tmp_path)
    finally:
        (tmp_path / "away").rename(file)


class Artifact:
    """What W&B's client gives for a version: a folder's files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def download(self, root: str, skip_cache: bool) -> None:
        shutil.copytree(self.folder, root, dirs_exist_ok=True)

    def verify(self, root: str) -> None:
        pass


@pytest.fixture(name="server")
def _server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that is the registry's `latest` and `v3`, in the place of W&B's server."""
    held = tmp_path / "held"
    shutil.copytree(BUNDLE, held)

    class Api:
        def artifact(self, name: str, type: str) -> Artifact:
            if (name, type) not in [(f"digits/digits-bundle:{version}", "model") for version in ("latest", "v3")]:
                raise ValueError(f"artifact {name} not found")
            return Artifact(held)

    monkeypatch.setattr(weights_and_biases, "_api", Api)
    monkeypatch.setattr(upload, "account", lambda: True)
    return held


def pull(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> None:
    monkeypatch.setattr(sys, "argv", ["export", "pull", *map(str, arguments)])
    export.main()


@pytest.mark.parametrize("version", [[], ["latest"], ["v3"], ["digits/digits-bundle:v3"]])
def test_a_version_is_pulled_from_the_server(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: list[str]
) -> None:
    pull(monkeypatch, *version, "--out", tmp_path / "models")
    assert contents(tmp_path / "models") == contents(server)


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text())
    change(manifest["models"])
    file.write_text(json.dumps(manifest))


def flip(folder: Path, name: str = "mlp.onnx") -> None:
    content = bytearray((folder / name).read_bytes())
    content[1000] ^= 1
    (folder / name).write_bytes(content)


def explain_another(folder: Path) -> None:
    """Exchange two classes in the tree's tables, and say so in the manifest."""
    file = folder / "tree.explanation.onnx"
    end = onnx.load_model_from_string(file.read_bytes())
    shares = next(tensor for tensor in end.graph.initializer if tensor.name == "shares")
    exchanged = onnx.numpy_helper.to_array(shares)[:, [1, 0, *range(2, 10)]]
    shares.CopyFrom(onnx.numpy_helper.from_array(exchanged, "shares"))
    file.write_bytes(end.SerializeToString())
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    edit(folder, lambda models: models["tree"]["explanation"].update(sha256=sha256))


LIES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a flipped bit": (flip, "sha256"),
    "a flipped bit in an explanation": (lambda folder: flip(folder, "tree.explanation.onnx"), "cannot be explained"),
    "explanations of other answers": (explain_another, "tree, explained: "),
    "explanations of another folder": (
        lambda folder: edit(folder, lambda models: models["mlp"]["explanation"].update(file="../mlp.explanation.onnx")),
        "under the name mlp",
    ),
    "no explanations": (
        lambda folder: edit(folder, lambda models: models["mlp"].pop("explanation")),
        "mlp.onnx and None under the name mlp",
    ),
    "a file too few": (lambda folder: (folder / "tree.onnx").unlink(), "instead of"),
    "a file too many": (lambda folder: (folder / "more").touch(), "instead of"),
    "no manifest to speak of": (lambda folder: (folder / "manifest.json").write_text("{"), "cannot be read"),
    "another format": (
        lambda folder: (folder / "manifest.json").write_text(
            (folder / "manifest.json").read_text().replace('"format": 1', '"format": 2')
        ),
        "its manifest has the format 2, this code reads 1",
    ),
    "a model too few": (lambda folder: edit(folder, lambda models: models.pop("tree")), "has the models mlp, not"),
    "a file of another folder": (
        lambda folder: edit(folder, lambda models: models["tree"].update(file="../../held/tree.onnx")),
        "under the name tree",
    ),
    "another input": (
        lambda folder: edit(folder, lambda models: models["mlp"]["input"].update(dtype="float32")),
        "takes",
    ),
    "a better accuracy": (
        lambda folder: edit(folder, lambda models: models["mlp"]["metrics"].update(accuracy=0.9999)),
        "claims for mlp accuracy 0.9999",
    ),
    "no figures": (lambda folder: edit(folder, lambda models: models["mlp"].update(metrics={})), "claims for mlp"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_bundle_that_is_not_what_it_claims_is_refused(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    damage, reason = LIES[lie]
    damage(server)
    shutil.copytree(BUNDLE, tmp_path / "models")
    with pytest.raises(SystemExit) as refused:
        pull(monkeypatch, "--out", tmp_path / "models")
    assert "latest is refused: " in str(refused.value)
    assert reason in str(refused.value)
    assert contents(tmp_path / "models") == contents(Path(BUNDLE))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["held", "models"]


def test_a_worse_bundle_is_pulled_only_when_allowed(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = tmp_path / "models"
    shutil.copytree(BUNDLE, served)
    accuracy = json.loads((Path(BUNDLE) / "manifest.json").read_text())["models"]["tree"]["metrics"]["accuracy"]
    edit(served, lambda models: models["tree"]["metrics"].update(accuracy=accuracy + 0.0021))
    with pytest.raises(SystemExit, match=r"tree is right for .*add --allow-worse\. .*models is as it was"):
        pull(monkeypatch, "--out", served)
    assert contents(served) != contents(Path(BUNDLE))
    pull(monkeypatch, "--out", served, "--allow-worse")
    assert contents(served) == contents(Path(BUNDLE))


def test_a_fifth_of_a_point_less_is_not_worse(tmp_path: Path) -> None:
    shutil.copytree(BUNDLE, tmp_path / "models")
    entries = verify.verify(Path(BUNDLE), TEST)
    accuracy = entries["tree"]["metrics"]["accuracy"]
    edit(tmp_path / "models", lambda models: models["tree"]["metrics"].update(accuracy=accuracy + 0.002))
    verify.not_worse(entries, tmp_path / "models")
    edit(tmp_path / "models", lambda models: models["tree"]["metrics"].update(accuracy=accuracy + 0.0021))
    with pytest.raises(VerifyError):
        verify.not_worse(entries, tmp_path / "models")


@pytest.mark.parametrize(
    ("version", "said"),
    [("v99", "artifact digits/digits-bundle:v99 not found"), ("../v1", "is no version. Give latest")],
)
def test_a_version_that_is_not_there_is_one_line(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, said: str
) -> None:
    with pytest.raises(SystemExit) as refused:
        pull(monkeypatch, version, "--out", tmp_path / "models")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "models").exists()


def test_without_an_account_pulling_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "account", lambda: False)
    with pytest.raises(SystemExit, match="set WANDB_API_KEY or run 'wandb login'"):
        pull(monkeypatch, "--out", tmp_path / "models")


def test_a_server_that_cannot_be_reached_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(upload, "account", lambda: True)
    monkeypatch.setattr(wandb_run, "prepare", lambda: None)
    with pytest.raises(SystemExit, match=r"http://127.0.0.1:9 cannot be reached .*Try again later"):
        pull(monkeypatch, "--out", tmp_path / "models")


def test_a_damaged_bundle_is_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(BUNDLE, tmp_path / "models")
    flip(tmp_path / "models")
    monkeypatch.setattr(sys, "argv", ["export", "publish", "--out", str(tmp_path / "models")])
    with pytest.raises(SystemExit, match=r"models is not published: The model mlp cannot be loaded: .*sha256"):
        export.main()


def test_a_publication_is_grouped_with_the_training_of_the_same_models(tmp_path: Path) -> None:
    entries = verify.verify(Path(BUNDLE), TEST)
    name = f"tree-{entries['tree']['recipe']['name']}"
    (tmp_path / f"{name}.json").write_text('{"group": "training-1"}')
    (tmp_path / f"{name}.onnx").write_bytes(b"another")
    assert weights_and_biases.group(entries, tmp_path) is None
    shutil.copy(Path(BUNDLE) / "tree.onnx", tmp_path / f"{name}.onnx")
    assert weights_and_biases.group(entries, tmp_path) == "training-1"


def test_publish_to_s3_and_roll_back(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def command(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["export", *arguments])
        export.main()
        return " ".join(capsys.readouterr().err.split())

    with s3() as here:
        bucket = here.bucket("models")
        said = command("publish", "--to", "s3://models/prod")
        version = Bundle(BUNDLE).version
        assert "mlp reads 100.0% of 500 drawn digits, tree reads 97.8% of 500 drawn digits" in said
        assert f"s3://models/prod points to {version}: within a minute" in said
        assert json.load(bucket.Object("prod/current.json").get()["Body"])["version"] == version
        assert "each function serves the models it came with" in command("rollback", "--at", "s3://models/prod")
        assert f"points to {version}." in command("rollback", "--at", "s3://models/prod", "--version", version)
        monkeypatch.setattr(verify, "READ", {"mlp": 0.9, "tree": 0.99})
        with pytest.raises(SystemExit, match=r"is not published: tree reads 97.8% of 500 drawn digits, 99"):
            command("publish", "--to", "s3://models/prod")
        with pytest.raises(SystemExit, match=r"'models' is no folder in S3"):
            command("rollback", "--at", "models")


def test_a_bundle_that_cannot_read_what_people_draw_is_not_pulled(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "READ", {"mlp": 0.985, "tree": 0.99})
    shutil.copytree(BUNDLE, tmp_path / "models")
    with pytest.raises(SystemExit, match=r"is refused: tree reads 97.8% of 500 drawn digits, 99.0% are asked for"):
        pull(monkeypatch, "--out", tmp_path / "models")
    assert contents(tmp_path / "models") == contents(Path(BUNDLE))
