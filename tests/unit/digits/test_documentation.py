"""HTML and headers of /api/docs, and the OpenAPI document that it loads."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from digits.routes.documentation import FALLBACK, router
from server.site import PAGE, PUBLISHED

app = FastAPI(title="sample", docs_url=None, redoc_url=None, openapi_url=None)
app.include_router(router)


@app.get("/api/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


class Links(HTMLParser):
    """Collects every `href` and `src`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.urls: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.urls |= {value for name, value in attrs if name in ("href", "src") and value}


def test_inline_script_matches_the_hash_in_the_policy() -> None:
    page = TestClient(app).get("/api/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    (script,) = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy == {
        "default-src": "'none'",
        "script-src": f"'self' 'sha256-{digest}'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.parametrize("root_path", ["", "/prod"])
def test_every_link_is_relative_and_served_by_the_site(root_path: str) -> None:
    html = TestClient(app, root_path=root_path).get(f"{root_path}/api/docs").text
    links = Links(html).urls | set(re.findall(r"url: '(.*?)'", html))
    site = f"https://digits.example{root_path}"
    files = {path for path in PUBLISHED if path.startswith("/swagger-ui/")} | {"/favicon.svg"}
    assert (PAGE / "favicon.svg").is_file()
    assert {urljoin(f"{site}/api/docs", link) for link in links} == {
        site + path for path in files | {"/api/openapi.json"}
    }
    assert re.findall(r"\w+://[\w.]+", html) == []


def test_fallback_text_is_inside_the_element_that_swagger_ui_replaces() -> None:
    html = TestClient(app).get("/api/docs").text
    assert re.search(r'<div id="swagger-ui">\s*(.*?)\s*</div>', html, re.DOTALL)[1] == FALLBACK  # type: ignore[index]
    assert '<a href="openapi.json">' in FALLBACK


def test_request_is_not_written_into_html() -> None:
    hostile = "/'});alert(1)//"
    plain = TestClient(app).get("/api/docs")
    attacked = TestClient(app, root_path=hostile).get(f"{hostile}/api/docs?a='<script>")
    assert (attacked.status_code, attacked.text) == (200, plain.text)


def test_document_equals_openapi_of_application() -> None:
    document = TestClient(app).get("/api/openapi.json")
    assert document.headers["content-type"] == "application/json"
    assert document.json() == app.openapi()
    assert [*document.json()["paths"]] == ["/api/health"]  # not the two routes themselves


def test_server_url_equals_root_path() -> None:
    document = TestClient(app, root_path="/prod").get("/prod/api/openapi.json").json()
    assert document == {**app.openapi(), "servers": [{"url": "/prod"}]}
    assert "servers" not in app.openapi()
