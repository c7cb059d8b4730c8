"""Publication to W&B and pull; a rejected pull leaves the served bundle unchanged."""

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

from command_line import CommandError
from digits.registry import BUNDLE, Bundle
from export import command as export
from export import verify
from export.registry import weights_and_biases
from export.verify import VerifyError
from tests.support import keys, wandb_log
from tests.support.s3 import s3
from tests.support.wandb_folder import environment
from tests.support.wandb_server import Server
from training import dataset
from training.tracking import bundle_copy, upload, wandb_run

TEST = dataset.load_test()


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def run(folder: Path, *arguments: str, **account: str) -> tuple[int, str]:
    """Run `python -m export` in a folder. Returns its exit status and its output."""
    command = [sys.executable, "-m", "export", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment(folder, **account), capture_output=True, text=True, timeout=120
    )
    return done.returncode, done.stderr


@pytest.fixture(scope="module", name="published")
def _published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the committed bundle has been published once, without an account."""
    folder = tmp_path_factory.mktemp("published")
    shutil.copytree(BUNDLE, folder / "models")
    (folder / "frontend" / "report").mkdir(parents=True)
    (folder / "frontend" / "report" / "roc.svg").write_text("<svg/>")
    status, output = run(folder, "publish", "--out", "models")
    assert status == 0, output
    assert output.count("\n") == 1
    assert "wandb sync wandb/offline-run-" in output
    return folder


def run_folder(folder: Path) -> Path:
    """Return the folder of the first run."""
    return min(folder.glob("wandb/offline-run-*"))


def test_offline_publication_has_metadata_figures_and_a_copy_of_the_bundle(published: Path) -> None:
    folder = run_folder(published)
    recorded = wandb_log.read(folder)
    metadata = recorded.artifacts["digits-bundle"]
    manifest = json.loads((Path(BUNDLE) / "manifest.json").read_text())["models"]
    assert recorded.job_type == "publish"
    assert contents(folder / bundle_copy.FOLDER) == contents(Path(BUNDLE))
    assert metadata["mlp"]["accuracy"] == manifest["mlp"]["metrics"]["accuracy"]
    assert metadata["tree"]["sha256"] == manifest["tree"]["sha256"]
    assert recorded.summary["mlp accuracy"] == manifest["mlp"]["metrics"]["accuracy"]
    assert any("figures/roc" in step or "figures" in step for step in recorded.history)


def test_offline_publication_can_be_pulled(published: Path) -> None:
    status, output = run(published, "pull", "--run", str(run_folder(published)), "--out", "fresh/models")
    assert status == 0, output
    assert contents(published / "fresh" / "models") == contents(Path(BUNDLE))


def test_offline_publication_can_be_pulled_from_a_moved_folder(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    shutil.copytree(published / "wandb", tmp_path / "elsewhere" / "wandb", symlinks=True)
    shutil.move(published / "wandb", published / "hidden")
    try:
        pull(monkeypatch, "--run", run_folder(tmp_path / "elsewhere"), "--out", tmp_path / "models")
    finally:
        shutil.move(published / "hidden", published / "wandb")
    assert contents(tmp_path / "models") == contents(Path(BUNDLE))


@pytest.mark.parametrize("name", sorted(verify.FILES))
def test_damaged_copy_is_rejected_and_the_served_models_are_unchanged(
    published: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    served = published / "models"
    file = run_folder(published) / bundle_copy.FOLDER / name
    intact = file.read_bytes()
    file.write_bytes(intact[:-100] + bytes([intact[-100] ^ 1]) + intact[-99:])
    try:
        with pytest.raises(CommandError) as raised:
            pull(monkeypatch, "--run", run_folder(published), "--out", served)
    finally:
        file.write_bytes(intact)
    assert f"{name} is missing or damaged" in str(raised.value)
    assert str(raised.value).endswith(f"{served} is unchanged.")
    assert contents(served) == contents(Path(BUNDLE))
    assert list(published.glob(".*")) == []


def test_bundle_is_uploaded_with_an_account(published: Path) -> None:
    with Server() as server:
        account = {"WANDB_BASE_URL": server.url, "WANDB_API_KEY": "a" * 40}
        status, output = run(published, "publish", "--out", "models", **account)
    assert status == 0, output
    assert output == f"Tracked at {server.url}/me/digits/runs/{server.runs[0]}\n"
    assert {name: server.files[f"/artifact/{name}"] for name in contents(Path(BUNDLE))} == contents(Path(BUNDLE))
    assert server.committed


def test_rejected_upload_exits_1_and_names_the_sync_command(published: Path) -> None:
    with Server() as server:
        server.rejecting = True
        account = {"WANDB_BASE_URL": server.url, "WANDB_API_KEY": "a" * 40}
        status, output = run(published, "publish", "--out", "models", **account)
    assert status == 1
    assert "401" in output
    assert "wandb sync wandb/offline-run-" in output


def test_error_for_a_folder_without_run_or_bundle_has_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="holds no W&B run"):
        pull(monkeypatch, "--run", tmp_path, "--out", tmp_path / "models")
    (tmp_path / "run-ab12cd34.wandb").touch()  # as recorded by an earlier version
    with pytest.raises(CommandError, match=r"holds no copy of a bundle.*python -m export publish") as raised:
        pull(monkeypatch, "--run", tmp_path, "--out", tmp_path / "models")
    assert "\n" not in str(raised.value)


class Artifact:
    """Fake of W&B's artifact: the files of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def download(self, root: str, skip_cache: bool) -> None:
        shutil.copytree(self.folder, root, dirs_exist_ok=True)

    def verify(self, root: str) -> None:
        pass


