"""ASGI application of the page and the API on one host, as CloudFront serves them."""

import gzip
import hashlib
import os
from functools import lru_cache
from pathlib import Path

import fastapi_offline
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Message, Receive, Scope, Send

from digits.app import app as api

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "frontend"
MODELS = ROOT / "functions" / "digits" / "models"
SWAGGER_UI = Path(fastapi_offline.__file__).with_name("static")
PUBLISHED = {  # files outside PAGE
    "/models/manifest.json": MODELS / "manifest.json",  # the models that the page can save and run offline
    "/models/mlp.onnx": MODELS / "mlp.onnx",
    "/models/tree.onnx": MODELS / "tree.onnx",
    "/swagger-ui/swagger-ui-bundle.js": SWAGGER_UI / "swagger-ui-bundle.js",  # loaded by /api/docs
    "/swagger-ui/swagger-ui.css": SWAGGER_UI / "swagger-ui.css",
}
API = ("/api/", "/predict/", "/predict_nn/")  # also in template.yaml; the last two are the original application's
COMPRESSED = ("text/", "image/svg+xml", "application/json")  # media types that shrink to half or less
MAX_CACHED_FILES = 500  # in memory, some kilobytes each
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Files(StaticFiles):
    """Static files that browsers revalidate with each request (ETag), compressed with gzip."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response: Response = FileResponse(full_path, status_code, stat_result=stat_result)
        kind, request_headers = response.headers["content-type"], Headers(scope=scope)
        accepts = "gzip" in request_headers.get("accept-encoding", "")
        if kind.startswith(COMPRESSED):
            body, etag = read_file(str(full_path), stat_result.st_mtime_ns, accepts)
            response = Response(body, status_code, {"ETag": etag, "Vary": "Accept-Encoding"}, media_type=kind)
            if accepts:
                response.headers["Content-Encoding"] = "gzip"
        response.headers["Cache-Control"] = "no-cache"
        if self.is_not_modified(response.headers, request_headers):
            return NotModifiedResponse(response.headers)
        return response


@lru_cache(MAX_CACHED_FILES)
def read_file(path: str, modified: int, compress: bool) -> tuple[bytes, str]:
    """Return a file's content, compressed or not, and its ETag; modified: its time, a key of the cache."""
    data = Path(path).read_bytes()
    digest = hashlib.sha256(data).hexdigest()[:16]
    return (gzip.compress(data, mtime=0), f'"{digest}-gzip"') if compress else (data, f'"{digest}"')


page = Files(directory=PAGE, html=True, check_dir=False)


async def site(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI application: the API, the files of PUBLISHED, and the page at all other paths."""
    if scope["path"].startswith(API):
        return await api(scope, receive, send)
    files = page
    if file := PUBLISHED.get(scope["path"]):
        files, scope = Files(directory=file.parent, check_dir=False), {**scope, "path": f"/{file.name}"}

    async def send_secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(SECURITY_HEADERS)
        await send(message)

    try:
        await files(scope, receive, send_secured)
    except HTTPException as error:
        not_found = PlainTextResponse(f"{error.detail}: the page is at /, the API under /api/.\n", error.status_code)
        await not_found(scope, receive, send_secured)
