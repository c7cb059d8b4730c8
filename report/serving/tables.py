"""Tables of the report on the benchmark."""

from benchmarks.schema import Benchmark, Cost, Load, Scale, Side, Spread, Spreads
from report.formatting import DASH, capitalized, duration, megabytes, milliseconds, percent, ratio
from report.serving.builds import LABELS, servers_by_rate
from report.tables import Table

START_HEAD = [
    *("Busy at most", "Cold starts", "… of responses", "Throttled", "Mostly by limit on", "Until"),
    *("Wait, p50", "p99", "p99.9"),
]
STEADY_HEAD = [
    *("Busy, mean", "Busy, p99", "Sandboxes kept", "Cold starts", "Throttled"),
    *("Lambda, USD per hour", "HTTP API", "USD per month"),
]


def measures(benchmark: Benchmark) -> Table:
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
    head = ["", "Cold start", "Saved by it", "Interquartile range", "Times this app"]
    return Table("What each start-up measure saves of a cold start", head, rows)


def cold_start(benchmark: Benchmark) -> Table:
    return _spreads("Cold start", benchmark["cold_start"])


def warm(benchmark: Benchmark, side: Side) -> Table:
    return _spreads(f"Warm latency, {side} by {side}", benchmark["warm"][side])


def _spreads(title: str, builds: Spreads) -> Table:
    """Return the distribution of each build's times."""
    rows = [[capitalized(label), *_spread(builds[name])] for name, label in LABELS.items() if name in builds]
    return Table(title, ["", "Runs", "Median", "p25", "p75", "p99"], rows)


def _spread(spread: Spread) -> list[str]:
    times = (spread["median"], spread["low"], spread["high"], spread["p99"])
    return [f"{spread['n']:,}", *map(duration, times)]


def http(benchmark: Benchmark, side: Side) -> Table:
    servers = servers_by_rate(benchmark, side)
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
    head = ["Server", "Requests per second", "p50", "p99", "Errors", "Ready after", "Memory"]
    return Table(f"HTTP on one core, {side} by {side}, {servers[0]['connections']} connections", head, rows)


def memory(benchmark: Benchmark) -> Table:
    measured = zip(benchmark["memory"]["requests"], benchmark["memory"]["resident"], strict=True)
    rows = [[f"{requests:,}", megabytes(size)] for requests, size in measured]
    return Table("Resident memory", ["After requests", ""], rows)


def artifact(benchmark: Benchmark) -> Table:
    rows = [
        [name, DASH, DASH, DASH]
        if "fault" in build
        else [name, megabytes(build["unzipped"]), megabytes(build["zipped"]), f"{build['files']:,}"]
        for name, build in benchmark["artifact"].items()
    ]
    return Table("Deployment package", ["", "Unzipped", "Zipped", "Files"], rows)


def prices(cost: Cost, architecture: str) -> Table:
    rows = [
        [
            f"{row['memory']:,}{' *' if row['unusable'] else ''}",
            duration(row["warm"]),
            duration(row["cold"]),
            *(f"{usd:.3f}" for usd in row["usd"]),
        ]
        for row in cost["rows"]
        if row["architecture"] == architecture
    ]
    head = ["Memory, MB", "Warm latency", "Cold start", *(f"{share * 100:g}% cold" for share in cost["shares"])]
    return Table(f"USD per million predictions, {architecture}", head, rows)


def burst(scale: Scale) -> Table:
    rows = [[_load(row), *_burst(row)] for row in scale["rows"]]
    title = f"From zero sandboxes, the first {scale['rows'][0]['start']['seconds']:g} seconds"
    return Table(title, ["Requests per second", *START_HEAD], rows)


def steady(scale: Scale) -> Table:
    rows = [[_load(row), *_steady(row)] for row in scale["rows"]]
    return Table("Steady state", ["Requests per second", *STEADY_HEAD], rows)


def _load(row: Load) -> str:
    return f"{row['rate']:,}{'' if row['quotas']['name'] == 'default' else ', raised quotas'}"


def _burst(row: Load) -> list[str]:
    start = row["start"]
    until = "the end" if start["until"] >= start["seconds"] else duration(start["until"])
    limit = max(start["by"], key=lambda name: start["by"][name])
    return [
        f"{start['busy']['max']:,}",
        f"{start['cold']:,}",
        percent(start["cold_share"]),
        percent(start["throttled"]),
        *([limit, until] if start["throttled"] else [DASH, DASH]),
        *(duration(wait) if wait else "0" for wait in start["wait"].values()),
    ]


def _steady(row: Load) -> list[str]:
    steady, hour = row["steady"], row["usd_hour"]
    return [
        f"{steady['busy']['mean']:,.2f}",
        f"{steady['busy']['p99']:,.0f}",
        f"{steady['sandboxes']:,}",
        f"{steady['cold']:,} in {steady['requests']:,}",
        percent(steady["throttled"]),
        *(f"{usd:,.2f}" for usd in (hour["function"], hour["http_api"])),
        f"{row['usd_month']['function'] + row['usd_month']['http_api']:,.0f}",
    ]
