"""A copy of the site that can be changed, stopped and restarted at the same address."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.site import copy_server, free_port, wait_for
from tests.support.template import ROOT

MARK = "second release"  # in every file that `release` changes


class SiteCopy:
    """A copy of the site in a folder of its own, served by serve.py."""

    def __init__(self, folder: Path) -> None:
        self.frontend, self.models = folder / "frontend", folder / "functions" / "digits" / "models"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        copy_server(folder)
        shutil.copytree(ROOT / "frontend", self.frontend)
        shutil.copytree(ROOT / "functions" / "digits" / "models", self.models)
        self.start()

    def start(self) -> None:
        command = [sys.executable, str(self.frontend.with_name("serve.py")), "--port", str(self.port)]
        self.server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for(self.url, self.server)

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait()

    def release(self, *files: str) -> None:
        """Change files of the page."""
        for name in files:
            text = (self.frontend / name).read_text()
            marked = text.replace("</body>", f"<!-- {MARK} --></body>") if name.endswith(".html") else text
            (self.frontend / name).write_text(marked if marked != text else f"{text}/* {MARK} */\n")

    def publish_model(self) -> str:
        """Publish the same neural network as a new version: with an empty doc_string (field 6). Returns the version."""
        file, manifest = self.models / "mlp.onnx", self.models / "manifest.json"
        data = file.read_bytes() + b"\x32\x00"
        sha256 = hashlib.sha256(data).hexdigest()
        content = json.loads(manifest.read_text())
        content["models"]["mlp"] |= {"bytes": len(data), "sha256": sha256, "version": sha256[:12]}
        file.write_bytes(data)
        manifest.write_text(json.dumps(content))
        return sha256[:12]
