"""Serving page of the report, from a made-up benchmark.json."""

import copy
import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from benchmarks.aws import cost
from report import build, headline, results
from report.command import FOLDER
from report.formatting import duration, ratio
from report.results import Results
from report.serving import captions
from tests.unit.report.test_figures import figures, labels

RESULTS = results.read(FOLDER)
SIZES = build.sizes(FOLDER)


def spread(median: float) -> dict[str, Any]:
    return {"n": 20, "median": median, "low": median * 0.9, "high": median * 1.1, "p99": median * 1.3}


def spreads(**medians: float) -> dict[str, Any]:
    result = {name.replace("_", "."): spread(median) for name, median in medians.items()}
    ours = medians["ours"]
    return result | {f"ours / {name}": spread(ours / medians[name]) for name in ("fastapi", "bare", "common")}


def server(name: str, title: str, side: int, rate: float) -> dict[str, Any]:
    return {
        "server": name,
        "title": title,
        "side": side,
        "connections": 8 if side == 28 else 32,
        "requests_per_second": spread(rate),
        "p50": 8 / rate,
        "p99": 20 / rate,
        "errors": 0,
        "ready": 1.5,
        "resident": 94_000_000,
    }


def load(rate: int, quotas: str, cold: int, throttled: float) -> dict[str, Any]:
    part = {
        "seconds": 100.0,
        "requests": rate * 100,
        "busy": {"mean": rate / 1_000, "p99": 3, "max": 9},
        "sandboxes": 11,
        "cold": cold,
        "cold_share": cold / rate / 100,
        "throttled": throttled,
        "until": 100.0 if quotas == "default" else 42.0,
        "by": {"HTTP API": 0.0, "requests a second": throttled, "concurrency": 0.0, "scaling rate": 0.0},
        "wait": {"p50": 0.0, "p99": 0.0, "p99.9": 0.777},
    }
    money = {"function": 1.25, "http_api": 3.6}
    return {
        "rate": rate,
        "quotas": {"name": quotas, "concurrency": 1_000 if quotas == "default" else 12_345},
        "start": part,
        "steady": part,
        "usd_hour": money,
        "usd_month": {name: usd * 730 for name, usd in money.items()},
    }


MADE_UP: dict[str, Any] = {
    "measured": "2026-01-31",
    "machine": {"processor": "A processor", "cores": 2, "python": "3.13.0"},
    "versions": {"fastapi": "0.165.0", "bentoml": "1.4.0"},
    "cold_start": spreads(ours=0.6, common=2.4, fastapi=0.5, bare=0.25, empty=0.15) | {"fastapi / bare": spread(2.0)},
    "init": spread(0.5),
    "measures": {
        "bytecode": {"without": spread(1.5), "saved": spread(0.9), "without / ours": spread(2.5)},
        "deferred validators": {"without": spread(0.9), "saved": spread(0.3), "without / ours": spread(1.5)},
        "pruned packages": {"without": spread(0.5955), "saved": spread(-0.0045), "without / ours": spread(0.99)},
    },
    "warm": {
        "28": spreads(ours=0.0004, common=0.0012, fastapi=0.0003, bare=0.0002, session_run=0.00002),
        "280": spreads(ours=0.0011, common=0.0033, fastapi=0.0011, bare=0.001, session_run=0.00002),
        "decode": {
            **{"bare": spread(0.0007), "pillow": spread(0.0014), "load": spread(0.0005)},
            **{"pillow / bare": spread(2.0), "pillow / load": spread(2.8)},
        },
    },
    "http": [
        *(server("ours", "uvicorn", side, 1_200) for side in (28, 280)),
        *(server("bentoml", "BentoML", side, 300) for side in (28, 280)),
        {"server": "litserve", "title": "LitServe", "fault": "it could not be installed"},
    ],
    "artifact": {
        "x86_64": {"files": 1_234, "unzipped": 108_000_000, "zipped": 37_000_000},
        "arm64": {"fault": "there is no wheel"},
    },
    "memory": {"requests": [10, 1_000, 10_000], "resident": [99_000_000, 101_000_000, 101_250_000]},
    "cost": cost.table(cost.Times(warm=0.0004, init=0.5, first=0.1)),
    "scale": {
        "memory": 1_024,
        "warm": 0.0007,
        "cold": 1.04,
        "assumed": "much",
        "rows": [
            load(10, "default", 5, 0.0),
            load(1_000, "default", 777, 0.0),
            load(100_000, "default", 1_000, 0.9),
            load(100_000, "raised", 1_000, 0.4),
        ],
    },
}
NAMES = [f"serving-{name}" for name in ("cold", "warm-28", "warm-280", "http-28", "http-280", "cost")]


