"""Sentences of the report on the benchmark, and alternative texts of its figures."""

from benchmarks.schema import Benchmark, Build, Cost, Load, Scale, Server, Side, Spreads
from report.formatting import duration, joined, percent, ratio
from report.serving.builds import RATIOS, SIDES, servers_by_rate

NAMES: dict[Build, str] = {
    "common": "the reference app",
    "common, one thread": "the reference app with one onnxruntime thread",
    "fastapi": "the FastAPI baseline",
    "bare": "the bare baseline",
    "empty": "an empty handler",
    "session.run": "onnxruntime only",
}


def alternative_texts(benchmark: Benchmark) -> dict[str, str]:
    """Return the texts by the name of the figure."""
    texts = {"serving-cold": f"Cold start of this app: {compared(benchmark['cold_start'])}"}
    for side in SIDES:
        size = f"{side} by {side} pixels"
        texts[f"serving-warm-{side}"] = f"Warm latency for {size}: {compared(benchmark['warm'][side])}"
        if servers := servers_by_rate(benchmark, side):
            texts[f"serving-http-{side}"] = f"PNGs of {size}, {servers[0]['connections']} connections: {_http(servers)}"
    return texts | {"serving-cost": _cost(benchmark["cost"])}


def compared(spreads: Spreads) -> str:
    """State the time of this app and of each other build, and the ratios to the baselines."""
    others = [f"{name} {duration(spreads[build]['median'])}" for build, name in NAMES.items() if build in spreads]
    fastapi, bare, common = (ratio(spreads[name]["median"]) for name in RATIOS)
    return (
        f"{duration(spreads['ours']['median'])}; {joined(others)}. That is {fastapi} times the FastAPI baseline, "
        f"{bare} times the bare baseline and {common} times the reference app."
    )


def framework(benchmark: Benchmark) -> str:
    """State how much FastAPI adds to a cold start, and how much this app adds to that."""
    starts = benchmark["cold_start"]
    ours, fastapi, bare = (starts["ours"]["median"], starts["fastapi"]["median"], starts["bare"]["median"])
    return (
        f"FastAPI costs time at start: the FastAPI baseline takes {_difference(fastapi, bare)} than the bare baseline "
        f"({ratio(starts['fastapi / bare']['median'])} times), and this app takes {_difference(ours, fastapi)} than "
        f"the FastAPI baseline ({ratio(starts['ours / fastapi']['median'])} times). Of its {duration(ours)}, "
        f"{duration(benchmark['init']['median'])} are before the first request (INIT): the imports."
    )


def _difference(one: float, other: float) -> str:
    return f"{duration(abs(one - other))} {'longer' if one >= other else 'less'}"


def _http(servers: list[Server]) -> str:
    words = [
        f"{server['title']} {server['requests_per_second']['median']:,.0f} requests per second, p99 "
        f"{duration(server['p99'])}"
        for server in servers
    ]
    return f"{'; '.join(words)}."


def throughput(benchmark: Benchmark, side: Side) -> str:
    """Compare the throughput of this app with each other server; empty if there is nothing to compare."""
    servers = {server["server"]: server for server in servers_by_rate(benchmark, side)}
    ours = servers.pop("ours", None)
    if ours is None or not servers:
        return ""
    rate = ours["requests_per_second"]["median"]
    words = [
        f"{ratio(rate / server['requests_per_second']['median'])} times as many as {server['title']}"
        for server in servers.values()
    ]
    return (
        f"With {side} by {side} pixels and {ours['connections']} connections, this app serves {rate:,.0f} requests per "
        f"second, {joined(words)}; its p99 latency of {duration(ours['p99'])} is {ratio(ours['p99'] / ours['p50'])} "
        "times its median."
    )


def failed_servers(benchmark: Benchmark) -> str:
    """Name the servers that could not be measured, and why."""
    return " ".join(
        f"{server['title']} could not be measured: {server['fault'].rstrip('.')}."
        for server in benchmark["http"]
        if "fault" in server
    )


