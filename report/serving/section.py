"""Section of the report on cold start, warm answer, HTTP, memory, size and cost."""

from collections.abc import Callable
from typing import Any

from evaluation.results import BENCHMARK
from report import page
from report.formatting import NONE, duration, megabytes, milliseconds, ratio
from report.serving import captions as findings
from report.serving import cost
from report.serving.figures import BUILDS, SIDES, loaded

type Benchmark = dict[str, Any]
type Show = Callable[[str, str], str]  # the name of a figure and a caption


def section(benchmark: Benchmark, show: Show) -> page.Section:
    """From the first start to the bill."""
    parts = [
        *_times(benchmark, show),
        *_http(benchmark, show),
        page.paragraph(" ".join(filter(None, (findings.growth(benchmark), findings.unbuilt(benchmark))))),
        page.row(_memory(benchmark), _artifact(benchmark)),
        *cost.prices(benchmark["cost"], show),
        *cost.loads(benchmark["scale"]),
    ]
    return page.Section("serving", "Serving: start, answer, cost", parts)


def method() -> str:
    """How to make all of it anew: HTML."""
    link = f'<p>Start, answer and cost: <a href="{page.FOLDER}/{BENCHMARK}">{BENCHMARK}</a>. To measure anew:</p>'
    return f"{link}\n<pre><code>make bench</code></pre>"


def _times(benchmark: Benchmark, show: Show) -> list[str]:
    machine = benchmark["machine"]
    how = (
        f"Each process has one core of {machine['processor']}, and the builds take turns; a ratio is the median of the "
        "ratios of neighbours. A cold start is a fresh process in AWS's Lambda emulator, from its start to its first "
        "answer; a warm answer is the handler's own time in a process that has answered before. The common build has a "
        "sync route, default options and no bytecode; warm, most of its time goes into two threads of onnxruntime that "
        "wait for each other on one core, so it is shown with one thread as well. The bare baseline decodes the same "
        "PNG and runs the same network with the same packages, without a framework; the FastAPI baseline does so in "
        "one FastAPI route, with our start-up settings."
    )
    shown = [
        show("serving-cold", "From starting the process to the first answer. Lines: the middle half of the runs."),
        *(show(f"serving-warm-{side}", f"The handler's answer to a PNG of {side} by {side} pixels.") for side in SIDES),
    ]
    versions = ", ".join(f"{name} {version}" for name, version in benchmark["versions"].items())
    tools = (
        f"Measured on {benchmark['measured']} on {machine['cores']} cores with Python {machine['python']}, {versions}."
    )
    return [
        page.paragraph(f"A cold start of ours {findings.compared(benchmark['cold_start'])}"),
        page.paragraph(findings.framework(benchmark)),
        page.paragraph(how),
        page.row(*shown),
        _measures(benchmark),
        page.paragraph(findings.decoding(benchmark)),
        page.folded("The numbers", *_spreads(benchmark), page.paragraph(tools)),
    ]


def _measures(benchmark: Benchmark) -> str:
    rows = [
        [
            f"Without {name}",
            duration(measure["without"]["median"]),
            milliseconds(measure["saved"]["median"]),
            f"{milliseconds(measure['saved']['low'])} to {milliseconds(measure['saved']['high'])}",
            ratio(measure["without / ours"]["median"]),
        ]
        for name, measure in sorted(benchmark["measures"].items(), key=lambda item: -item[1]["saved"]["median"])
    ]
    head = ["", "Cold start", "Saved by it", "Middle half", "Times ours"]
    return page.table("What each start-up measure saves of a cold start", head, rows)


def _spreads(benchmark: Benchmark) -> list[str]:
    warm = {f"Warm answer, {side} by {side}": benchmark["warm"][side] for side in SIDES}
    head = ["", "Runs", "Median", "25% below", "75% below", "99% below"]
    return [
        page.table(
            title,
            head,
            [
                [words.capitalize(), f"{spreads[name]['n']:,}", *_spread(spreads[name])]
                for name, words in BUILDS.items()
                if name in spreads
            ],
        )
        for title, spreads in {"Cold start": benchmark["cold_start"], **warm}.items()
    ]


def _spread(spread: dict[str, Any]) -> list[str]:
    return [duration(spread[name]) for name in ("median", "low", "high", "p99")]


def _http(benchmark: Benchmark, show: Show) -> list[str]:
    words = (
        "One server at a time on one core, the load from another; every server decodes the same base64 PNG and runs "
        "the same ONNX file, except TensorFlow, which loads its own network for every request, as the application that "
        "this one replaces did."
    )
    found = [*(findings.faster(benchmark, side) for side in SIDES), findings.faults(benchmark)]
    shown = [show(f"serving-http-{side}", "Above: more is better; below: less is.") for side in SIDES]
    tables = [_servers(loaded(benchmark, side)) for side in SIDES if loaded(benchmark, side)]
    folded = [page.folded("The numbers", *tables)] if tables else []
    return [*map(page.paragraph, filter(None, found)), page.paragraph(words), page.row(*shown), *folded]


def _servers(servers: list[Benchmark]) -> str:
    """One load of HTTP."""
    rows = [
        [
            server["title"],
            f"{server['requests_per_second']['median']:,.0f}",
            duration(server["p50"]),
            duration(server["p99"]),
            f"{server['errors']:,}",
            duration(server["ready"]),
            megabytes(server["resident"]),
        ]
        for server in servers
    ]
    head = ["Server", "Requests a second", "Median", "99% below", "Errors", "Ready after", "Memory"]
    side, connections = servers[0]["side"], servers[0]["connections"]
    return page.table(f"HTTP on one core, {side} by {side}, {connections} connections", head, rows)


def _memory(benchmark: Benchmark) -> str:
    memory = benchmark["memory"]
    rows = [
        [f"{requests:,}", megabytes(size)]
        for requests, size in zip(memory["requests"], memory["resident"], strict=True)
    ]
    return page.table("Resident memory", ["After requests", ""], rows)


def _artifact(benchmark: Benchmark) -> str:
    rows = [
        [name, NONE, NONE, NONE]
        if "fault" in built
        else [name, megabytes(built["unzipped"]), megabytes(built["zipped"]), f"{built['files']:,}"]
        for name, built in benchmark["artifact"].items()
    ]
    return page.table("What ships", ["", "Unzipped", "Zipped", "Files"], rows)
