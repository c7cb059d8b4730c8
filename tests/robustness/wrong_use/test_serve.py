"""Wrong uses of serve.py: one clear line and the right exit status, never a traceback."""

import shutil
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.support.site import ROOT, copy_server
from tests.support.wrong_use import PYTHON, WrongUse, check, run

pytestmark = pytest.mark.slow

LOCAL = {"PYTHONPATH": "functions"}  # the copied functions, not the repository's


def copy_start(folder: Path) -> None:
    shutil.copy(ROOT / "serve.py", folder)


def copy_page(folder: Path) -> None:
    copy_server(folder)
    (folder / "frontend").mkdir()
    (folder / "frontend" / "index.html").write_text("<body></body>")


def copy_all(folder: Path) -> None:
    copy_page(folder)
    shutil.copytree(ROOT / "functions" / "digits", folder / "functions" / "digits")


def without(name: str, folder: Path) -> None:
    """Copy everything but one model file."""
    copy_all(folder)
    (folder / "functions" / "digits" / "models" / name).unlink()


def damaged(name: str, content: bytes, folder: Path) -> None:
    """Copy everything, and replace one model file's content."""
    copy_all(folder)
    (folder / "functions" / "digits" / "models" / name).write_bytes(content)


def other_python(folder: Path) -> None:
    copy_server(folder)
    (folder / "sitecustomize.py").write_text("import sys\nsys.version_info = (3, 9, 0, 'final', 0)\n")


def serve(name: str, arguments: str, message: str, status: int = 1, **options: object) -> WrongUse:
    options.setdefault("prepare", copy_start)
    return WrongUse(name, ("serve.py", *arguments.split()), message, status, **options)  # type: ignore[arg-type]


def copied(name: str, message: str, prepare: Callable[[Path], None], **environment: str) -> WrongUse:
    """Return a wrong use of a copy of the server: an interpreter of its own imports it."""
    return serve(name, "", message, prepare=prepare, environment=environment, python=PYTHON)


RESTORE = r"Restore the models: git checkout functions/digits/models$"
CASES = (
    serve(
        "port-too-large",
        "--port 99999",
        r"--port: '99999' is not a port: choose a number from 0 to 65535",
        2,
        python=PYTHON,
    ),
    serve("port-negative", "--port=-1", r"--port: '-1' is not a port", 2),
    serve("port-text", "--port abc", r"--port: 'abc' is not a port", 2),
    serve("port-in-environment", "", r"--port: 'abc' is not a port", 2, environment={"PORT": "abc"}),
    serve("port-empty-in-environment", "", r"--port: '' is not a port", 2, environment={"PORT": ""}),
    serve("workers-zero", "--workers 0", r"--workers: '0' is not a whole number of at least 1", 2),
    serve("workers-negative", "--workers=-1", r"--workers: '-1' is not a whole number", 2),
    serve("workers-text", "--workers two", r"--workers: 'two' is not a whole number", 2),
    serve("workers-with-reload", "--reload --workers 2", r"--reload runs one process: leave out --workers", 2),
    serve("unknown-option", "--prot 8000", r"unrecognized arguments: --prot 8000", 2),
    serve(
        "host-unknown", "--host nonsense.invalid", r"^Host 'nonsense.invalid' cannot be used \(.+\). Choose 127.0.0.1"
    ),
    serve("host-malformed", "--host a..b", r"^Host 'a..b' cannot be used \(.+\). Choose 127.0.0.1"),
    serve("host-of-another-machine", "--host 192.0.2.1", r"^Host '192.0.2.1' cannot be used \(Cannot assign"),
    serve("host-ipv6-of-another-machine", "--host 2001:db8::1", r"^Host '2001:db8::1' cannot be used \(.+\). Choose"),
    copied("page-missing", r"^frontend/index.html is missing. Restore it: git checkout frontend$", copy_server),
    *(
        copied(f"{name}-missing", rf"models/{name}.* {RESTORE}", partial(without, name), **LOCAL)
        for name in ("mlp.onnx", "tree.onnx", "manifest.json")
    ),
    *(
        copied(f"{name}-{kind}", rf"models/{name}.* {RESTORE}", partial(damaged, name, content), **LOCAL)
        for name, kind, content in (
            ("mlp.onnx", "empty", b""),
            ("tree.onnx", "damaged", b"not a model"),
            ("manifest.json", "empty", b""),
            ("manifest.json", "damaged", b'{"models": '),
            ("manifest.json", "of-a-wrong-type", b"[]"),
        )
    ),
    copied("other-python", r"^This needs Python 3.13: run .venv/bin/python", other_python, PYTHONPATH="."),
    WrongUse(
        "without-environment",
        ("-S", "serve.py"),
        r"^\w+ is not installed here: run .venv/bin/python",
        prepare=copy_server,
        environment=LOCAL,
        python=PYTHON,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_wrong_use_prints_one_line(case: WrongUse, tmp_path: Path) -> None:
    check(case, tmp_path)


@pytest.fixture
def used_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_port_in_use_prints_one_line(used_port: int, tmp_path: Path) -> None:
    message = rf"^Port {used_port} cannot be used \(Address already in use\). Choose another: make run PORT=8001$"
    check(serve("port-in-use", f"--port {used_port}", message), tmp_path)


def test_wrong_use_prints_nothing_on_stdout(tmp_path: Path) -> None:
    assert run(CASES[0], tmp_path).stdout == ""
