"""Servers to compare. Each function installs one, or raises BenchmarkError."""

from collections.abc import Callable

from benchmarks.environments import PEERS, install, run, version
from benchmarks.http.servers import Server
from benchmarks.programs import PYTHON
from tests.support.template import ROOT

MODEL = ROOT / "functions" / "digits" / "models" / "mlp.onnx"


def ours() -> Server:
    return Server("ours", "serve.py", "/api/predict/mlp", (PYTHON, ROOT / "serve.py", "--port", "{port}"))


def bentoml() -> Server:
    folder = install("bentoml")
    command = (
        *(folder / "bin" / "bentoml", "serve", "service:Digits", "--working-dir", PEERS / "bentoml"),
        *("--host", "127.0.0.1", "--port", "{port}", "--quiet"),  # no access log, like the others
    )
    environment = {"BENTOML_HOME": str(folder / "home"), "BENTOML_DO_NOT_TRACK": "True"}
    return Server("bentoml", f"BentoML {version(folder, 'bentoml')}", "/predict", command, environment)


def litserve() -> Server:
    folder = install("litserve")
    command = (folder / "bin" / "python", PEERS / "litserve" / "server.py", "{port}")
    return Server("litserve", f"LitServe {version(folder, 'litserve')}", "/predict", command)


def tensorflow() -> Server:
    folder = install("tensorflow")
    source, model = PEERS / "tensorflow", folder / "mlp.keras"
    run("The Keras file cannot be built", folder / "bin" / "python", source / "convert.py", MODEL, model)
    command = (
        *(folder / "bin" / "uvicorn", "server:app", "--app-dir", source),
        *("--port", "{port}", "--log-level", "warning"),
    )
    environment = {"KERAS_MODEL": str(model), "TF_CPP_MIN_LOG_LEVEL": "3"}
    title = f"TensorFlow {version(folder, 'tensorflow')}, loaded per request"
    return Server("tensorflow", title, "/predict", command, environment)


COMPETITORS: dict[str, Callable[[], Server]] = {
    "ours": ours,
    "bentoml": bentoml,
    "litserve": litserve,
    "tensorflow": tensorflow,
}
