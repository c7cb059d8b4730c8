"""Schema of `benchmark.json`."""

from typing import Annotated, Literal, NotRequired, TypedDict

from pydantic import Field

from evaluation.schema import Even, Some


class Spread(TypedDict):
    n: int
    median: float
    low: float
    high: float
    p99: float


# fmt: off
Spreads = TypedDict("Spreads", {
    "ours": Spread, "common": Spread, "fastapi": Spread, "bare": Spread,
    "ours / common": Spread, "ours / fastapi": Spread, "ours / bare": Spread,
    "common, one thread": NotRequired[Spread], "session.run": NotRequired[Spread],
})
Starts = TypedDict("Starts", {
    "ours": Spread, "common": Spread, "fastapi": Spread, "bare": Spread, "empty": Spread,
    "ours / common": Spread, "ours / fastapi": Spread, "ours / bare": Spread, "fastapi / bare": Spread,
})
Measure = TypedDict("Measure", {"without": Spread, "saved": Spread, "without / ours": Spread})
Decode = TypedDict("Decode", {
    "bare": Spread, "pillow": Spread, "load": Spread, "pillow / bare": Spread, "pillow / load": Spread,
})
Warm = TypedDict("Warm", {"28": Spreads, "280": Spreads, "decode": Decode})
Wait = TypedDict("Wait", {"p50": float, "p99": float, "p99.9": float})
# fmt: on


class Machine(TypedDict):
    processor: str
    cores: int
    python: str


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


class Unmeasured(TypedDict):
    title: str
    fault: str


class Unbuilt(TypedDict):
    fault: str


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
    usd: Some[float]


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
    shares: Some[float]
    rows: Some[Priced]
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
    rows: Some[Load]


class Benchmark(TypedDict):
    """What benchmark.json holds."""

    measured: str
    machine: Machine
    versions: dict[str, str]
    cold_start: Starts
    measures: Annotated[dict[str, Measure], Field(min_length=1)]
    warm: Warm
    http: list[Server | Unmeasured]
    artifact: dict[str, Built | Unbuilt]
    memory: Even[Memory]
    cost: Cost
    scale: Scale
