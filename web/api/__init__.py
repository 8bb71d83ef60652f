"""The HTTP API under /api/v1: each handler translates one request into one use-case."""

from litestar import Router

from web.api.health import health
from web.api.sessions import session_handlers

api_router = Router("/api/v1", route_handlers=[health, *session_handlers])
