import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.aws import cost
from evaluation import results
from evaluation.evaluate import FOLDER, Evaluation
from evaluation.results import BENCHMARK, EVALUATION
from report import build
from report.figures import figures
from report.formatting import duration, ratio
from report.plotting import THEMES, drawing, svg
from report.serving import captions
from tests.unit.report.test_figures import words

MODELS: Evaluation = json.loads((FOLDER / EVALUATION).read_text())


def spread(median: float) -> dict[str, Any]:
    return {"n": 20, "median": median, "low": median * 0.9, "high": median * 1.1, "p99": median * 1.3}


def spreads(**medians: float) -> dict[str, Any]:
    found = {name.replace("_", "."): spread(median) for name, median in medians.items()}
    ours = medians["ours"]
    return found | {f"ours / {name}": spread(ours / medians[name]) for name in ("fastapi", "bare", "common")}


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
    "cost": cost.table(0.0004, 0.6),
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
MEASURED = {name: part for name, part in MODELS.items() if name != "benchmark"} | {"benchmark": MADE_UP}
NAMES = [name for name in figures(MEASURED) if name.startswith("serving")]


def page(benchmark: dict[str, Any] = MADE_UP) -> str:
    evaluation = MEASURED | {"benchmark": benchmark}
    return build.html(evaluation, dict.fromkeys(figures(evaluation), (320, 250)))


def section(benchmark: dict[str, Any] = MADE_UP) -> str:
    found = re.search(r'<section id="serving">.*?</section>', page(benchmark), re.DOTALL)
    assert found is not None
    return found[0]


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    """The made-up benchmark with one value changed."""
    benchmark = copy.deepcopy(MADE_UP)
    part: Any = benchmark
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = to
    return benchmark


def test_without_a_benchmark_there_is_no_section() -> None:
    html = build.html(MODELS, build.sizes(FOLDER))
    assert 'id="serving"' not in html
    assert "make bench" not in html
    assert not [name for name in figures(MODELS) if name.startswith("serving")]


def test_benchmark_is_read_if_it_is_there(tmp_path: Path) -> None:
    (tmp_path / EVALUATION).write_text(json.dumps(MODELS))
    assert results.read(tmp_path) == MODELS
    (tmp_path / BENCHMARK).write_text(json.dumps(MADE_UP))
    assert results.read(tmp_path)["benchmark"] == json.loads(json.dumps(MADE_UP))


def test_section_stands_before_the_method_which_tells_how_to_measure_anew() -> None:
    html = page()
    contents = re.findall(r'<li><a href="#([\w-]+)">', html)
    assert contents == re.findall(r'<section id="([\w-]+)">', html)
    assert contents[-2:] == ["serving", "method"]
    assert html.index("make bench") > html.index('id="method"')
    assert not re.search(r"<style|style=|\son\w+=", html)


def test_every_figure_is_shown_and_says_its_finding() -> None:
    assert re.findall(r'src="report/([\w-]+)-light\.svg"', section()) == NAMES
    said = re.findall(r'alt="([^"]*)"', section())
    assert all(len(words) > 40 and words.endswith(".") for words in said)
    assert "600 ms" in said[0]
    assert "1.20 times the time of the FastAPI baseline" in said[0]
    assert "2.40 times that of the bare baseline and 0.25 times that of the common build" in said[0]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", NAMES)
def test_figures_are_drawn_in_both_themes_without_inline_styles(name: str, theme: Any) -> None:
    with drawing(theme):
        drawn = svg(figures(MEASURED)[name](MEASURED, theme))
    assert theme.paper in drawn
    assert "style" not in drawn


def shown(name: str, benchmark: dict[str, Any] = MADE_UP) -> list[str]:
    evaluation = MEASURED | {"benchmark": benchmark}
    with drawing(THEMES[0]):
        return words(svg(figures(evaluation)[name](evaluation, THEMES[0])))


def test_figures_carry_the_numbers() -> None:
    assert {"ours", "600 ms", "common build", "2.4 s", "FastAPI baseline", "500 ms", "150 ms"} <= set(
        shown("serving-cold")
    )
    assert {"0.4 ms", "20 \N{MICRO SIGN}s", "network alone"} <= set(shown("serving-warm-28"))
    assert {"1,200", "300", "BentoML"} <= set(shown("serving-http-280"))
    assert {"128", "1,769", "10% cold", "HTTP API besides"} <= set(shown("serving-cost"))


