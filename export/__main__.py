"""Export the trained models to ONNX, prove them equal to the originals, write the bundle: `python -m export`."""

import argparse
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import onnxruntime as ort
from rich.console import Console

from digits.classifier import BUNDLE
from export import bundle, parity
from training import artifacts, dataset, recipes
from training.artifacts import Artifact, ArtifactError
from training.dataset import DataError, Split
from training.metrics import metrics

TOOLS = {"mlp": ("tf2onnx", "onnx", "onnxruntime"), "tree": ("skl2onnx", "onnx", "onnxruntime")}

console = Console(stderr=True)


def main() -> None:
    arguments = parse()
    try:
        test = dataset.load_test(arguments.data)
        trained = {
            kind: artifacts.load(kind, getattr(arguments, kind), arguments.artifacts) for kind in recipes.DEFAULT
        }
        models = [export(kind, artifact, test) for kind, artifact in trained.items()]
    except (ArtifactError, DataError, parity.ParityError) as error:
        sys.exit(str(error))
    bundle.write(models, arguments.out)
    console.print(f"Wrote {arguments.out}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m export", description=__doc__)
    for kind, known in (("mlp", recipes.MLP), ("tree", recipes.TREE)):
        parser.add_argument(
            f"--{kind}", choices=known, default=recipes.DEFAULT[kind], help="the recipe to export (%(default)s)"
        )
    parser.add_argument("--artifacts", type=Path, default=artifacts.ARTIFACTS, help="trained models (%(default)s)")
    parser.add_argument("--data", type=Path, default=dataset.DATA, help="folder of the MNIST files (%(default)s)")
    parser.add_argument("--out", type=Path, default=BUNDLE, help="folder to write (functions/digits/models)")
    return parser.parse_args()


def export(kind: str, trained: Artifact, test: Split) -> bundle.Exported:
    """Convert one model and let it pass the gate on the test images. Raises ParityError."""
    with console.status(f"{kind}: converting"):
        from export.convert import convert  # TensorFlow: seconds

        content = bundle.describe(kind, convert(kind, trained.model), trained.report)
    with console.status(f"{kind}: comparing {len(test):,} answers"):
        session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
        (probabilities,) = session.run(None, {"images": test.images})
        found = parity.check(kind, native(kind, trained.model, test), probabilities)
    measured = metrics(test.labels, probabilities)
    console.print(
        f"{kind}: {found.different_answers} of {found.images:,} answers differ, probabilities by at most "
        f"{found.max_difference:.1e}; accuracy {measured['accuracy']:.2%}; {len(content):,} bytes"
    )
    tools = trained.report["tools"] | {name: version(name) for name in TOOLS[kind]}
    return bundle.Exported(content, bundle.entry(kind, content, trained.report, measured, found, tools))


def native(kind: str, model: Any, test: Split) -> parity.Probabilities:
    """The original's own answers."""
    if kind == "mlp":
        return model.predict(test.images, batch_size=1_000, verbose=0)  # type: ignore[no-any-return]
    return model.probabilities(test.images)  # type: ignore[no-any-return]


if __name__ == "__main__":
    main()
