"""Wrong uses of `python -m training`: data, output folder, seed, sweeps."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.wrong_use import PYTHON, WrongUse, check

pytestmark = pytest.mark.slow

IMAGES = "train-images-idx3-ubyte"
HEAD = "method: random\nmetric: {name: val_loss, goal: minimize}\n"


def file(name: str, content: str | bytes) -> Callable[[Path], object]:
    """Return a function that writes a file."""

    def prepare(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    return prepare


def tree(name: str, arguments: tuple[str, ...], message: str, status: int = 1, **more: object) -> WrongUse:
    return WrongUse(f"tree-{name}", ("training", "tree", "--no-track", *arguments), message, status, **more)  # type: ignore[arg-type]


def sweep(name: str, content: str | bytes, message: str) -> WrongUse:
    return WrongUse(f"sweep-{name}", ("training", "sweep", "--offline"), message, prepare=file("sweep.yaml", content))


def data(name: str, file_name: str, content: bytes, message: str) -> WrongUse:
    return tree(f"data-{name}", ("--data", "data"), message, prepare=file(f"data/{file_name}", content))


CASES = (
    WrongUse("training-without-command", ("training",), r"the following arguments are required: COMMAND", 2),
    WrongUse("training-unknown-recipe", ("training", "mlp", "--recipe", "big"), r"invalid choice: 'big'", 2),
    tree(
        "data-missing",
        ("--data", "none"),
        r"^none/train-images-idx3-ubyte\.gz is missing\. .*give --data DIR",
        python=PYTHON,
    ),
    tree("data-empty", ("--data", "."), r"train-images-idx3-ubyte\.gz is missing"),
    tree("data-is-a-file", ("--data", "f"), r"^f/train-images-idx3-ubyte\.gz is missing", prepare=file("f", "")),
    data("not-gzip", f"{IMAGES}.gz", b"no gzip", r"\.gz is damaged \(Not a gzipped file"),
    data("truncated", f"{IMAGES}.gz", gzip.compress(b"x" * 9999)[:-9], r"\.gz is damaged \(Compressed file ended"),
    data("bits", f"{IMAGES}.gz", gzip.compress(b"x")[:10] + b"\xff" * 99, r"\.gz is damaged \(Error -3"),
    data("other", IMAGES, b"x", r"^train-images-idx3-ubyte in data is not MNIST's \(sha256 differs\)"),
    data("folder", f"{IMAGES}/inside", b"x", r"^data/train-images-idx3-ubyte is damaged \(.*Is a directory"),
    WrongUse(
        "download-without-network",
        ("training", "tree", "--no-track", "--download"),
        r"^Keras could not download MNIST \(.*\)\. Omit --download: training/data has the files\.$",
        environment={"https_proxy": "http://127.0.0.1:9", "KERAS_HOME": "keras"},
    ),
    tree("out-is-a-file", ("--out", "f"), r"^f cannot be created \(File exists\)\. .*--out DIR", prepare=file("f", "")),
    tree("out-below-a-file", ("--out", "f/g"), r"^f/g cannot be created \(Not a dir", prepare=file("f", "")),
    tree("out-not-writable", ("--out", "/proc/out"), r"^/proc/out cannot be created \(No such file or directory\)"),
    tree("seed-of-letters", ("--seed", "many"), r"'many' is not a seed: give an integer from 0 to 4294967295", 2),
    tree("seed-too-large", ("--seed", "4294967296"), r"'4294967296' is not a seed", 2),
    WrongUse("all-unknown-recipe", ("training", "all", "--recipe", "wide"), r"^tree has no recipe 'wide'\. Choose"),
    WrongUse("sweep-missing", ("training", "sweep"), r"^sweep\.yaml cannot be read \(No such file.*git checkout"),
    WrongUse("sweep-folder", ("training", "sweep", "--config", "."), r"^\. cannot be read \(Is a directory\)"),
    sweep("empty", "", r"^sweep\.yaml: it has no 'parameters:'"),
    sweep("not-yaml", "a: [\nb: }", r"^sweep\.yaml is not YAML: "),
    sweep("not-text", b"\xff\xfe\x00", r"^sweep\.yaml is not YAML: "),
    sweep("list", "[1, 2]", r"it has no 'parameters:'"),
    sweep("method", f"{HEAD.replace('random', 'genetic')}parameters: {{batch: {{value: 8}}}}", r"'method:' is 'gen"),
    sweep("metric", f"{HEAD.replace('minimize', 'maximize')}parameters: {{batch: {{value: 8}}}}", r"'metric:' must be"),
    sweep("setting", f"{HEAD}parameters: {{batchsize: {{value: 8}}}}", r"'batchsize' is not a setting of an MLP"),
    sweep("type", f"{HEAD}parameters: {{batch: {{value: many}}}}", r"'batch' is 'many': input should be a valid int"),
    sweep("epochs", f"{HEAD}parameters: {{epochs: {{value: 0}}}}", r"'epochs' is 0: .*greater than 0"),
    sweep("recipe", f"{HEAD}parameters: {{recipe: {{value: [wide]}}}}", r"no MLP recipe \['wide'\]\. Choose from"),
    sweep("grid", f"{HEAD.replace('random', 'grid')}parameters: {{ema: {{min: 0, max: 0.5}}}}", r"a grid has no range"),
    WrongUse("sweep-id", ("training", "sweep", "--id", "a b"), r"'a b' is not a sweep: give ENTITY/PROJECT/ID", 2),
    WrongUse("sweep-count-0", ("training", "sweep", "--count", "0"), r"'0' is not a whole number of at least 1", 2),
    WrongUse("sweep-count-word", ("training", "sweep", "--count", "x"), r"'x' is not a whole number of at least 1", 2),
    WrongUse(
        "sweep-id-offline",
        ("training", "sweep", "--offline", "--id", "a"),
        r"^--id joins a sweep on W&B's server, --offline uses none",
        prepare=file("sweep.yaml", f"{HEAD}parameters: {{batch: {{value: 8}}}}"),
    ),
    WrongUse(
        "sweep-data",
        ("training", "sweep", "--offline", "--data", "none"),
        r"^none/train-images-idx3-ubyte\.gz is missing",
        prepare=file("sweep.yaml", f"{HEAD}parameters: {{batch: {{value: 8}}}}"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_wrong_use_of_training_prints_one_line(case: WrongUse, tmp_path: Path) -> None:
    check(case, tmp_path)