@pytest.fixture(name="server")
def _server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the versions `latest` and `v3` of a fake registry."""
    registry = tmp_path / "registry"
    shutil.copytree(BUNDLE, registry)

    class Api:
        def artifact(self, name: str, type: str) -> Artifact:
            if (name, type) not in [(f"digits/digits-bundle:{version}", "model") for version in ("latest", "v3")]:
                raise ValueError(f"artifact {name} not found")
            return Artifact(registry)

    monkeypatch.setattr(weights_and_biases, "_api", Api)
    monkeypatch.setattr(upload, "has_credentials", lambda: True)
    return registry


def pull(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> None:
    monkeypatch.setattr(sys, "argv", ["export", "pull", *map(str, arguments)])
    export.main()


@pytest.mark.parametrize("version", [[], ["latest"], ["v3"], ["digits/digits-bundle:v3"]])
def test_version_is_pulled_from_the_server(
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


def swap_explained_classes(folder: Path) -> None:
    """Swap two classes in the tree's explanation, and update the manifest's sha256."""
    file = folder / "tree.explanation.onnx"
    extension = onnx.load_model_from_string(file.read_bytes())
    shares = next(tensor for tensor in extension.graph.initializer if tensor.name == "shares")
    swapped = onnx.numpy_helper.to_array(shares)[:, [1, 0, *range(2, 10)]]
    shares.CopyFrom(onnx.numpy_helper.from_array(swapped, "shares"))
    file.write_bytes(extension.SerializeToString())
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    edit(folder, lambda models: models["tree"]["explanation"].update(sha256=sha256))


INVALID: dict[str, tuple[Callable[[Path], object], str]] = {
    "flipped bit": (flip, "sha256"),
    "flipped bit in an explanation": (lambda folder: flip(folder, "tree.explanation.onnx"), "cannot be explained"),
    "other explanations": (swap_explained_classes, "tree, explained: "),
    "explanations in another folder": (
        lambda folder: edit(folder, lambda models: models["mlp"]["explanation"].update(file="../mlp.explanation.onnx")),
        "under the name mlp",
    ),
    "no explanations": (
        lambda folder: edit(folder, lambda models: models["mlp"].pop("explanation")),
        "mlp.onnx and None under the name mlp",
    ),
    "missing file": (lambda folder: (folder / "tree.onnx").unlink(), "instead of"),
    "extra file": (lambda folder: (folder / "more").touch(), "instead of"),
    "invalid manifest": (lambda folder: (folder / "manifest.json").write_text("{"), "cannot be read"),
    "another format": (
        lambda folder: (folder / "manifest.json").write_text(
            (folder / "manifest.json").read_text().replace('"format": 1', '"format": 2')
        ),
        "its manifest has the format 2, expected 1",
    ),
    "missing model": (lambda folder: edit(folder, lambda models: models.pop("tree")), "has the models mlp, not"),
    "file in another folder": (
        lambda folder: edit(folder, lambda models: models["tree"].update(file="../../registry/tree.onnx")),
        "under the name tree",
    ),
    "another input": (
        lambda folder: edit(folder, lambda models: models["mlp"]["input"].update(dtype="float32")),
        "not supported",
    ),
    "higher accuracy": (
        lambda folder: edit(folder, lambda models: models["mlp"]["metrics"].update(accuracy=0.9999)),
        "claims for mlp accuracy 0.9999",
    ),
    "no metrics": (lambda folder: edit(folder, lambda models: models["mlp"].update(metrics={})), "claims for mlp"),
}


@pytest.mark.parametrize("case", INVALID)
def test_invalid_bundle_is_rejected(server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    damage, reason = INVALID[case]
    damage(server)
    shutil.copytree(BUNDLE, tmp_path / "models")
    with pytest.raises(CommandError) as raised:
        pull(monkeypatch, "--out", tmp_path / "models")
    assert "latest is rejected: " in str(raised.value)
    assert reason in str(raised.value)
    assert contents(tmp_path / "models") == contents(Path(BUNDLE))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["models", "registry"]


def test_worse_bundle_is_pulled_only_with_allow_worse(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = tmp_path / "models"
    shutil.copytree(BUNDLE, served)
    accuracy = json.loads((Path(BUNDLE) / "manifest.json").read_text())["models"]["tree"]["metrics"]["accuracy"]
    edit(served, lambda models: models["tree"]["metrics"].update(accuracy=accuracy + 0.0021))
    with pytest.raises(CommandError, match=r"tree has an accuracy of .*add --allow-worse\. .*models is unchanged"):
        pull(monkeypatch, "--out", served)
    assert contents(served) != contents(Path(BUNDLE))
    pull(monkeypatch, "--out", served, "--allow-worse")
    assert contents(served) == contents(Path(BUNDLE))


def test_accuracy_loss_of_0_002_is_accepted(tmp_path: Path) -> None:
    shutil.copytree(BUNDLE, tmp_path / "models")
    entries = verify.verify_bundle(Path(BUNDLE), TEST)
    accuracy = entries["tree"]["metrics"]["accuracy"]
    edit(tmp_path / "models", lambda models: models["tree"]["metrics"].update(accuracy=accuracy + 0.002))
    verify.check_not_worse(entries, tmp_path / "models")
    edit(tmp_path / "models", lambda models: models["tree"]["metrics"].update(accuracy=accuracy + 0.0021))
    with pytest.raises(VerifyError):
        verify.check_not_worse(entries, tmp_path / "models")


@pytest.mark.parametrize(
    ("version", "message"),
    [("v99", "artifact digits/digits-bundle:v99 not found"), ("../v1", "is not a version. Give latest")],
)
def test_unknown_version_is_one_line(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, message: str
) -> None:
    with pytest.raises(CommandError) as raised:
        pull(monkeypatch, version, "--out", tmp_path / "models")
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "models").exists()


def test_pull_without_account_error_names_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "has_credentials", lambda: False)
    with pytest.raises(CommandError, match="set WANDB_API_KEY or run 'wandb login'"):
        pull(monkeypatch, "--out", tmp_path / "models")


def test_unreachable_server_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(upload, "has_credentials", lambda: True)
    monkeypatch.setattr(wandb_run, "set_default_folders", lambda: None)
    with pytest.raises(CommandError, match=r"http://127.0.0.1:9 cannot be reached .*Try again later"):
        pull(monkeypatch, "--out", tmp_path / "models")


def test_damaged_bundle_is_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(BUNDLE, tmp_path / "models")
    flip(tmp_path / "models")
    monkeypatch.setattr(sys, "argv", ["export", "publish", "--out", str(tmp_path / "models")])
    with pytest.raises(CommandError, match=r"models is not published: The model mlp cannot be loaded: .*sha256"):
        export.main()


def test_with_a_key_only_signed_bundles_are_published_and_pulled(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = keys.require_signatures(tmp_path, monkeypatch)
    monkeypatch.setattr(sys, "argv", ["export", "publish", "--out", str(server)])
    remedy = f"openssl dgst -sha256 -sign PRIVATE_KEY.pem -out {server}/manifest.json.sig {server}/manifest.json"
    with pytest.raises(CommandError, match=rf"is not published: the manifest is not signed\. Sign it: {remedy}$"):
        export.main()
    with pytest.raises(CommandError, match=r"^latest is rejected: the manifest is not signed\."):
        pull(monkeypatch, "--out", tmp_path / "models")
    assert not (tmp_path / "models").exists()
    keys.sign_bundle(private, server)
    pull(monkeypatch, "--out", tmp_path / "models")
    assert contents(tmp_path / "models") == contents(server)


def test_publication_has_the_group_of_its_training(tmp_path: Path) -> None:
    entries = verify.verify_bundle(Path(BUNDLE), TEST)
    name = f"tree-{entries['tree']['recipe']['name']}"
    (tmp_path / f"{name}.json").write_text('{"group": "training-1"}')
    (tmp_path / f"{name}.onnx").write_bytes(b"another")
    assert weights_and_biases.training_group(entries, tmp_path) is None
    shutil.copy(Path(BUNDLE) / "tree.onnx", tmp_path / f"{name}.onnx")
    assert weights_and_biases.training_group(entries, tmp_path) == "training-1"


def test_publish_to_s3_and_roll_back(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def command(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["export", *arguments])
        export.main()
        return " ".join(capsys.readouterr().err.split())

    with s3() as server:
        bucket = server.bucket("models")
        output = command("publish", "--to", "s3://models/prod")
        version = Bundle(BUNDLE).version
        assert "Accuracy on 500 synthetic digits: mlp 99.8%, tree 99.4%" in output
        assert f"s3://models/prod points to {version}: functions with" in output
        assert json.load(bucket.Object("prod/current.json").get()["Body"])["version"] == version
        assert "each function serves its own models" in command("rollback", "--at", "s3://models/prod")
        assert f"points to {version}." in command("rollback", "--at", "s3://models/prod", "--version", version)
        monkeypatch.setattr(verify, "MIN_HANDWRITING_ACCURACY", {"mlp": 0.9, "tree": 0.999})
        with pytest.raises(
            CommandError,
            match=r"is not published: tree has an accuracy of 99.4% on 500 synthetic digits, required: 99.9",
        ):
            command("publish", "--to", "s3://models/prod")
        with pytest.raises(CommandError, match=r"'models' is not an S3 folder"):
            command("rollback", "--at", "models")


def test_bundle_with_low_handwriting_accuracy_is_not_pulled(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "MIN_HANDWRITING_ACCURACY", {"mlp": 0.985, "tree": 0.999})
    shutil.copytree(BUNDLE, tmp_path / "models")
    with pytest.raises(
        CommandError,
        match=r"is rejected: tree has an accuracy of 99.4% on 500 synthetic digits, required: 99.9%; "
        "to pull it anyway, add --allow-worse-handwriting",
    ):
        pull(monkeypatch, "--out", tmp_path / "models", "--allow-worse")
    assert contents(tmp_path / "models") == contents(Path(BUNDLE))
    pull(monkeypatch, "--out", tmp_path / "models", "--allow-worse-handwriting")
