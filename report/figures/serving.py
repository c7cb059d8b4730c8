"""Figures of the benchmark: cold start, warm latency, HTTP throughput, cost."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from benchmarks.schema import Benchmark, Build, Cost, Side, Spread, Spreads
from report.figures.style import LIGHT, blank, with_legend
from report.formatting import duration
from report.serving.builds import LABELS, SIDES, servers_by_rate

MARKERS = ("o", "s", "D", "^", "v")  # for readers who do not distinguish the colors
LATENCIES = (1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)  # seconds, on an axis
SERVERS = {"ours": "this app", "bentoml": "BentoML", "litserve": "LitServe", "tensorflow": "TensorFlow"}


def figures(benchmark: Benchmark) -> dict[str, Callable[[], Figure]]:
    """Return the functions that draw the figures of a benchmark, by the name of the file."""
    by_name: dict[str, Callable[[], Figure]] = {"serving-cold": partial(cold, benchmark)}
    by_name |= {f"serving-warm-{side}": partial(warm, benchmark, side) for side in SIDES}
    by_name |= {
        f"serving-http-{side}": partial(http, benchmark, side) for side in SIDES if servers_by_rate(benchmark, side)
    }
    return by_name | {"serving-cost": partial(cost, benchmark["cost"])}


def cold(benchmark: Benchmark) -> Figure:
    """Draw the time from process start to first response, for each build."""
    return _bars("Cold start", benchmark["cold_start"])


def warm(benchmark: Benchmark, side: Side) -> Figure:
    """Draw the latency of a warm process, for each build."""
    return _bars(f"Warm latency, {side}\N{MULTIPLICATION SIGN}{side}", benchmark["warm"][side])


def _bars(title: str, spreads: Spreads) -> Figure:
    """Draw a bar for each build up to its median, with its interquartile range."""
    names: list[Build] = [name for name in LABELS if name in spreads]
    figure = blank(70 + 44 * len(names))
    axes = figure.subplots()
    for row, name in enumerate(reversed(names)):
        spread = spreads[name]
        _bar(axes, row, spread, name == "ours")
        _beside(axes, spread["high"], row, duration(spread["median"]))
    axes.set(title=title, xticks=[], xlim=(0, 1.3 * max(spreads[name]["high"] for name in names)))
    _name_rows(axes, [LABELS[name] for name in reversed(names)])
    return figure


def http(benchmark: Benchmark, side: Side) -> Figure:
    """Draw requests per second, and below the latency from the median to the 99th percentile, for each server."""
    servers = servers_by_rate(benchmark, side)[::-1]
    figure = blank(110 + 64 * len(servers))
    upper, lower = figure.subplots(2)
    for row, server in enumerate(servers):
        rate, is_ours = server["requests_per_second"], server["server"] == "ours"
        _bar(upper, row, rate, is_ours)
        _beside(upper, rate["high"], row, f"{rate['median']:,.0f}")
        lower.hlines(row, server["p50"], server["p99"], _color(is_ours), linewidth=3)
        lower.plot([server["p50"]], [row], "o", color=_color(is_ours), markersize=7)
        lower.plot([server["p99"]], [row], "|", color=_color(is_ours), markersize=14, markeredgewidth=3)
    load = f"{side}\N{MULTIPLICATION SIGN}{side}, {servers[0]['connections']} connections"
    upper.set(title=f"Requests per second\n{load}", xticks=[])
    upper.set_xlim(0, 1.25 * max(server["requests_per_second"]["high"] for server in servers))
    lower.set(title="Latency, p50 to p99", xscale="log")
    _mark_latencies(lower, [*(server["p50"] for server in servers), *(server["p99"] for server in servers)])
    for axes in (upper, lower):
        _name_rows(axes, [SERVERS[server["server"]] for server in servers])
    return figure


def cost(cost: Cost) -> Figure:
    """Draw the cost of a million predictions by memory, a line for each share of cold starts."""
    rows = [row for row in cost["rows"] if row["architecture"] == "x86_64"]
    places = np.arange(len(rows))
    usable = np.array([row["unusable"] is None for row in rows])
    figure = blank(330)
    axes = figure.subplots()
    axes.axhline(cost["http_api"], color=LIGHT.quiet, linestyle=":", linewidth=1.5, label="HTTP API, in addition")
    for line, share in reversed(list(enumerate(cost["shares"]))):
        usd = np.array([row["usd"][line] for row in rows])
        alpha = 0.5 + 0.5 * line / max(len(cost["shares"]) - 1, 1)
        style: dict[str, Any] = {"color": LIGHT.mlp, "alpha": alpha}
        axes.plot(places[usable], usd[usable], f"-{MARKERS[line]}", label=f"{share * 100:g}% cold starts", **style)
        axes.plot(places[~usable], usd[~usable], MARKERS[line], markerfacecolor="none", **style)
    axes.set(title="USD per million predictions", xlabel="memory, MB", yscale="log")
    axes.set_xticks(places, [f"{row['memory']:,}" for row in rows])
    axes.yaxis.set_minor_locator(NullLocator())
    low, high = axes.get_ylim()
    axes.set_yticks([usd for usd in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if low <= usd <= high])
    axes.yaxis.set_major_formatter("{x:g}")
    axes.grid(visible=False, axis="x")
    return with_legend(figure)


def _color(is_ours: bool) -> str:
    return LIGHT.mlp if is_ours else LIGHT.quiet


def _bar(axes: Axes, row: int, spread: Spread, is_ours: bool) -> None:
    axes.barh(row, spread["median"], 0.6, color=_color(is_ours), alpha=1 if is_ours else 0.55)
    axes.hlines(row, spread["low"], spread["high"], LIGHT.ink, linewidth=2)


def _beside(axes: Axes, value: float, row: int, text: str) -> None:
    axes.annotate(text, (value, row), (6, 0), textcoords="offset points", va="center", color=LIGHT.ink)


def _name_rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.grid(visible=False, axis="y")


def _mark_latencies(axes: Axes, values: Sequence[float]) -> None:
    """Fit a logarithmic axis to its values and label a few round ones."""
    low, high = min(values) / 1.4, max(values) * 1.4
    within = [latency for latency in LATENCIES if low <= latency <= high]
    labeled = within[:: max(1, -(-len(within) // 5))]
    axes.set_xlim(low, high)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(labeled, [duration(latency) for latency in labeled])
