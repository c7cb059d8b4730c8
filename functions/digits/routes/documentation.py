"""OpenAPI document, and Swagger UI that loads nothing from other hosts.

The function ships none of Swagger UI's files: serve.py and the site's bucket serve them under /swagger-ui. Where they
are missing (the API's own address), the page shows `FALLBACK`. Every URL in the HTML is relative, so it works behind
any stage or base path, and nothing of the request is written into the inline script.
"""

import base64
import hashlib
import re

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, JSONResponse

CONTAINER = '<div id="swagger-ui">'  # Swagger UI replaces its content
FALLBACK = """<p>Interactive documentation of the API. If this text stays, this address serves only the API: open
/api/docs at the address of the site instead (<code>make deploy</code> prints it; <code>make run</code> serves the site
on your machine), or read <a href="openapi.json">the OpenAPI document</a>.</p>"""
SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'sha256-{}'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

router = APIRouter(include_in_schema=False)


@router.get("/api/docs")
async def swagger_ui(request: Request) -> HTMLResponse:
    """Return the page, with a Content-Security-Policy that allows its one inline script by hash."""
    page = get_swagger_ui_html(
        openapi_url="openapi.json",
        title=request.app.title,
        swagger_js_url="../swagger-ui/swagger-ui-bundle.js",
        swagger_css_url="../swagger-ui/swagger-ui.css",
        swagger_favicon_url="../favicon.svg",
    )
    html = bytes(page.body).decode().replace(CONTAINER, CONTAINER + FALLBACK)
    (script,) = re.findall("<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return HTMLResponse(html, headers={"Content-Security-Policy": SECURITY_POLICY.format(digest)})


@router.get("/api/openapi.json")
async def openapi(request: Request) -> JSONResponse:
    """Return the OpenAPI document; behind a stage or base path, the server URL is that path."""
    document = request.app.openapi()
    root_path = request.scope.get("root_path", "").rstrip("/")
    return JSONResponse({**document, "servers": [{"url": root_path}]} if root_path else document)
