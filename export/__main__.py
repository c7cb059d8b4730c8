"""Export, publish, pull or roll back what is served: `python -m export [bundle]|publish|pull|rollback` (`--help`)."""

import argparse
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import onnxruntime as ort
from rich.console import Console

from digits.registry import BUNDLE, open_session
from export import bundle, explanation, parity, verify
from export.parity import ParityError
from export.registry import weights_and_biases
from export.registry.s3 import Store, StoreError
from export.registry.weights_and_biases import RegistryError
from export.verify import VerifyError
from training import checkpoints, dataset, recipes
from training.checkpoints import Artifact, ArtifactError
from training.dataset import DataError, Split
from training.files import write_atomically
from training.metrics import metrics
from training.tracking import wandb_run

TOOLS = {"mlp": ("tf2onnx", "onnx", "onnxruntime"), "tree": ("skl2onnx", "onnx", "onnxruntime")}
SERVED = Path(BUNDLE)
REPORT = Path("frontend", "report")  # its figures go along with a published bundle

console = Console(stderr=True)
say = partial(console.print, soft_wrap=True, markup=False, highlight=False)


def main() -> None:
    arguments = parse(sys.argv[1:])
    try:
        arguments.command(arguments)
    except (ArtifactError, DataError, ParityError, RegistryError, StoreError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        say("Stopped.")
        sys.exit(130)


def parse(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m export", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    export_ = commands.add_parser("bundle", help="convert what is trained, write the bundle (if no command is given)")
    for kind, known in (("mlp", recipes.MLP), ("tree", recipes.TREE)):
        export_.add_argument(
            f"--{kind}", choices=known, default=recipes.DEFAULT[kind], help="the recipe to serve (%(default)s)"
        )
    export_.set_defaults(command=write)
    publish_ = commands.add_parser("publish", help=f"make the bundle a version of the W&B artifact {wandb_run.BUNDLE}")
    publish_.add_argument("--to", metavar="s3://BUCKET/PREFIX", help="not of W&B's, but what running functions serve")
    publish_.set_defaults(command=publish)
    rollback_ = commands.add_parser("rollback", help="let running functions serve what they served before")
    rollback_.add_argument("--at", metavar="s3://BUCKET/PREFIX", required=True, help="where the models are published")
    rollback_.add_argument("--version", help="this one, not the last one before")
    rollback_.set_defaults(command=rollback)
    pull_ = commands.add_parser("pull", help="put a published version in the place of the bundle, if it is proven")
    pull_.add_argument("version", nargs="?", default="latest", help="latest, v3, an alias, ENTITY/PROJECT/NAME:VERSION")
    pull_.add_argument("--run", type=Path, metavar="DIR", help="take it from this offline run, not from W&B's server")
    pull_.add_argument("--allow-worse", action="store_true", help="even if it is right less often than the served one")
    pull_.set_defaults(command=pull)
    for command in (export_, publish_, pull_):
        command.add_argument("--data", type=Path, default=dataset.DATA, help="folder of the MNIST files (%(default)s)")
        command.add_argument("--out", type=Path, default=SERVED, help="the bundle's folder (functions/digits/models)")
    for command in (export_, publish_):
        command.add_argument(
            "--artifacts", type=Path, default=checkpoints.ARTIFACTS, help="trained models (%(default)s)"
        )
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help")):
        given = ["bundle", *given]
    return parser.parse_args(given)


def write(arguments: argparse.Namespace) -> None:
    """Convert every trained model through the gate, write each as ONNX, and the chosen two as the bundle."""
    test = dataset.load_test(arguments.data)
    served = {kind: getattr(arguments, kind) for kind in recipes.DEFAULT}
    chosen = {kind: checkpoints.load(kind, recipe, arguments.artifacts) for kind, recipe in served.items()}
    if arguments.out.resolve() == SERVED.resolve() and any(trained.report.get("quick") for trained in chosen.values()):
        sys.exit(f"{arguments.artifacts} was trained quickly, to try the line: it is not served. Give --out DIR.")
    models = {}
    for kind, recipe in checkpoints.trained(arguments.artifacts):
        trained = chosen[kind] if recipe == served[kind] else checkpoints.load(kind, recipe, arguments.artifacts)
        models[kind, recipe] = export(kind, trained, test)
    for (kind, recipe), exported in models.items():
        write_atomically(arguments.artifacts / f"{kind}-{recipe}.onnx", partial(_put, exported.content))
    bundle.write([models[kind, recipe] for kind, recipe in served.items()], arguments.out)
    say(f"Wrote {arguments.out}, and {len(models)} models as ONNX to {arguments.artifacts}")


def export(kind: str, trained: Artifact, test: Split) -> bundle.Exported:
    """Convert one model and let it pass the gate on the test images. Raises ParityError."""
    name = f"{kind}-{trained.report['recipe']}"
    with console.status(f"{name}: converting"):
        from export.convert import convert  # TensorFlow: seconds

        content = bundle.describe(kind, convert(kind, trained.model), trained.report)
        extension = explanation.extension(kind, content, trained.model)
    with console.status(f"{name}: comparing {len(test):,} answers"):
        session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
        (probabilities,) = session.run(["probabilities"], {"images": test.images})
        expected = native(trained.model, test)
        found = parity.check(name, expected, probabilities)
        explained = explanation.prove(name, open_session(content + extension), test.images, expected)
    measured = metrics(test.labels, probabilities)
    say(
        f"{name}: {found.different_answers} of {found.images:,} answers differ, probabilities by at most "
        f"{found.max_difference:.1e}; accuracy {measured['accuracy']:.2%}; {len(content):,} bytes"
    )
    tools = trained.report["tools"] | {name: version(name) for name in TOOLS[kind]}
    entry = bundle.entry(kind, content, extension, trained.report, measured, found, explained, tools)
    return bundle.Exported(content, extension, entry)


def native(model: Any, test: Split) -> parity.Probabilities:
    """The original's own answers."""
    return model.probabilities(test.images)  # type: ignore[no-any-return]


def publish(arguments: argparse.Namespace) -> None:
    """Prove the bundle, then record it with its figures as a run: online, or offline to be uploaded later."""
    store = Store(arguments.to) if arguments.to else None
    try:
        entries = verify.verify(arguments.out, dataset.load_test(arguments.data))
        if store:
            return release(arguments.out, store)
    except (VerifyError, FileNotFoundError) as error:
        sys.exit(f"{arguments.out} is not published: {error}. Write it anew: python -m export")
    known = weights_and_biases.metadata(entries)
    together = weights_and_biases.group(entries, arguments.artifacts)
    with wandb_run.track(known, name="bundle", job="publish", group=together, say=say) as run:
        run.summarize({f"{kind} {name}": value for kind, each in known.items() for name, value in each.items()})
        run.figures(sorted(REPORT.glob("*.svg")))
        run.bundle(arguments.out, known)
    if not run.whole:
        sys.exit("Nothing was published.")


def release(folder: Path, store: Store) -> None:
    """Publish the proven bundle to running functions."""
    shares = verify.reads_drawn(folder)
    say(", ".join(f"{kind} reads {share:.1%} of {verify.DRAWN} drawn digits" for kind, share in shares.items()))
    version = store.publish(folder, say)
    say(f"{store.uri} points to {version}: within a minute, functions with MODEL_URI={store.uri} serve it.")


def rollback(arguments: argparse.Namespace) -> None:
    """Swing the pointer back."""
    pointer = Store(arguments.at).rollback(arguments.version)
    say(f"{arguments.at} points to {pointer.version or 'no version: each function serves the models it came with'}.")


def pull(arguments: argparse.Namespace) -> None:
    """Fetch a version, prove it, and only then put it in the place of the bundle."""
    test = dataset.load_test(arguments.data)
    source = str(arguments.run or arguments.version)
    try:
        with bundle.replacing(arguments.out) as new, console.status(f"{source}: fetching and proving it"):
            if arguments.run:
                weights_and_biases.restore(arguments.run, new)
            else:
                weights_and_biases.download(arguments.version, new)
            entries = verify.verify(new, test)
            if not arguments.allow_worse:
                verify.not_worse(entries, arguments.out)
                verify.reads_drawn(new)
    except RegistryError as error:
        sys.exit(f"{error} {arguments.out} is as it was.")
    except VerifyError as error:
        sys.exit(f"{source} is refused: {error}. {arguments.out} is as it was.")
    figures = ", ".join(
        f"{kind} {entry['version']} {entry['metrics']['accuracy']:.2%}" for kind, entry in entries.items()
    )
    say(f"Pulled {source} into {arguments.out}: {figures}")


def _put(content: bytes, path: Path) -> None:
    path.write_bytes(content)


if __name__ == "__main__":
    main()
