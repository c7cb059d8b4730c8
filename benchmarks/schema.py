"""Types of benchmark.json."""

from typing import Annotated, Any, Literal, TypedDict, final

from pydantic import AfterValidator, Field

from evaluation.schema import EqualLength, NonEmpty

FILE = "benchmark.json"
COMMAND = "make bench"


class Spread(TypedDict):
    n: int
    median: float
    low: float
    high: float
    p99: float


def require(*keys: str) -> AfterValidator:
    """Return a validator that raises ValueError if a dictionary lacks a key."""

    def check(part: dict[str, Any]) -> dict[str, Any]:
        if missing := set(keys) - set(part):
            raise ValueError(f"{', '.join(sorted(missing))} missing")
        return part

    return AfterValidator(check)


type Build = Literal["ours", "common", "common, one thread", "fastapi", "bare", "empty", "session.run"]
type Ratio = Literal["ours / common", "ours / common, one thread", "ours / fastapi", "ours / bare", "fastapi / bare"]
type Spreads = Annotated[
    dict[Build | Ratio, Spread],
    require("ours", "common", "fastapi", "bare", "ours / common", "ours / fastapi", "ours / bare"),
]
type Starts = Annotated[Spreads, require("empty", "fastapi / bare")]
type Side = Literal["28", "280"]  # pixels of the PNG
type Wait = Annotated[dict[Literal["p50", "p99", "p99.9"], float], Field(min_length=3)]

# fmt: off
Measure = TypedDict("Measure", {"without": Spread, "saved": Spread, "without / ours": Spread})
Decode = TypedDict("Decode", {
    "bare": Spread, "pillow": Spread, "load": Spread, "pillow / bare": Spread, "pillow / load": Spread,
})
Warm = TypedDict("Warm", {"28": Spreads, "280": Spreads, "decode": Decode})
# fmt: on


class Machine(TypedDict):
    processor: str
    cores: int
    python: str


@final
class Server(TypedDict):
    server: Literal["ours", "bentoml", "litserve", "tensorflow"]
    title: str
    side: int
    connections: int
    requests_per_second: Spread
    p50: float
    p99: float
    errors: int
    ready: float
    resident: int


@final
class Unmeasured(TypedDict):
    title: str
    fault: str


@final
class Unbuilt(TypedDict):
    fault: str


@final
class Built(TypedDict):
    files: int
    unzipped: int
    zipped: int


class Memory(TypedDict):
    requests: Annotated[list[int], Field(min_length=2)]
    resident: Annotated[list[int], Field(min_length=2)]


class Priced(TypedDict):
    architecture: str
    memory: int
    unusable: str | None
    warm: float
    cold: float
    usd: NonEmpty[float]


class Cheapest(TypedDict):
    memory: int
    share: float
    usd: float


class Within(TypedDict):
    seconds: float
    memory: int | None


class Cost(TypedDict):
    read: str
    region: str
    assumed: str
    requests: float
    http_api: float
    shares: NonEmpty[float]
    rows: NonEmpty[Priced]
    cheapest: Cheapest
    within: list[Within]


class Busy(TypedDict):
    mean: float
    p99: float
    max: int


class Part(TypedDict):
    seconds: float
    requests: int
    busy: Busy
    sandboxes: int
    cold: int
    cold_share: float
    throttled: float
    until: float
    by: Annotated[dict[str, float], Field(min_length=1)]
    wait: Wait


class Money(TypedDict):
    function: float
    http_api: float


class Quotas(TypedDict):
    name: str
    concurrency: int


class Load(TypedDict):
    rate: int
    quotas: Quotas
    start: Part
    steady: Part
    usd_hour: Money
    usd_month: Money


class Scale(TypedDict):
    memory: int
    cold: float
    assumed: str
    rows: NonEmpty[Load]


class Benchmark(TypedDict):
    """Content of benchmark.json."""

    measured: str
    machine: Machine
    versions: dict[str, str]
    cold_start: Starts
    init: Spread
    measures: Annotated[dict[str, Measure], Field(min_length=1)]
    warm: Warm
    http: list[Server | Unmeasured]
    artifact: dict[str, Built | Unbuilt]
    memory: EqualLength[Memory]
    cost: Cost
    scale: Scale
