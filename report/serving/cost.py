"""Cost and scale: the end of the report's section on serving."""

from collections.abc import Callable
from typing import Any

from report import page
from report.formatting import NONE, duration, percent
from report.serving import captions as findings

START = [
    *("Busy at most", "Cold starts", "… of answers", "Refused", "Mostly by limit on", "Until"),
    *("Wait, median", "99% below", "99.9% below"),
]
STEADY = [
    *("Busy on average", "99% of the time", "Kept", "Cold starts", "Refused"),
    *("Lambda, USD an hour", "HTTP API", "USD a month"),
]

type Benchmark = dict[str, Any]
type Show = Callable[[str, str], str]  # the name of a figure and a caption


def prices(cost: Benchmark, show: Show) -> list[str]:
    """A million predictions, with each memory and share of cold starts."""
    words = (
        f"{findings.cheapest(cost)} Lambda's requests ({cost['requests']:.2f} USD a million) are in these figures, the "
        f"HTTP API ({cost['http_api']:.2f} USD) is not. Prices of {cost['region']}, read on {cost['read']}."
    )
    tables = {name: _prices(name, cost) for name in ("x86_64", "arm64")}
    too_little = {f"* {row['unusable']}." for row in cost["rows"] if row["unusable"]}
    shown = show("serving-cost", "Cold starts cost, memory hardly does. Hollow: too little memory.")
    return [
        page.paragraph(words),
        page.row(shown, tables["x86_64"]),
        page.paragraph(f"{' '.join(sorted(too_little))} Assumed: {cost['assumed']}.".lstrip()),
        page.folded("On arm64", tables["arm64"]),
    ]


def _prices(architecture: str, cost: Benchmark) -> str:
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
    head = ["Memory, MB", "Warm answer", "Cold start", *(f"{share * 100:g}% cold" for share in cost["shares"])]
    return page.table(f"USD a million predictions, {architecture}", head, rows)


def loads(scale: Benchmark) -> list[str]:
    """Each load from nothing, and in the long run."""
    words = (
        f"What many requests a second take, simulated with sandboxes of {scale['memory']} MB against the limits that "
        f"AWS publishes. {findings.scaling(scale)}"
    )
    parts = (
        (f"From nothing, the first {scale['rows'][0]['start']['seconds']:g} seconds", START, _start),
        ("In the long run", STEADY, _steady),
    )
    return [
        page.paragraph(words),
        *(
            page.table(title, ["Requests a second", *head], [[_load(row), *cells(row)] for row in scale["rows"]])
            for title, head, cells in parts
        ),
        page.paragraph(f"Assumed: {scale['assumed']}."),
    ]


def _load(row: Benchmark) -> str:
    return f"{row['rate']:,}{'' if row['quotas']['name'] == 'default' else ', raised quotas'}"


def _start(row: Benchmark) -> list[str]:
    found = row["start"]
    to_the_end = found["until"] >= found["seconds"]
    return [
        f"{found['busy']['max']:,}",
        f"{found['cold']:,}",
        percent(found["cold_share"]),
        percent(found["throttled"]),
        max(found["by"], key=found["by"].get) if found["throttled"] else NONE,
        ("the end" if to_the_end else duration(found["until"])) if found["throttled"] else NONE,
        *(duration(wait) if wait else "0" for wait in found["wait"].values()),
    ]


def _steady(row: Benchmark) -> list[str]:
    found, hour, month = row["steady"], row["usd_hour"], row["usd_month"]
    return [
        f"{found['busy']['mean']:,.2f}",
        f"{found['busy']['p99']:,.0f}",
        f"{found['sandboxes']:,}",
        f"{found['cold']:,} in {found['requests']:,}",
        percent(found["throttled"]),
        *(f"{hour[part]:,.2f}" for part in ("function", "http_api")),
        f"{sum(month.values()):,.0f}",
    ]
