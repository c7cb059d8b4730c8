"""The sentence and the three large numbers at the top of each page of the report."""

from dataclasses import dataclass

from benchmarks.schema import Benchmark
from evaluation.schema import KINDS, Evaluation, Kind
from report.confusion_matrices import matrix, misclassified
from report.formatting import MODEL_NAME, duration, microseconds, percent, ratio
from report.results import Results


@dataclass(frozen=True)
class Headline:
    sentence: str
    numbers: dict[str, str]  # value by label


def models(results: Results) -> Headline:
    """Return the accuracy of both models, and the function's cold start, or the MLP's latency without a benchmark."""
    evaluation = results.evaluation
    numbers = {
        f"accuracy of the {MODEL_NAME[kind]}": percent(evaluation["models"][kind]["metrics"]["accuracy"])
        for kind in KINDS
    }
    if results.benchmark:
        numbers["cold start of the function"] = cold_start(results.benchmark)
    else:
        served = {recipe["kind"]: recipe for recipe in evaluation["recipes"] if recipe["served"]}
        numbers["latency of the neural network"] = microseconds(served["mlp"]["microseconds"])
    return Headline(_mistakes(evaluation), numbers)


def serving(benchmark: Benchmark) -> Headline:
    """Return cold start, warm latency and lowest cost, and compare the first two with the reference app."""
    starts, warm, best = benchmark["cold_start"], benchmark["warm"]["28"], benchmark["cost"]["cheapest"]
    start, request = (ratio(spreads["ours / common"]["median"]) for spreads in (starts, warm))
    numbers = {
        "cold start": cold_start(benchmark),
        "warm request, 28 by 28 pixels": duration(warm["ours"]["median"]),
        f"a million predictions, {best['share'] * 100:g}% cold starts": f"{best['usd']:.2f} USD",
    }
    return Headline(
        f"On one core in AWS's Lambda emulator, this app takes {start} times as long to start as the same application "
        f"as commonly built, and {request} times as long to answer a warm request.",
        numbers,
    )


def cold_start(benchmark: Benchmark) -> str:
    return duration(benchmark["cold_start"]["ours"]["median"])


def _mistakes(evaluation: Evaluation) -> str:
    """Compare the mistakes of the two models, the better one first."""
    counts: dict[Kind, int] = {kind: int(misclassified(matrix(evaluation, kind)).sum()) for kind in KINDS}
    better, worse = sorted(KINDS, key=lambda kind: counts[kind])
    return (
        f"The {MODEL_NAME[better]} classifies {evaluation['images']:,} test images of MNIST with {counts[better]:,} "
        f"mistakes, the {MODEL_NAME[worse]} with {counts[worse]:,}."
    )
