"""Commands of the export: `python -m export [bundle]|preview|publish|pull|rollback|document`."""

import argparse
import sys
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnxruntime as ort
from rich.console import Console

from command_line import CommandError, with_default
from digits.manifest import MANIFEST
from digits.registry import BUNDLE, open_session
from digits.signing import SIGNATURE, SigningError
from export import bundle, document, explanation, likeness, parity, preview, verify
from export.registry import weights_and_biases
from export.registry.weights_and_biases import RegistryError
from export.verify import VerifyError
from training import checkpoints, dataset, recipes
from training.checkpoints import Checkpoint
from training.dataset import Split
from training.files import write_atomically
from training.metrics import metrics
from training.tracking import wandb_run

if TYPE_CHECKING:
    from export.registry.s3 import Store

TOOLS = {"mlp": ("tf2onnx", "onnx", "onnxruntime"), "tree": ("skl2onnx", "onnx", "onnxruntime")}
SERVED = Path(BUNDLE)
REPORT = Path("frontend", "report")  # its figures are published with the bundle

console = Console(stderr=True)
print_line = partial(console.print, soft_wrap=True, markup=False, highlight=False)


def main() -> None:
    arguments = parse(sys.argv[1:])
    arguments.command(arguments)


def parse(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m export", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    bundle_ = commands.add_parser("bundle", help="convert the trained models, write the bundle (the default command)")
    for kind, names in (("mlp", recipes.MLP), ("tree", recipes.TREE)):
        bundle_.add_argument(
            f"--{kind}", choices=names, default=recipes.DEFAULT[kind], help="the recipe to serve (%(default)s)"
        )
    bundle_.set_defaults(command=write_bundle)
    likeness_ = commands.add_parser("likeness", help="replace the detector of digits in the bundle, and nothing else")
    likeness_.set_defaults(command=write_likeness)
    preview_ = commands.add_parser("preview", help="convert the compact network that the page runs while one draws")
    preview_.set_defaults(command=write_preview)
    publish_ = commands.add_parser("publish", help=f"publish the bundle as the W&B artifact {wandb_run.BUNDLE}")
    publish_.add_argument("--to", metavar="s3://BUCKET/PREFIX", help="publish to running functions instead")
    publish_.set_defaults(command=publish)
    rollback_ = commands.add_parser("rollback", help="let running functions serve an earlier version")
    rollback_.add_argument("--at", metavar="s3://BUCKET/PREFIX", required=True, help="where the models are published")
    rollback_.add_argument("--version", help="default: the previous one")
    rollback_.set_defaults(command=rollback)
    pull_ = commands.add_parser("pull", help="verify a published version and replace the bundle with it")
    pull_.add_argument("version", nargs="?", default="latest", help="latest, v3, an alias, ENTITY/PROJECT/NAME:VERSION")
    pull_.add_argument("--run", type=Path, metavar="DIR", help="read it from this offline run instead")
    pull_.add_argument(
        "--allow-worse", action="store_true", help="even if its accuracy on MNIST is lower than the served one's"
    )
    pull_.add_argument(
        "--allow-worse-handwriting",
        action="store_true",
        help="even if it misreads too many synthetic handwritten digits",
    )
    pull_.set_defaults(command=pull)
    for command in (bundle_, likeness_, preview_, publish_, pull_):
        command.add_argument("--data", type=Path, default=dataset.DATA, help="folder of the MNIST files (%(default)s)")
    for command in (bundle_, likeness_, publish_, pull_):
        command.add_argument("--out", type=Path, default=SERVED, help="the bundle's folder (functions/digits/models)")
    preview_.add_argument("--out", type=Path, default=preview.FOLDER, help="the network's folder (%(default)s)")
    for command in (bundle_, likeness_, preview_, publish_):
        command.add_argument(
            "--artifacts", type=Path, default=checkpoints.ARTIFACTS, help="trained models (%(default)s)"
        )
    document_ = commands.add_parser("document", help=f"write {document.DOCUMENT.name}, the OpenAPI document")
    document_.set_defaults(command=write_document)
    return parser.parse_args(with_default(given, commands.choices, "bundle"))


def write_bundle(arguments: argparse.Namespace) -> None:
    """Convert and verify every trained model, write each as ONNX, and the chosen two as the bundle."""
    bundle.check_folder(arguments.out)
    test = dataset.load_test(arguments.data)
    served = {kind: getattr(arguments, kind) for kind in recipes.DEFAULT}
    chosen = {kind: checkpoints.load(kind, recipe, arguments.artifacts) for kind, recipe in served.items()}
    refuse_quick(chosen.values(), arguments, SERVED)
    models = {}
    for kind, recipe in checkpoints.find(arguments.artifacts):
        checkpoint = chosen[kind] if recipe == served[kind] else checkpoints.load(kind, recipe, arguments.artifacts)
        models[kind, recipe] = export_model(kind, checkpoint, test)
    for (kind, recipe), model in models.items():
        write_atomically(arguments.artifacts / f"{kind}-{recipe}.onnx", partial(_write_bytes, model.content))
    bundle.write([models[kind, recipe] for kind, recipe in served.items()], arguments.out)
    print_line(f"Wrote {arguments.out}, and {len(models)} models as ONNX to {arguments.artifacts}")


def export_model(kind: str, checkpoint: Checkpoint, test: Split) -> bundle.ExportedModel:
    """Convert one model and compare it with the original on the test images. Raises ParityError."""
    name = f"{kind}-{checkpoint.report['recipe']}"
    with console.status(f"{name}: converting"):
        from export.convert import convert  # imports TensorFlow, which takes seconds

        converted = convert(kind, checkpoint.trained)
        if checkpoint.detector:
            likeness.attach(converted, checkpoint.detector)
        content = bundle.serialize(kind, converted, checkpoint.report)
        extension = explanation.build_extension(kind, content, checkpoint.trained)
    with console.status(f"{name}: comparing {len(test):,} predictions"):
        session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
        (probabilities,) = session.run(["probabilities"], {"images": test.images})
        expected = original_probabilities(checkpoint.trained, test)
        compared = parity.check(name, expected, probabilities)
        explained = explanation.verify(name, open_session(content + extension), test.images, expected)
        detector = checkpoint.detector
        scored = likeness.manifest_entry(name, session, detector, test.images) if detector else None
    measured = metrics(test.labels, probabilities)
    print_line(
        f"{name}: {compared.different_answers} of {compared.images:,} predictions differ, probabilities by at most "
        f"{compared.max_difference:.1e}; accuracy {measured['accuracy']:.2%}; {len(content):,} bytes"
    )
    tools = checkpoint.report["tools"] | {name: version(name) for name in TOOLS[kind]}
    entry = bundle.manifest_entry(
        kind, content, extension, checkpoint.report, measured, compared, explained, tools, scored
    )
    return bundle.ExportedModel(content, extension, entry)


def write_likeness(arguments: argparse.Namespace) -> None:
    """Replace the detector in the bundle's MLP by the one beside the trained MLP of the same recipe."""
    test = dataset.load_test(arguments.data)
    entries = verify.verify_bundle(arguments.out, test)
    recipe = entries["mlp"]["recipe"]["name"]
    detector = checkpoints.load_detector("mlp", recipe, arguments.artifacts)
    if detector is None:
        path = checkpoints.detector_path(recipe, arguments.artifacts)
        raise CommandError(f"{path} is missing. Train it: python -m training likeness")
    bundle.write(likeness.replace_in_bundle(arguments.out, detector, test.images), arguments.out)
    print_line(f"Wrote {arguments.out}: threshold {detector.threshold:.3f}, AUROC {detector.metrics['auroc']:.4f}")


def refuse_quick(trained: Iterable[Checkpoint], arguments: argparse.Namespace, served: Path) -> None:
    """Raise CommandError if a quick model would be written to the folder that is served."""
    if any(each.report.get("quick") for each in trained) and arguments.out.resolve() == served.resolve():
        raise CommandError(f"{arguments.artifacts} was trained with --quick and is not served. Give --out DIR.")


def write_preview(arguments: argparse.Namespace) -> None:
    """Convert and verify the preview network, and write it as a file of the page."""
    bundle.check_folder(arguments.out)
    checkpoint = checkpoints.load("mlp", preview.RECIPE, arguments.artifacts)
    refuse_quick([checkpoint], arguments, preview.FOLDER)
    test = dataset.load_test(arguments.data)
    preview.write(export_model("mlp", replace(checkpoint, detector=None), test), arguments.out)
    print_line(f"Wrote {arguments.out}")


def write_document(arguments: argparse.Namespace) -> None:
    """Write docs/openapi.json, the application's OpenAPI document."""
    document.write()
    print_line(f"Wrote {document.DOCUMENT}")


def original_probabilities(trained: Any, test: Split) -> parity.Probabilities:
    """Classify the test images with the original TrainedMlp or TrainedTree."""
    return trained.probabilities(test.images)  # type: ignore[no-any-return]


def publish(arguments: argparse.Namespace) -> None:
    """Verify the bundle, then publish it to S3, or as a W&B run: online, or offline to be uploaded later."""
    store = open_store(arguments.to) if arguments.to else None
    try:
        entries = verify.verify_bundle(arguments.out, dataset.load_test(arguments.data))
        verify.check_signature(arguments.out)
        if store:
            return publish_to_s3(arguments.out, store)
    except (VerifyError, FileNotFoundError, NotADirectoryError) as error:
        raise CommandError(f"{arguments.out} is not published: {error}. Write it again: python -m export") from None
    except SigningError as error:
        signed, signature = arguments.out / MANIFEST, arguments.out / SIGNATURE
        remedy = f"openssl dgst -sha256 -sign PRIVATE_KEY.pem -out {signature} {signed}"
        raise CommandError(f"{arguments.out} is not published: {error}. Sign it: {remedy}") from None
    metadata = weights_and_biases.metadata(entries)
    group = weights_and_biases.training_group(entries, arguments.artifacts)
    with wandb_run.track(metadata, name="bundle", job_type="publish", group=group, print_line=print_line) as run:
        run.update_summary({f"{kind} {name}": value for kind, each in metadata.items() for name, value in each.items()})
        run.log_figures(sorted(REPORT.glob("*.svg")))
        run.log_bundle(arguments.out, metadata)
    if not run.complete:
        raise CommandError("Nothing was published.")


def open_store(uri: str) -> "Store":
    from export.registry.s3 import Store  # imports boto3, which takes half a second

    return Store(uri)


def publish_to_s3(folder: Path, store: "Store") -> None:
    """Publish the verified bundle to running functions. Raises VerifyError or StoreError."""
    accuracies = verify.check_handwriting_accuracy(folder)
    figures = ", ".join(f"{kind} {accuracy:.1%}" for kind, accuracy in accuracies.items())
    print_line(f"Accuracy on {verify.SYNTHETIC_DIGITS} synthetic digits: {figures}")
    version = store.publish(folder, print_line)
    print_line(f"{store.uri} points to {version}: functions with MODEL_URI={store.uri} serve it within a minute.")


def rollback(arguments: argparse.Namespace) -> None:
    """Point running functions to an earlier version."""
    pointer = open_store(arguments.at).rollback(arguments.version)
    print_line(f"{arguments.at} points to {pointer.version or 'no version: each function serves its own models'}.")


def pull(arguments: argparse.Namespace) -> None:
    """Fetch and verify a version, then replace the bundle with it."""
    bundle.check_folder(arguments.out)
    test = dataset.load_test(arguments.data)
    source = str(arguments.run or arguments.version)
    try:
        with bundle.replace_folder(arguments.out) as new, console.status(f"{source}: fetching and verifying"):
            if arguments.run:
                weights_and_biases.restore(arguments.run, new)
            else:
                weights_and_biases.download(arguments.version, new)
            entries = verify.verify_bundle(new, test)
            verify.check_signature(new)
            if not arguments.allow_worse:
                verify.check_not_worse(entries, arguments.out)
            if not arguments.allow_worse_handwriting:
                check_handwriting(new)
    except RegistryError as error:
        raise CommandError(f"{error} {arguments.out} is unchanged.") from None
    except (SigningError, VerifyError) as error:
        raise CommandError(f"{source} is rejected: {error}. {arguments.out} is unchanged.") from None
    figures = ", ".join(
        f"{kind} {entry['version']} {entry['metrics']['accuracy']:.2%}" for kind, entry in entries.items()
    )
    print_line(f"Pulled {source} into {arguments.out}: {figures}")


def check_handwriting(folder: Path) -> None:
    """Raise VerifyError, naming the switch, if a model misreads too many synthetic digits."""
    try:
        verify.check_handwriting_accuracy(folder)
    except VerifyError as error:
        raise VerifyError(f"{error}; to pull it anyway, add --allow-worse-handwriting") from None


def _write_bytes(content: bytes, path: Path) -> None:
    path.write_bytes(content)
