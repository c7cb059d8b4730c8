"""Swagger UI at /api/docs, under its Content-Security-Policy and with all other hosts blocked."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx2
import pytest
from playwright.sync_api import Browser, Page, Route, expect

FALLBACK = "open /api/docs at the address of the site instead"


@dataclass
class Documentation:
    """The page, its requests to other hosts and its errors."""

    page: Page
    foreign: list[str] = field(default_factory=list)  # blocked URLs of other hosts
    errors: list[str] = field(
        default_factory=list
    )  # console errors, policy violations included, and uncaught exceptions


@pytest.fixture
def documentation(browser: Browser, site: str) -> Iterator[Documentation]:
    context = browser.new_context()
    opened = Documentation(context.new_page())

    def block_other_hosts(route: Route) -> None:
        if route.request.url.startswith(f"{site}/"):
            return route.fallback()
        opened.foreign.append(route.request.url)
        route.abort()

    context.route("**/*", block_other_hosts)
    opened.page.on("console", lambda message: opened.errors.append(message.text) if message.type == "error" else None)
    opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
    yield opened
    context.close()


def test_swagger_ui_lists_every_route(documentation: Documentation, site: str) -> None:
    documentation.page.goto(f"{site}/api/docs")
    document = httpx2.get(f"{site}/api/openapi.json").json()
    operations = sum(len(item.keys() - {"parameters"}) for item in document["paths"].values())
    expect(documentation.page.locator(".opblock")).to_have_count(operations)
    shown = documentation.page.locator(".opblock [data-path]")
    assert {element.get_attribute("data-path") for element in shown.all()} == document["paths"].keys()
    expect(documentation.page.locator("body")).not_to_contain_text(FALLBACK)
    assert (documentation.foreign, documentation.errors) == ([], [])


def test_try_it_out_sends_the_request(documentation: Documentation, site: str) -> None:
    documentation.page.goto(f"{site}/api/docs")
    route = documentation.page.locator(".opblock-get").filter(
        has=documentation.page.locator('[data-path="/api/health"]')
    )
    route.click()
    route.get_by_role("button", name="Try it out").click()
    route.get_by_role("button", name="Execute").click()
    response = route.locator(".live-responses-table .response")
    expect(response.locator(".response-col_status")).to_have_text("200")
    expect(response.locator(".response-col_description")).to_contain_text('"status": "ok"')
    assert (documentation.foreign, documentation.errors) == ([], [])


def test_missing_swagger_files_show_a_fallback(documentation: Documentation, site: str) -> None:
    missing = {"status": 404, "content_type": "application/json", "body": '{"message":"Not Found"}'}
    documentation.page.route("**/swagger-ui/*", lambda route: route.fulfill(**missing))  # as at the API's own address
    documentation.page.goto(f"{site}/api/docs")
    expect(documentation.page.locator("body")).to_contain_text(FALLBACK)
    with documentation.page.expect_navigation():
        documentation.page.get_by_role("link", name="the OpenAPI document").click()
    assert documentation.page.url == f"{site}/api/openapi.json"
    assert '"/api/health"' in (documentation.page.text_content("body") or "")
