"""Secret header of CloudFront: accepted secrets, rejected requests, and hosts without one."""

import pytest
from fastapi.testclient import TestClient

from digits.app import app, create_app
from digits.http.origin import HEADER, OriginMiddleware

OLD, NEW = "a" * 32, "b" * 32


@pytest.fixture(name="checked", scope="module")
def _checked() -> TestClient:
    return TestClient(create_app(origin_secrets=f"{OLD},{NEW}"))


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_both_secrets_are_accepted_while_rotating(checked: TestClient, secret: str) -> None:
    assert checked.get("/api/models", headers={HEADER: secret}).status_code == 200


@pytest.mark.parametrize("secret", [None, "", "c" * 32, OLD[:-1], f"{OLD},{NEW}", OLD.upper(), "\xe9" * 32])
def test_other_secret_returns_403_with_address_to_use(checked: TestClient, secret: str | None) -> None:
    sent = [] if secret is None else [(HEADER.encode(), secret.encode("latin-1"))]
    response = checked.get("/api/health", headers=sent)
    assert (response.status_code, response.headers["content-type"]) == (403, "application/problem+json")
    assert response.json() == {
        "type": "urn:digits:wrong-address",
        "title": "This address accepts requests only through CloudFront",
        "status": 403,
        "detail": "Send the request to the site's address, which `make deploy` prints (output SiteUrl).",
    }
    assert response.headers["x-request-id"]


def test_rejected_request_is_readable_by_other_origins(checked: TestClient) -> None:
    response = checked.post("/api/predict/mlp", headers={"Origin": "https://example.com"})
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (403, "*")


def test_rejected_inference_request_has_error_of_protocol(checked: TestClient) -> None:
    assert checked.post("/api/v2/models/mlp/infer").json().keys() == {"error"}


def test_openapi_document_does_not_depend_on_secrets(checked: TestClient) -> None:
    document = checked.get("/api/openapi.json", headers={HEADER: NEW}).json()
    assert document == TestClient(app).get("/api/openapi.json").json()


def test_no_secret_accepts_every_request() -> None:
    for unset in (None, ""):
        assert TestClient(create_app(origin_secrets=unset)).get("/api/models").status_code == 200


def test_every_secret_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def compare(given: bytes, secret: bytes) -> bool:
        compared.append(secret)
        return given == secret

    monkeypatch.setattr("hmac.compare_digest", compare)
    middleware = OriginMiddleware(app, f"{OLD},{NEW}")
    assert middleware.is_accepted(OLD)
    assert compared == [OLD.encode(), NEW.encode()]