def failed_builds(benchmark: Benchmark) -> str:
    """Name the architectures that could not be built, and why."""
    builds = benchmark["artifact"].items()
    return " ".join(f"{name} could not be built: {one['fault'].rstrip('.')}." for name, one in builds if "fault" in one)


def growth(benchmark: Benchmark) -> str:
    """State how much memory the process gained between the last two measurements."""
    requests, resident = benchmark["memory"]["requests"], benchmark["memory"]["resident"]
    grown = (resident[-1] - resident[-2]) / 1e6
    change = f"grew by {grown:.2f} MB" if grown > 0 else "did not grow"
    return f"Between request {requests[-2]:,} and {requests[-1]:,} the process {change}."


def decoding(benchmark: Benchmark) -> str:
    """Compare our decoding with Pillow's."""
    decode = benchmark["warm"]["decode"]
    return (
        f"Decoding 280 by 280 pixels to 28 by 28 takes the bare baseline {duration(decode['bare']['median'])}, "
        f'Pillow\'s convert("L").resize((28, 28)) {duration(decode["pillow"]["median"])}: '
        f"{ratio(decode['pillow / bare']['median'])} times as long. Both inflate and unfilter the PNG first, "
        f"{duration(decode['load']['median'])}, which limits that ratio to "
        f"{ratio(decode['pillow / load']['median'])}."
    )


def _cost(cost: Cost) -> str:
    rows = [row for row in cost["rows"] if row["architecture"] == "x86_64" and row["unusable"] is None]
    words = []
    for place, share in enumerate(cost["shares"]):
        usd = [row["usd"][place] for row in rows]
        words.append(f"{min(usd):.2f} to {max(usd):.2f} USD with {share * 100:g}% cold starts")
    return (
        f"Cost of a million predictions on Lambda with {rows[0]['memory']} to {rows[-1]['memory']} MB: "
        f"{', '.join(words)}. The HTTP API costs {cost['http_api']:.2f} USD in addition."
    )


def cheapest(cost: Cost) -> str:
    """Name the cheapest memory, and the least memory for each latency."""
    best = cost["cheapest"]
    latencies = [
        f"{duration(one['seconds'])} with {one['memory']} MB" for one in cost["within"] if one["memory"] is not None
    ]
    words = f" Warm latency is at most {joined(latencies)}." if latencies else ""
    return (
        f"With {best['share'] * 100:g}% cold starts a million predictions are cheapest with {best['memory']} MB: "
        f"{best['usd']:.3f} USD.{words}"
    )


def scaling(scale: Scale) -> str:
    """Describe a burst on an account without running sandboxes, and the largest load."""
    return " ".join(
        filter(None, (_burst(row, scale["cold"]) if row["rate"] == 1_000 else _raised(row) for row in scale["rows"]))
    )


def _burst(row: Load, cold: float) -> str:
    return (
        f"From zero sandboxes, {row['rate']:,} requests per second start {row['start']['cold']:,} sandboxes, one for "
        f"each request that arrives before the first is ready, after {duration(cold)}; in steady state "
        f"{row['steady']['sandboxes']} are enough."
    )


def _raised(row: Load) -> str:
    start, steady, quotas = row["start"], row["steady"], row["quotas"]
    if quotas["name"] == "default":
        return ""
    limit = max(start["by"], key=lambda name: start["by"][name])
    return (
        f"{row['rate']:,} requests per second keep {steady['busy']['mean']:.0f} sandboxes busy, but need a concurrency "
        f"quota of {quotas['concurrency']:,}, because Lambda allows ten requests per second for each. From zero "
        f"sandboxes, {percent(start['throttled'], 0)} of the requests of the first {start['seconds']:g} seconds are "
        f"throttled, most by the limit on {limit}, the last after {start['until']:.0f} seconds."
    )
