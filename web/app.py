"""The composition root: settings in, one application out, and no start when something is missing."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.datastructures import State

from accounts.database.pool import close_pool, open_pool, pool_is_open
from accounts.database.readiness import refusals
from accounts.database.roles import Role
from web.api import api_router
from web.api.description import openapi_config
from web.bodies import StrictRequest
from web.guard import guard, refuse_undeclared
from web.middleware import Threshold
from web.pages import page_handlers, render
from web.problems import exception_handler
from web.settings import StartRefused, WebSettings, web_settings_from_environment

BODY_LIMIT_BYTES = 64 * 1024
"""What a request may hold unless its handler says otherwise."""


def create_app(settings: WebSettings) -> Litestar:
    """The application; `settings.database.database_url` names a migrated database unless a pool is open already.

    Raises:
        StartRefused: a handler declares no permission.
    """
    app = Litestar(
        route_handlers=[api_router, *page_handlers],
        guards=[guard],
        exception_handlers={Exception: exception_handler(render)},
        lifespan=[_database],
        logging_config=None,  # the answerer logs what is unexpected, with its request id
        openapi_config=openapi_config(settings),
        request_class=StrictRequest,
        request_max_body_size=BODY_LIMIT_BYTES,
        state=State({"settings": settings}),
        debug=settings.debug,
    )
    refuse_undeclared(app)
    app.asgi_handler = Threshold(app.asgi_handler, settings, render)
    return app


def application() -> Litestar:
    """What granian's workers call: the application of the environment's settings, its log on standard error."""
    settings = web_settings_from_environment()
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("web").setLevel(settings.log_level)
    return create_app(settings)


@asynccontextmanager
async def _database(app: Litestar) -> AsyncIterator[None]:
    """The pool for the length of the application's life; a pool open before (tests) is left as it is."""
    settings: WebSettings = app.state.settings
    opened = not pool_is_open()
    if opened:
        await open_pool(settings.database.database_url, Role.WEB, settings.database)
    try:
        await refuse_unready_database(durable=opened)
        yield
    finally:
        if opened:
            await close_pool()


async def refuse_unready_database(*, durable: bool) -> None:
    """Stop the start when the database is older than this code, not durable, or our role too strong (OPS-1).

    Raises:
        StartRefused: every reason, each with its remedy.
    """
    reasons = await refusals(durable=durable)
    if reasons:
        raise StartRefused(" ".join(reasons))
