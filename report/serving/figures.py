"""Figures of the benchmark: cold start, warm answer, HTTP and cost, for a light and for a dark page."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from report.formatting import duration
from report.plotting import Theme, figure

BUILDS = {
    "common": "common build",
    "common, one thread": "… one thread",
    "ours": "ours",
    "fastapi": "FastAPI baseline",
    "bare": "bare baseline",
    "empty": "empty handler",
    "session.run": "network alone",
}
MARKERS = ("o", "s", "D", "^", "v")  # beside the colours, for eyes that do not tell them apart
LATENCIES = (1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)  # seconds, on an axis

type Evaluation = dict[str, Any]
type Draw = Callable[[Evaluation, Theme], Figure]


def figures(benchmark: dict[str, Any]) -> dict[str, Draw]:
    """What can be drawn of this benchmark, by the name of the file."""
    found: dict[str, Draw] = {"serving-cold": cold}
    found |= {f"serving-warm-{side}": partial(warm, side) for side in SIDES}
    found |= {f"serving-http-{side}": partial(http, side) for side in SIDES if loaded(benchmark, side)}
    return found | {"serving-cost": cost}


SIDES = ("28", "280")  # pixels of the PNG


def loaded(benchmark: dict[str, Any], side: str) -> list[dict[str, Any]]:
    """The servers that answered this load, the fastest first."""
    measured = [server for server in benchmark["http"] if str(server.get("side")) == side]
    return sorted(measured, key=lambda server: -float(server["requests_per_second"]["median"]))


def cold(evaluation: Evaluation, theme: Theme) -> Figure:
    """From starting the process to the first answer."""
    return _bars("Cold start", evaluation["benchmark"]["cold_start"], theme)


def warm(side: str, evaluation: Evaluation, theme: Theme) -> Figure:
    """An answer of a process that has answered before."""
    return _bars(f"Warm answer, {side}\N{MULTIPLICATION SIGN}{side}", evaluation["benchmark"]["warm"][side], theme)


def _bars(title: str, spreads: dict[str, Any], theme: Theme) -> Figure:
    """A bar for each build, from zero, with its middle half and its median."""
    names = [name for name in BUILDS if name in spreads]
    drawn = figure(70 + 44 * len(names))
    axes = drawn.subplots()
    for place, name in enumerate(reversed(names)):
        spread = spreads[name]
        _bar(axes, place, spread, theme, name == "ours")
        _beside(axes, spread["high"], place, duration(spread["median"]), theme)
    axes.set(title=title, xticks=[], xlim=(0, 1.3 * max(spreads[name]["high"] for name in names)))
    _name_rows(axes, [BUILDS[name] for name in reversed(names)])
    return drawn


def http(side: str, evaluation: Evaluation, theme: Theme) -> Figure:
    """Requests a second; below, from the median to the slowest in a hundred answers."""
    servers = loaded(evaluation["benchmark"], side)[::-1]
    drawn = figure(110 + 64 * len(servers))
    upper, lower = drawn.subplots(2)
    for place, server in enumerate(servers):
        rate, tone = server["requests_per_second"], _tone(theme, server["server"] == "ours")
        _bar(upper, place, rate, theme, server["server"] == "ours")
        _beside(upper, rate["high"], place, f"{rate['median']:,.0f}", theme)
        lower.hlines(place, server["p50"], server["p99"], tone, linewidth=3)
        lower.plot([server["p50"]], [place], "o", color=tone, markersize=7)
        lower.plot([server["p99"]], [place], "|", color=tone, markersize=14, markeredgewidth=3)
    load = f"{side}\N{MULTIPLICATION SIGN}{side}, {servers[0]['connections']} connections"
    upper.set(title=f"Requests a second\n{load}", xticks=[])
    upper.set_xlim(0, 1.25 * max(server["requests_per_second"]["high"] for server in servers))
    lower.set(title="Latency, median to 99%", xscale="log")
    _mark_latencies(lower, [server[name] for server in servers for name in ("p50", "p99")])
    for axes in (upper, lower):
        _name_rows(axes, [SERVERS[server["server"]] for server in servers])
    return drawn


SERVERS = {"ours": "ours", "bentoml": "BentoML", "litserve": "LitServe", "tensorflow": "TensorFlow"}


def cost(evaluation: Evaluation, theme: Theme) -> Figure:
    """What a million predictions cost with each memory, a line for each share of cold starts."""
    table = evaluation["benchmark"]["cost"]
    rows = [row for row in table["rows"] if row["architecture"] == "x86_64"]
    places = np.arange(len(rows))
    usable = np.array([row["unusable"] is None for row in rows])
    drawn = figure(330)
    axes = drawn.subplots()
    axes.axhline(table["http_api"], color=theme.quiet, linestyle=":", linewidth=1.5, label="HTTP API besides")
    for line, share in reversed(list(enumerate(table["shares"]))):
        usd = np.array([row["usd"][line] for row in rows])
        colour = theme.shades("mlp")(0.5 + 0.5 * line / (len(table["shares"]) - 1))
        axes.plot(places[usable], usd[usable], f"-{MARKERS[line]}", color=colour, label=f"{share * 100:g}% cold")
        axes.plot(places[~usable], usd[~usable], MARKERS[line], color=colour, markerfacecolor=theme.paper)
    axes.set(title="USD a million predictions", xlabel="memory, MB", yscale="log")
    axes.set_xticks(places, [f"{row['memory']:,}" for row in rows])
    axes.yaxis.set_minor_locator(NullLocator())
    low, high = axes.get_ylim()
    axes.set_yticks([usd for usd in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if low <= usd <= high])
    axes.yaxis.set_major_formatter("{x:g}")
    axes.grid(visible=False, axis="x")
    drawn.legend(loc="outside lower center", ncols=2, handlelength=2.6)
    return drawn


def _tone(theme: Theme, ours: bool) -> str:
    return theme.mlp if ours else theme.quiet


def _bar(axes: Axes, place: int, spread: dict[str, Any], theme: Theme, ours: bool) -> None:
    """From zero to the median, with a line through the middle half."""
    axes.barh(place, spread["median"], 0.6, color=_tone(theme, ours), alpha=1 if ours else 0.55)
    axes.hlines(place, spread["low"], spread["high"], theme.ink, linewidth=2)


def _beside(axes: Axes, value: float, place: int, text: str, theme: Theme) -> None:
    axes.annotate(text, (value, place), (6, 0), textcoords="offset points", va="center", color=theme.ink)


def _name_rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.grid(visible=False, axis="y")


def _mark_latencies(axes: Axes, values: Sequence[float]) -> None:
    """A logarithmic axis a little wider than its values, with a few round ones named."""
    low, high = min(values) / 1.4, max(values) * 1.4
    within = [latency for latency in LATENCIES if low <= latency <= high]
    named = within[:: max(1, -(-len(within) // 5))]
    axes.set_xlim(low, high)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(named, [duration(latency) for latency in named])
