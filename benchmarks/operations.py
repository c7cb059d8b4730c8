"""Generator of the tables in PAGE_FILE, from the prices, the benchmark and template.yaml.

`python -m benchmarks operations` writes each table between its markers.
"""

import argparse
import json
import logging
import math
from collections.abc import Iterator
from typing import Any

from fastapi.testclient import TestClient

from benchmarks.aws.cost import (
    DEFAULT_MEMORY,
    MEASURED,
    MEMORIES,
    MILLISECOND,
    MIN_MEMORY,
    TYPICAL,
    lambda_usd,
    read_times,
)
from benchmarks.aws.prices import MILLION, TABLE, limit, price
from benchmarks.aws.scale import HOUR, MONTH
from benchmarks.markdown import replace_tables, rows, usd
from digits.app import app
from server.log import JsonFormatter
from server.site import MODELS, PAGE
from tests.support.pictures import encode, seven
from tests.support.template import ROOT, load
from training.files import write_text

PAGE_FILE = ROOT / "docs" / "deploy.md"
GB = 1e9  # bytes
ROUND_TO = 100  # bytes; sizes are rounded up, as request ids and times vary in length
ENVELOPE = 26  # bytes that CloudWatch adds to each log line
ALARM, DASHBOARD, FILTER = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::Logs::MetricFilter")
QUOTAS = ("concurrency", "requests per environment", "scaling", "http api rate", "http api burst")


def current(text: str) -> str:
    """Return the page with current tables."""
    tables = {"cost": cost(), "size": memory(), "idle": idle(), "load": scale(), "caps": limits()}
    return replace_tables(text, tables)


def cost() -> str:
    """Return the table of the cost of a million predictions, by service."""
    line, response = one_request()
    parts = {
        f"Lambda, {DEFAULT_MEMORY} MB, {TYPICAL:.0%} cold starts": lambda_usd(
            read_times(MEASURED), DEFAULT_MEMORY, TYPICAL
        ),
        "HTTP API": price("http api"),
        "CloudFront, requests": price("cloudfront requests"),
        f"CloudFront, responses of {response} bytes": MILLION * response / GB * price("cloudfront out"),
        f"CloudWatch, log lines of {line} bytes": MILLION * line / GB * price("logs"),
        f"X-Ray, {limit('traced'):.0%} of the requests": limit("traced") * price("traces"),
    }
    body = [(part, usd(amount)) for part, amount in parts.items()]
    return rows(("a million predictions", "USD"), *body, ("**total**", f"**{usd(sum(parts.values()))}**"))


def one_request() -> tuple[int, int]:
    """Return the bytes of one prediction's log line, and of its response with headers, both rounded up."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(JsonFormatter().format(record))  # type: ignore[method-assign]
    logger = logging.getLogger("digits")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    response = TestClient(app).post("/api/predict/mlp", content=encode(seven()), headers={"Content-Type": "image/png"})
    logger.removeHandler(handler)
    logger.setLevel(level)
    headers = sum(len(f"{name}: {value}\r\n") for name, value in response.headers.items())
    return rounded(len(lines[0].encode()) + ENVELOPE), rounded(headers + len(response.content))


def rounded(size: int) -> int:
    return math.ceil(size / ROUND_TO) * ROUND_TO


def memory() -> str:
    """Return the table of latency and of Lambda's cost by memory size and architecture."""
    times = read_times(MEASURED)
    body = [
        (
            f"{size} MB",
            f"{times.warm_at(size) / MILLISECOND:.1f} ms",
            f"{times.cold_at(size) / MILLISECOND:.0f} ms",
            *(f"{lambda_usd(times, size, TYPICAL, name):.2f}" for name in ("x86_64", "arm64")),
        )
        for size in MEMORIES
        if size >= MIN_MEMORY
    ]
    return rows(("`MemorySize`", "warm request", "cold start", "x86_64, USD", "arm64, USD"), *body)


def idle() -> str:
    """Return the table of the cost of a month without requests."""
    stored = sum(file.stat().st_size for folder in (PAGE, MODELS) for file in folder.rglob("*") if file.is_file())
    alarms, dashboards = resources_of_type(ALARM).values(), resources_of_type(DASHBOARD)
    watched = sum(sum("MetricStat" in metric for metric in alarm.get("Metrics", [])) or 1 for alarm in alarms)
    parts = {
        f"alarms: {len(alarms)}, of {watched} metrics": watched * price("alarm"),
        f"dashboards: {len(dashboards)}": len(dashboards) * price("dashboard"),
        "S3: the page and the models": stored / GB * price("storage"),
        "Lambda, HTTP API, CloudFront": 0.0,
    }
    body = [(part, usd(amount)) for part, amount in parts.items()]
    snapshot = DEFAULT_MEMORY / 1024 * MONTH * HOUR * price("snapstart")
    return rows(
        ("a month without requests", "USD"),
        *body,
        ("**total**", f"**{usd(sum(parts.values()))}**"),
        (f"and with `SnapStart=PublishedVersions`, for each version kept, {DEFAULT_MEMORY} MB", usd(snapshot)),
        (f"and in use, for each of the log's {len(resources_of_type(FILTER))} metrics", usd(price("metric"))),
    )


def resources_of_type(name: str) -> dict[str, dict[str, Any]]:
    """Return the properties of the template's resources of one type, by resource."""
    resources = load()["Resources"].items()
    return {resource: described["Properties"] for resource, described in resources if described["Type"] == name}


def scale() -> str:
    """Return the table of the simulated loads: from no sandbox, and in the steady state."""
    simulated = json.loads(MEASURED.read_text())["scale"]
    body = [tuple(_load(row)) for row in simulated["rows"]]
    head = (
        "requests a second",
        "quotas",
        "sandboxes at the start",
        "in the steady state",
        "throttled",
        "by",
        "USD a month",
    )
    return rows(head, *body)


def _load(row: dict[str, Any]) -> Iterator[object]:
    steady = row["steady"]
    yield f"{row['rate']:,}"
    yield row["quotas"]["name"]
    yield f"{row['start']['sandboxes']:,}"
    yield f"{steady['sandboxes']:,}"
    yield f"{steady['throttled']:.0%}"
    yield max(steady["by"], key=steady["by"].get) if steady["throttled"] else ""
    yield f"{sum(row['usd_month'].values()):,.0f}"


def limits() -> str:
    """Return the table of AWS's default quotas."""
    return rows(
        ("quota", "given", "of"), *((name, f"{limit(name):,.0f}", TABLE["limits"][name]["unit"]) for name in QUOTAS)
    )


def command(arguments: argparse.Namespace) -> None:
    """Run `python -m benchmarks operations`."""
    write_text(PAGE_FILE, current(PAGE_FILE.read_text()))
    print(f"Wrote the tables of {PAGE_FILE.relative_to(ROOT)}")
