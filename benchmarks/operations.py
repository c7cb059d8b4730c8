"""Tables of docs/deploy.md, from the prices, the benchmark and the template.

`python -m benchmarks.operations` writes them, each between its own markers.
"""

import json
import logging
import math
import re
from collections.abc import Iterator
from typing import Any

from fastapi.testclient import TestClient

from benchmarks.aws.cost import DEFAULT, MEASURED, MEMORIES, MILLISECOND, TYPICAL, function, measured, seconds
from benchmarks.aws.cost import LEAST as LEAST_MEMORY
from benchmarks.aws.prices import MILLION, TABLE, limit, price
from benchmarks.aws.scale import HOUR, MONTH
from digits.app import app
from serve import MODELS, PAGE, Json
from tests.support.pictures import encode, seven
from tests.support.template import ROOT, load

PAGE_FILE = ROOT / "docs" / "deploy.md"
BLOCK = re.compile(r"(?<=<!-- (\w{4}) -->\n).*?(?=<!-- /\1 -->)", re.DOTALL)
GB = 1e9  # bytes
STEP = 100  # bytes, to which sizes are rounded up: request ids and times differ in length
ENVELOPE = 26  # bytes that CloudWatch adds to each line
ALARM, DASHBOARD, FILTER = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::Logs::MetricFilter")
SHOWN = ("concurrency", "requests per environment", "scaling", "http api rate", "http api burst")


def current(text: str) -> str:
    """The page with its tables as they are now."""
    tables = {"cost": cost, "size": memory, "idle": idle, "load": scale, "caps": limits}
    return BLOCK.sub(lambda found: tables[found[1]](), text)


def rows(*lines: tuple[object, ...]) -> str:
    """A Markdown table, of which the first line is the head and all columns but the first are figures."""
    head, *body = ("| " + " | ".join(map(str, line)) + " |" for line in lines)
    return "\n".join((head, "|---|" + "---:|" * (len(lines[0]) - 1), *body)) + "\n"


def usd(amount: float) -> str:
    return f"{amount:,.2f}" if amount >= 0.01 else "less than 0.01" if amount else "0"


def cost() -> str:
    """What a million predictions cost, part by part."""
    line, answer = one_request()
    parts = {
        f"Lambda, {DEFAULT} MB, {TYPICAL:.0%} cold starts": function(*measured(MEASURED), DEFAULT, TYPICAL),
        "HTTP API": price("http api"),
        "CloudFront, requests": price("cloudfront requests"),
        f"CloudFront, answers of {answer} bytes": MILLION * answer / GB * price("cloudfront out"),
        f"CloudWatch, log lines of {line} bytes": MILLION * line / GB * price("logs"),
        f"X-Ray, {limit('traced'):.0%} of the requests": limit("traced") * price("traces"),
    }
    body = [(part, usd(amount)) for part, amount in parts.items()]
    return rows(("a million predictions", "USD"), *body, ("**together**", f"**{usd(sum(parts.values()))}**"))


def one_request() -> tuple[int, int]:
    """Bytes of one prediction's line of log and of its answer, headers included, both rounded up."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(Json().format(record))  # type: ignore[method-assign]
    logger = logging.getLogger("digits")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    answer = TestClient(app).post("/api/predict/mlp", content=encode(seven()), headers={"Content-Type": "image/png"})
    logger.removeHandler(handler)
    logger.setLevel(level)
    headers = sum(len(f"{name}: {value}\r\n") for name, value in answer.headers.items())
    return rounded(len(lines[0].encode()) + ENVELOPE), rounded(headers + len(answer.content))


def rounded(size: int) -> int:
    return math.ceil(size / STEP) * STEP


def memory() -> str:
    """What another memory size or architecture would change of Lambda's part."""
    warm, cold = measured(MEASURED)
    body = [
        (
            f"{size} MB",
            f"{seconds(warm, size) / MILLISECOND:.1f} ms",
            f"{seconds(cold, size) / MILLISECOND:.0f} ms",
            *(f"{function(warm, cold, size, TYPICAL, name):.2f}" for name in ("x86_64", "arm64")),
        )
        for size in MEMORIES
        if size >= LEAST_MEMORY
    ]
    return rows(("`MemorySize`", "warm answer", "cold start", "x86_64, USD", "arm64, USD"), *body)


def idle() -> str:
    """What a month without a single request costs."""
    stored = sum(file.stat().st_size for folder in (PAGE, MODELS) for file in folder.rglob("*") if file.is_file())
    alarms, dashboards = kind(ALARM).values(), kind(DASHBOARD)
    watched = sum(sum("MetricStat" in metric for metric in alarm.get("Metrics", [])) or 1 for alarm in alarms)
    parts = {
        f"alarms: {len(alarms)}, which watch {watched} metrics": watched * price("alarm"),
        f"dashboards: {len(dashboards)}": len(dashboards) * price("dashboard"),
        "S3: the page and the models": stored / GB * price("storage"),
        "Lambda, HTTP API, CloudFront": 0.0,
    }
    body = [(part, usd(amount)) for part, amount in parts.items()]
    snapshot = DEFAULT / 1024 * MONTH * HOUR * price("snapstart")
    return rows(
        ("a month without requests", "USD"),
        *body,
        ("**together**", f"**{usd(sum(parts.values()))}**"),
        (f"and with `SnapStart=PublishedVersions`, for each version kept, {DEFAULT} MB", usd(snapshot)),
        (f"and in use, for each of the log's {len(kind(FILTER))} metrics", usd(price("metric"))),
    )


def kind(name: str) -> dict[str, dict[str, Any]]:
    """The template's resources of a kind, with their properties."""
    resources = load()["Resources"].items()
    return {resource: described["Properties"] for resource, described in resources if described["Type"] == name}


def scale() -> str:
    """What `make bench` found for each load: at the start, and in the long run."""
    found = json.loads(MEASURED.read_text())["scale"]
    body = [tuple(_load(row)) for row in found["rows"]]
    head = (
        "requests a second",
        "quotas",
        "sandboxes from nothing",
        "in the long run",
        "turned away",
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
    """AWS's quotas that a growing load meets."""
    return rows(
        ("quota", "given", "of"), *((name, f"{limit(name):,.0f}", TABLE["limits"][name]["unit"]) for name in SHOWN)
    )


if __name__ == "__main__":
    PAGE_FILE.write_text(current(PAGE_FILE.read_text()))