def test_page_follows_the_numbers() -> None:
    assert "987 ms" not in page()
    assert "987 ms" in page(changed("cold_start", "ours", "median", to=0.987))
    assert "54.32 MB" in page(changed("artifact", "x86_64", "zipped", to=54_320_000))
    assert "7,654,321" in page(changed("scale", "rows", 1, "start", "cold", to=7_654_321))


def test_price_of_fastapi_is_stated() -> None:
    assert (
        "with it, the leanest handler takes 250 ms longer than without it (2.00 times), and ours takes 100 ms longer "
        "than that handler (1.20 times)."
    ) in section()
    quick = changed("cold_start", "ours", "median", to=0.4)
    assert "ours takes 100 ms less than that handler" in section(quick)


def test_measures_are_sorted_by_what_they_save() -> None:
    table = section().partition("What each start-up measure saves")[2].partition("</table>")[0]
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*)', table)
    assert [(name, re.findall("<td>(.*?)</td>", cells)) for name, cells in rows] == [
        ("Without bytecode", ["1.5 s", "900 ms", "810 ms to 990 ms", "2.50"]),
        ("Without deferred validators", ["900 ms", "300 ms", "270 ms to 330 ms", "1.50"]),
        (
            "Without pruned packages",
            ["596 ms", "\N{MINUS SIGN}4 ms", "\N{MINUS SIGN}4 ms to \N{MINUS SIGN}5 ms", "0.99"],
        ),
    ]


def test_a_server_that_could_not_be_measured_is_said() -> None:
    assert "LitServe could not be measured: it could not be installed." in section()
    assert "LitServe" not in shown("serving-http-28")


def test_ours_is_compared_with_each_server() -> None:
    assert "ours answers 1,200 requests a second, 4.00 times as many as BentoML; its 99th" in section()
    assert "16.7 ms, is 2.50 times its median" in section()


def test_without_others_nothing_is_compared_and_without_any_nothing_is_drawn() -> None:
    alone = changed("http", to=[server("ours", "uvicorn", 28, 1_200), MADE_UP["http"][-1]])
    assert "times as many" not in section(alone)
    none = changed("http", to=[MADE_UP["http"][-1]])
    assert "LitServe could not be measured" in section(none)
    assert "HTTP on one core" not in section(none)
    assert not [name for name in figures(MEASURED | {"benchmark": none}) if "http" in name]


def test_an_architecture_that_could_not_be_built_is_said() -> None:
    assert "arm64 could not be built: there is no wheel." in section()


def test_growth_is_told_as_it_is() -> None:
    assert "grew by 0.25 MB" in captions.growth(MADE_UP)
    still = changed("memory", "resident", to=[3, 2, 2])
    assert captions.growth(still).endswith("did not grow.")


def test_memory_that_is_too_small_is_marked() -> None:
    assert '<th scope="row">128 *</th>' in section()
    assert f"* Less than {cost.MIN_MEMORY} MB" in section()


def test_a_memory_without_which_no_answer_is_quick_is_not_named() -> None:
    slow = changed("cost", "within", to=[{"seconds": 0.001, "memory": None}])
    assert "A warm answer takes" not in section(slow)


def test_storm_and_limits_are_told() -> None:
    told = captions.scaling(MADE_UP["scale"])
    assert "1,000 requests a second start 777 sandboxes" in told
    assert "a concurrency quota of 12,345 all the same" in told
    assert "40% of the first 100 seconds" in told
    assert "after 42 seconds" in told
    assert "<td>the end</td>" in section()


def test_durations_have_three_digits_and_a_unit_that_suits_them() -> None:
    assert [duration(seconds) for seconds in (2.346, 0.4123, 0.00042, 0.000021)] == [
        "2.35 s",
        "412 ms",
        "0.42 ms",
        "21 \N{MICRO SIGN}s",
    ]


def test_large_ratios_have_no_digits_behind_the_point() -> None:
    assert [ratio(value) for value in (0.239, 4, 225.4)] == ["0.24", "4.00", "225"]
