"""Fake W&B server, which records what is uploaded."""

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Server:
    """The part of W&B's API that an upload of a run with an artifact and an agent of a sweep use."""

    def __init__(self) -> None:
        self.rejecting = False  # respond 401, as to an unknown key
        self.hanging = False
        self.runs: list[str] = []  # their ids
        self.sweeps: dict[str, set[str]] = {}  # the ids of the runs of each
        self.choices: list[dict[str, Any]] = []  # settings for a sweep's agents, one after another
        self.history: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}  # uploaded files by path
        self.committed = False  # whether an artifact was committed
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
                if server.hanging:
                    time.sleep(30)
                status, content = (401, {"data": None}) if server.rejecting else (200, server.response(self.path, body))
                self.reply(status, json.dumps(content).encode())

            def do_PUT(self) -> None:
                server.files[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
                self.reply(200, b"")

            def reply(self, status: int, content: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def response(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path != "/graphql":  # the file stream
            steps = body.get("files", {}).get("wandb-history.jsonl", {"content": []})["content"]
            self.history += [json.loads(step) for step in steps]
            return {}
        match = re.search(r"(?:query|mutation)\s+(\w+)", body["query"])
        operation, variables = match[1] if match else "", body.get("variables") or {}
        if operation == "CreateArtifact":
            artifact = {"id": "a", "state": "PENDING", "artifactSequence": {"latestArtifact": None}}
            return {"data": {"createArtifact": {"artifact": artifact}}}
        if operation == "CreateArtifactManifest":
            manifest = {"id": "m", "file": self._file("wandb_manifest.json")}
            return {"data": {"createArtifactManifest": {"artifactManifest": manifest}}}
        if operation == "CreateArtifactFiles":
            edges = [{"node": self._file(file["name"])} for file in variables["artifactFiles"]]
            return {"data": {"createArtifactFiles": {"files": {"edges": edges}}}}
        if operation == "CommitArtifact":
            self.committed = True
            return {"data": {"commitArtifact": {"artifact": {"id": "a", "digest": "d"}}}}
        if operation == "UpsertSweep":
            self.sweeps["s1"] = set()
            project = {"id": "p", "name": "digits", "entity": {"id": "e", "name": "me"}}
            return {
                "data": {"upsertSweep": {"sweep": {"name": "s1", "project": project}, "configValidationWarnings": []}}
            }
        if operation == "CreateAgent":
            return {"data": {"createAgent": {"agent": {"id": "a1"}}}}
        if operation == "Heartbeat":
            return {"data": {"agentHeartbeat": {"agent": {"id": "a1"}, "commands": self._command()}}}
        if operation == "UpsertBucket":
            self.runs.append(variables["name"])
            if variables.get("sweep"):
                self.sweeps[variables["sweep"]].add(variables["name"])
            project = {"id": "p", "name": "digits", "entity": {"id": "e", "name": "me"}}
            bucket = {"id": "r", "name": variables["name"], "displayName": "n", "config": "{}", "project": project}
            return {"data": {"upsertBucket": {"inserted": True, "bucket": bucket}}}
        if operation == "CreateRunFiles":
            files = [{"name": name, "uploadUrl": f"{self.url}/files/{name}"} for name in variables["files"]]
            return {"data": {"createRunFiles": {"runID": "r", "uploadHeaders": [], "files": files}}}
        return {"data": {"serverInfo": {"features": []}}}

    def _file(self, name: str) -> dict[str, Any]:
        place = {"name": name, "displayName": name, "storagePath": name, "artifact": {"id": "a"}}
        return {"id": name, **place, "uploadUrl": f"{self.url}/artifact/{name}", "uploadHeaders": []}

    def _command(self) -> str:
        if not self.choices:
            return "[]"
        settings = {name: {"value": value} for name, value in self.choices.pop(0).items()}
        return json.dumps([{"type": "run", "run_id": f"run{len(self.choices)}", "args": settings}])
