"""ASGI middleware for a stage or a custom domain's base path, such as /prod/api/models."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

# Everything before the first "api" segment, or before a path of the original application. No quotes, no "<", no empty
# segment: FastAPI writes the root path unescaped into its documentation page, where "//host" would be the URL of
# another host.
BASE_PATH = re.compile(r"(?!/api(?:/|\Z))((?:/[\w.~+$-]+?)+?)/(?:api(?:/|\Z)|predict(?:_nn)?/\Z)", re.ASCII)


class BasePathMiddleware:
    """Set `root_path` to the part before the route, for the router and for links; `path` keeps it, as ASGI requires."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if match := BASE_PATH.match(scope.get("path", "")):
            scope["root_path"] = match[1]
        await self.app(scope, receive, send)
