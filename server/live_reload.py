"""The site for development: open pages reload themselves after a change. Only `make run RELOAD=1` serves it."""

import os

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from server.site import MODELS, PAGE, SECURITY_HEADERS
from server.site import site as served_site

VERSION, SCRIPT = "/api/live-reload", "/api/live-reload.js"  # under /api, which the service worker does not cache
CODE = f"""
const loaded = new URL(import.meta.url).search.slice(1);
setInterval(async () => {{
  const response = await fetch("{VERSION}").catch(() => null); // null while the server restarts
  if (response?.ok && (await response.text()) !== loaded) location.reload();
}}, 500);
"""


def version() -> str:
    """Return a string that changes with the process and with the files of the page and the models."""
    files = [path for folder in (PAGE, MODELS) for path in folder.rglob("*")]
    return f"{os.getpid()}-{len(files)}-{max(path.stat().st_mtime_ns for path in files)}"


def response(path: str) -> Response | None:
    """Return the version, the script, or a page with the script; None for other paths."""
    if path == VERSION:
        return PlainTextResponse(version())
    if path == SCRIPT:
        return Response(CODE, media_type="text/javascript")
    pages = {"/": PAGE / "index.html"} | {f"/{page.name}": page for page in PAGE.glob("*.html")}
    if path not in pages:
        return None
    script = f'<script type="module" src="{SCRIPT}?{version()}"></script>'
    html = pages[path].read_text().replace("</body>", f"{script}</body>")
    return HTMLResponse(html, headers=SECURITY_HEADERS | {"Cache-Control": "no-store"})


async def site(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI application: the site, with a script in each page that compares versions twice a second."""
    await (response(scope["path"]) or served_site)(scope, receive, send)
