"""No telemetry: processes under strace write no file outside /tmp, open no connection and resolve no name."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.events import PICTURE, file
from tests.support.artifact import Artifact
from tests.support.emulator import PYTHON, shipped
from tests.support.require import require
from tests.support.site import SERVE, free_port
from tests.support.template import ROOT
from tests.support.waiting import responds

TIMEOUT = 30  # seconds
STRACE = (
    "strace",
    "-f",
    "-y",
    "-qq",
    "--seccomp-bpf",
    "-e",
    "trace=?open,openat,openat2,?creat,connect,?sendto,sendmsg,sendmmsg",
)
FILE = re.compile(r'(?:open|openat2?|creat)\((?:\w+(?:<([^>]*)>)?, )?"([^"]*)"(?:, (?:{flags=)?(\S+))?')
ADDRESS = re.compile("sa_family=AF_INET")  # IPv4 or IPv6; the processes only accept connections
MODEL = ROOT / "functions" / "digits" / "models" / "mlp.onnx"
PREDICT = """
import json, sys
from types import SimpleNamespace
from digits.app import handler
with open(sys.argv[1]) as file:
    response = handler(json.load(file), SimpleNamespace(aws_request_id="traced"))
print(json.loads(response["body"])["digit"])
"""
RUN = """
import sys, {package}
import onnxruntime, numpy
session = onnxruntime.InferenceSession(sys.argv[1])
print(session.run(["probabilities"], {{"images": numpy.zeros((1, 28, 28), numpy.uint8)}})[0].shape)
"""
REPORT = """
import socket
from pathlib import Path
Path.home().joinpath("deviceid").write_text("")
Path("/etc/resolv.conf").exists() and open("/etc/resolv.conf").close()
socket.socket(type=socket.SOCK_DGRAM).connect(("192.0.2.1", 53))  # sends nothing; RFC 5737
"""


@dataclass(frozen=True)
class Traced:
    """A traced process with an empty home, and without `CI`, which suppresses onnxruntime's telemetry."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def start(self, *command: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.Popen[str]:
        self.home.mkdir()
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT / 'functions'}:{ROOT}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.Popen(
            [*STRACE, "-o", self.folder / "trace", *command],
            cwd=cwd,
            env={**environ, **environment, "HOME": str(self.home)},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def output(self, *command: str | Path, cwd: Path = ROOT, **environment: str) -> str:
        """Run a program and return its output."""
        return self.start(*command, cwd=cwd, **environment).communicate(timeout=TIMEOUT)[0].strip()

    def violations(self) -> list[str]:
        """Return the system calls that write a file, open a connection or resolve a name."""
        return [line for line in (self.folder / "trace").read_text().splitlines() if self._reports(line)]

    def _reports(self, line: str) -> bool:
        if not (match := FILE.search(line)):
            return ADDRESS.search(line) is not None
        path = Path(match[1] or "/", match[2])
        writes = re.search("O_WRONLY|O_RDWR|O_CREAT", match[3] or "O_CREAT")
        allowed = path.is_relative_to("/tmp") and not path.is_relative_to(self.home)
        harmless = path.is_relative_to("/dev") or path.is_relative_to("/proc/self")
        return path.name == "resolv.conf" or (bool(writes) and not (allowed or harmless))


@pytest.fixture(name="traced")
def _traced(tmp_path: Path) -> Traced:
    require(shutil.which("strace") is not None, "There is no strace on this machine", "apt-get install strace")
    return Traced(tmp_path)


def test_trace_finds_file_look_up_and_connection(traced: Traced) -> None:
    traced.output(sys.executable, "-c", REPORT)
    file, look_up, connection = traced.violations()
    assert ("home/deviceid" in file, "resolv.conf" in look_up, "192.0.2.1" in connection) == (True, True, True)


def test_function_sends_no_telemetry(traced: Traced, artifact: Artifact) -> None:
    function = shipped(artifact)
    assert function.environment["ORT_DISABLE_TELEMETRY"] == "1"
    command = (PYTHON, "-S", "-c", PREDICT, file("predict_mlp"))
    assert traced.output(*command, cwd=function.task, **function.variables()) == "7"
    assert (traced.violations(), list(traced.home.iterdir())) == ([], [])


def test_server_sends_no_telemetry(traced: Traced) -> None:
    url = f"http://127.0.0.1:{(port := free_port())}"
    server = traced.start(sys.executable, SERVE, "--port", str(port))
    try:
        assert responds(url, lambda: server.poll() is None, TIMEOUT)
        request = urllib.request.Request(f"{url}/api/predict/mlp", PICTURE.read_bytes(), {"Content-Type": "image/png"})
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            assert json.load(response)["digit"] == 7
    finally:
        os.killpg(server.pid, signal.SIGTERM)  # strace ignores it until the server has exited
        server.communicate(timeout=TIMEOUT)
    assert (traced.violations(), list(traced.home.iterdir())) == ([], [])


@pytest.mark.parametrize("package", ["training", "export", "tests"])
def test_session_after_import_of_a_package_sends_no_telemetry(traced: Traced, package: str) -> None:
    assert traced.output(sys.executable, "-c", RUN.format(package=package), MODEL) == "(1, 10)"
    assert (traced.violations(), list(traced.home.iterdir())) == ([], [])