def with_benchmark(benchmark: Any = MADE_UP) -> Results:
    return replace(RESULTS, benchmark=benchmark)


def page(benchmark: Any) -> str:
    return build.html(with_benchmark(benchmark), SIZES)["serving.html"]


@cache
def made_up_page() -> str:
    return page(MADE_UP)


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    """Return the made-up benchmark with one value changed."""
    benchmark = copy.deepcopy(MADE_UP)
    part: Any = benchmark
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = to
    return benchmark


def test_report_without_benchmark_has_no_serving_section() -> None:
    html = build.html(with_benchmark(None), SIZES)["report.html"]
    assert 'id="serving"' not in html
    assert "make bench" not in html


def test_report_links_to_serving_page_in_the_section_of_old_links() -> None:
    html = build.html(with_benchmark(), SIZES)["report.html"]
    section = html.partition('<section id="serving">')[2].partition("</section>")[0]
    assert "this app takes 0.25 times as long to start as the same application as commonly built" in section
    assert '<a href="serving.html">' in section


def test_headline_shows_cold_start_warm_latency_and_cost() -> None:
    benchmark: Any = changed("cost", "cheapest", to={"memory": 512, "share": 0.02, "usd": 1.234})
    shown = headline.serving(benchmark)
    assert shown.numbers == {
        "cold start": "600 ms",
        "warm request, 28 by 28 pixels": "0.4 ms",
        "a million predictions, 2% cold starts": "1.23 USD",
    }
    assert "0.25 times as long to start" in shown.sentence
    assert "0.33 times as long to answer a warm request" in shown.sentence


def test_made_up_benchmark_is_valid() -> None:
    results.benchmark_adapter().validate_python(MADE_UP, strict=True)


def test_page_ends_with_method_and_command() -> None:
    html = made_up_page()
    assert re.findall(r'<section id="([\w-]+)">', html)[-2:] == ["scale", "method"]
    assert html.index("make bench") > html.index('id="method"')
    assert not re.search(r"<style|style=|\son\w+=", html)


def test_every_figure_has_alternative_text() -> None:
    assert re.findall(r'src="report/([\w-]+)\.svg"', made_up_page()) == NAMES
    texts = re.findall(r'alt="([^"]*)"', made_up_page())
    assert [text for text in texts if len(text) <= 40 or not text.endswith(".")] == []
    assert "600 ms" in texts[0]
    assert "1.20 times the FastAPI baseline, 2.40 times the bare baseline and 0.25 times the reference app" in texts[0]


def drawn_labels(name: str, benchmark: dict[str, Any] = MADE_UP) -> set[str]:
    from report.figures.svg import svg

    return set(labels(svg(figures(with_benchmark(benchmark))[name])))


@pytest.mark.slow  # matplotlib takes a second to import
def test_figures_of_missing_measurements_are_left_out() -> None:
    assert not [name for name in figures(with_benchmark(None)) if name.startswith("serving")]
    none = changed("http", to=[MADE_UP["http"][-1]])
    assert not [name for name in figures(with_benchmark(none)) if "http" in name]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cold", {"this app", "600 ms", "reference app", "2.4 s", "FastAPI baseline", "500 ms", "150 ms"}),
        ("warm-28", {"0.4 ms", "20 \N{MICRO SIGN}s", "onnxruntime only"}),
        ("http-280", {"1,200", "300", "BentoML"}),
        ("cost", {"128", "1,769", "10% cold starts", "HTTP API, in addition"}),
    ],
)
def test_figures_contain_the_numbers(name: str, expected: set[str]) -> None:
    assert expected <= drawn_labels(f"serving-{name}")


