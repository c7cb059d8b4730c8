"""Sentences on the benchmark: for the section of the report, and for the alternative texts of its figures."""

from typing import Any

from report.formatting import duration, percent, ratio
from report.serving.figures import SIDES, loaded

type Benchmark = dict[str, Any]

NAMES = {
    "common": "the same application as commonly built",
    "common, one thread": "that with one thread for the network",
    "fastapi": "the FastAPI baseline",
    "bare": "the bare baseline",
    "empty": "an empty handler",
    "session.run": "the network alone",
}


def alternatives(benchmark: Benchmark) -> dict[str, str]:
    """The finding of each figure, by the figure's name: its alternative text."""
    found = {"serving-cold": f"A cold start of ours {compared(benchmark['cold_start'])}"}
    for side in SIDES:
        size = f"{side} by {side} pixels"
        found[f"serving-warm-{side}"] = f"A warm answer of ours to {size} {compared(benchmark['warm'][side])}"
        if servers := loaded(benchmark, side):
            found[f"serving-http-{side}"] = f"PNGs of {size}, {servers[0]['connections']} connections: {_http(servers)}"
    return found | {"serving-cost": _cost(benchmark["cost"])}


def compared(spreads: dict[str, Any]) -> str:
    """Time of ours and of each other, and the ratios of ours to the baselines and to the common build."""
    others = [f"{words} {duration(spreads[name]['median'])}" for name, words in NAMES.items() if name in spreads]
    fastapi, bare, common = (ratio(spreads[f"ours / {name}"]["median"]) for name in ("fastapi", "bare", "common"))
    return (
        f"takes {duration(spreads['ours']['median'])}, {_listed(others)}: {fastapi} times the time of the FastAPI "
        f"baseline, {bare} times that of the bare baseline and {common} times that of the common build."
    )


def framework(benchmark: Benchmark) -> str:
    """The price of FastAPI in a cold start, and that of the application on top of it."""
    starts = benchmark["cold_start"]
    ours, fastapi, bare = (starts[name]["median"] for name in ("ours", "fastapi", "bare"))
    return (
        f"FastAPI has a price: with it, the leanest handler takes {_difference(fastapi, bare)} than without it "
        f"({ratio(starts['fastapi / bare']['median'])} times), and ours takes {_difference(ours, fastapi)} than that "
        f"handler ({ratio(starts['ours / fastapi']['median'])} times)."
    )


def _difference(one: float, other: float) -> str:
    return f"{duration(abs(one - other))} {'longer' if one >= other else 'less'}"


def _http(servers: list[dict[str, Any]]) -> str:
    words = [
        f"{server['title']} answers {server['requests_per_second']['median']:,.0f} requests a second, 99% within "
        f"{duration(server['p99'])}"
        for server in servers
    ]
    return f"{'; '.join(words)}."


def faster(benchmark: Benchmark, side: str) -> str:
    """How many times as many requests ours answers as each other, and how far its slow answers are from its median."""
    servers = {server["server"]: server for server in loaded(benchmark, side)}
    ours = servers.pop("ours", None)
    if ours is None or not servers:
        return ""
    rate = ours["requests_per_second"]["median"]
    words = [
        f"{ratio(rate / server['requests_per_second']['median'])} times as many as {server['title']}"
        for server in servers.values()
    ]
    return (
        f"With {side} by {side} pixels and {ours['connections']} connections, ours answers {rate:,.0f} requests a "
        f"second, {_listed(words)}; its 99th percentile, {duration(ours['p99'])}, is "
        f"{ratio(ours['p99'] / ours['p50'])} times its median."
    )


def faults(benchmark: Benchmark) -> str:
    """The servers that could not be measured, and why."""
    return " ".join(
        f"{server['title']} could not be measured: {server['fault'].rstrip('.')}."
        for server in benchmark["http"]
        if "fault" in server
    )


def unbuilt(benchmark: Benchmark) -> str:
    """The architectures for which nothing was built, and why."""
    built = benchmark["artifact"].items()
    return " ".join(f"{name} could not be built: {one['fault'].rstrip('.')}." for name, one in built if "fault" in one)


def growth(benchmark: Benchmark) -> str:
    """How much memory requests take for good."""
    requests, resident = benchmark["memory"]["requests"], benchmark["memory"]["resident"]
    grown = (resident[-1] - resident[-2]) / 1e6
    return (
        f"Between request {requests[-2]:,} and {requests[-1]:,} the process grew by {grown:.2f} MB."
        if grown > 0
        else f"Between request {requests[-2]:,} and {requests[-1]:,} the process did not grow."
    )


def decoding(benchmark: Benchmark) -> str:
    decode = benchmark["warm"]["decode"]
    return (
        f"Decoding 280 by 280 pixels to 28 by 28 takes the bare baseline {duration(decode['bare']['median'])}, "
        f'Pillow\'s convert("L").resize((28, 28)) {duration(decode["pillow"]["median"])}: '
        f"{ratio(decode['pillow / bare']['median'])} times as long. Both begin with inflating and unfiltering the "
        f"PNG, {duration(decode['load']['median'])}: if all the rest took no time, it would still be only "
        f"{ratio(decode['pillow / load']['median'])} times."
    )


def _cost(cost: Benchmark) -> str:
    rows = [row for row in cost["rows"] if row["architecture"] == "x86_64" and row["unusable"] is None]
    words = []
    for place, share in enumerate(cost["shares"]):
        usd = [row["usd"][place] for row in rows]
        words.append(f"{min(usd):.2f} to {max(usd):.2f} USD with {share * 100:g}% cold starts")
    return (
        f"What Lambda takes for a million predictions with {rows[0]['memory']} to {rows[-1]['memory']} MB: "
        f"{', '.join(words)}. The HTTP API takes {cost['http_api']:.2f} USD besides."
    )


def cheapest(cost: Benchmark) -> str:
    """The best memory, and how much of it a quick answer takes."""
    best = cost["cheapest"]
    quick = [
        f"{duration(one['seconds'])} with {one['memory']} MB" for one in cost["within"] if one["memory"] is not None
    ]
    words = f" A warm answer takes no more than {_listed(quick)}." if quick else ""
    return (
        f"With {best['share'] * 100:g}% cold starts a million predictions are cheapest with {best['memory']} MB: "
        f"{best['usd']:.3f} USD.{words}"
    )


def scaling(scale: Benchmark) -> str:
    """What a load does to an account at rest, and what the largest one takes."""
    return " ".join(
        filter(None, (_storm(row, scale["cold"]) if row["rate"] == 1_000 else _raised(row) for row in scale["rows"]))
    )


def _storm(row: Benchmark, cold: float) -> str:
    return (
        f"From nothing, {row['rate']:,} requests a second start {row['start']['cold']:,} sandboxes, one for each "
        f"request that comes before the first is ready, after {duration(cold)}; in the long run "
        f"{row['steady']['sandboxes']} are enough."
    )


def _raised(row: Benchmark) -> str:
    start, steady, quotas = row["start"], row["steady"], row["quotas"]
    if quotas["name"] == "default":
        return ""
    limit = max(start["by"], key=start["by"].get)
    return (
        f"{row['rate']:,} requests a second keep {steady['busy']['mean']:.0f} sandboxes busy, and need a concurrency "
        f"quota of {quotas['concurrency']:,} all the same, because Lambda allows ten requests a second for each. From "
        f"nothing, {percent(start['throttled'], 0)} of the first {start['seconds']:g} seconds' requests are refused, "
        f"most by the limit on {limit}, the last after {start['until']:.0f} seconds."
    )


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
