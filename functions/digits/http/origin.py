"""ASGI middleware that accepts only requests of the site's CloudFront distribution (ORIGIN_SECRETS).

Without it, the API's own address bypasses what protects the distribution, such as a web application firewall.
"""

import hmac

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from digits.errors import WrongAddress

HEADER = "X-Origin-Secret"  # CloudFront replaces a visitor's header of this name


class OriginMiddleware:
    """Reject requests without one of the secrets in HEADER."""

    def __init__(self, app: ASGIApp, secrets: str) -> None:
        """secrets: separated by commas; two while they are rotated"""
        self.app = app
        self.secrets = [secret.encode() for secret in secrets.split(",") if secret]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_checked = scope["type"] == "http" and "example" not in scope  # "example": for the OpenAPI document
        if is_checked and not self.is_accepted(Headers(scope=scope).get(HEADER, "")):
            raise WrongAddress
        await self.app(scope, receive, send)

    def is_accepted(self, given: str) -> bool:
        """Compare with each secret, in a time that does not depend on the result."""
        return any([hmac.compare_digest(given.encode(), secret) for secret in self.secrets])