def test_page_shows_changed_numbers() -> None:
    assert "987 ms" not in made_up_page()
    assert "987 ms" in page(changed("cold_start", "ours", "median", to=0.987))
    assert "54.32 MB" in page(changed("artifact", "x86_64", "zipped", to=54_320_000))
    assert "7,654,321" in page(changed("scale", "rows", 1, "start", "cold", to=7_654_321))


def test_cost_of_fastapi_is_stated() -> None:
    assert (
        "the FastAPI baseline takes 250 ms longer than the bare baseline (2.00 times), and this app takes 100 ms "
        "longer than the FastAPI baseline (1.20 times)."
    ) in made_up_page()
    quick = changed("cold_start", "ours", "median", to=0.4)
    assert "this app takes 100 ms less than the FastAPI baseline" in page(quick)


def test_measures_are_sorted_by_savings() -> None:
    table = made_up_page().partition("What each start-up measure saves")[2].partition("</table>")[0]
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*)', table)
    assert [(name, re.findall("<td>(.*?)</td>", cells)) for name, cells in rows] == [
        ("Without bytecode", ["1.5 s", "900 ms", "810 ms to 990 ms", "2.50"]),
        ("Without deferred validators", ["900 ms", "300 ms", "270 ms to 330 ms", "1.50"]),
        (
            "Without pruned packages",
            ["596 ms", "\N{MINUS SIGN}4 ms", "\N{MINUS SIGN}4 ms to \N{MINUS SIGN}5 ms", "0.99"],
        ),
    ]


def test_failed_server_is_named() -> None:
    assert "LitServe could not be measured: it could not be installed." in made_up_page()


def test_throughput_is_compared_with_each_server() -> None:
    assert "this app serves 1,200 requests per second, 4.00 times as many as BentoML; its p99" in made_up_page()
    assert "16.7 ms is 2.50 times its median" in made_up_page()


def test_single_server_is_not_compared_and_none_is_not_drawn() -> None:
    alone = changed("http", to=[server("ours", "uvicorn", 28, 1_200), MADE_UP["http"][-1]])
    assert "times as many" not in page(alone)
    none = changed("http", to=[MADE_UP["http"][-1]])
    assert "LitServe could not be measured" in page(none)
    assert "HTTP on one core" not in page(none)


def test_failed_build_is_named() -> None:
    assert "arm64 could not be built: there is no wheel." in made_up_page()


def test_memory_growth_is_stated() -> None:
    made_up: Any = MADE_UP
    assert "grew by 0.25 MB" in captions.growth(made_up)
    constant: Any = changed("memory", "resident", to=[3, 2, 2])
    assert captions.growth(constant).endswith("did not grow.")


def test_too_little_memory_is_marked() -> None:
    assert '<th scope="row">128 *</th>' in made_up_page()
    assert f"* Less than {cost.MIN_MEMORY} MB" in made_up_page()


def test_unreachable_latency_is_left_out() -> None:
    slow = changed("cost", "within", to=[{"seconds": 0.001, "memory": None}])
    assert "Warm latency is at most" not in page(slow)


def test_burst_and_limits_are_stated() -> None:
    text = captions.scaling(MADE_UP["scale"])
    assert "1,000 requests per second start 777 sandboxes" in text
    assert "a concurrency quota of 12,345, because" in text
    assert "40% of the requests of the first 100 seconds" in text
    assert "after 42 seconds" in text
    assert "<td>the end</td>" in made_up_page()


def test_durations_have_three_digits_and_a_unit() -> None:
    assert [duration(seconds) for seconds in (2.346, 0.4123, 0.00042, 0.000021)] == [
        "2.35 s",
        "412 ms",
        "0.42 ms",
        "21 \N{MICRO SIGN}s",
    ]


def test_large_ratios_have_no_decimals() -> None:
    assert [ratio(value) for value in (0.239, 4, 225.4)] == ["0.24", "4.00", "225"]
