"""The program does not start half-finished."""

from dataclasses import replace

import pytest
from litestar import Litestar, get

from accounts.database.pool import close_pool, pool_is_open
from accounts.database.readiness import refusals
from accounts.identity.permissions import Permission
from tests.conftest import Database
from tests.web.conftest import trial_settings
from web.app import create_app, refuse_unready_database
from web.guard import declared_handlers, refuse_undeclared, undeclared_handlers
from web.settings import StartRefused


@get("/forgotten")
async def forgotten() -> None: ...


@get("/both", opt={"permission": Permission.SELF_READ, "public": "why not"})
async def both() -> None: ...


@get("/wordless", opt={"public": " "})
async def wordless() -> None: ...


@get("/mistyped", opt={"permission": "self:read"})
async def mistyped() -> None: ...


@pytest.mark.parametrize("handler", [forgotten, both, wordless, mistyped])
def test_a_handler_without_one_clear_declaration_stops_the_start(handler):
    with pytest.raises(StartRefused, match=handler.fn.__name__):
        refuse_undeclared(Litestar([handler], openapi_config=None))


async def test_every_handler_of_ours_declares_itself(database: Database):
    app = create_app(trial_settings(database.settings))
    assert undeclared_handlers(app) == []
    assert len(list(declared_handlers(app))) > 10


async def test_a_database_behind_the_code_stops_the_start(database: Database):
    async with database.as_superuser() as connection:
        await connection.execute("delete from migration where app_name = 'identity'")
    with pytest.raises(StartRefused, match="run: carbon migrate"):
        await refuse_unready_database(durable=False)


async def test_a_server_that_may_lose_money_stops_the_start(database: Database):
    """The tests' own embedded server is such a one."""
    async with database.as_superuser() as connection:
        if await connection.fetchval("show fsync") == "on":
            pytest.skip("DATABASE_URL names a durable server")
    with pytest.raises(StartRefused, match="could lose money"):
        await refuse_unready_database(durable=True)


async def test_the_application_starts_over_a_ready_database(app: Litestar):
    async with app.lifespan():
        assert pool_is_open()


async def test_the_application_opens_and_closes_a_pool_of_its_own(database: Database):
    refused = await refusals(durable=True)
    await close_pool()
    settings = replace(database.settings, database_url=database.admin_url)
    app = create_app(trial_settings(settings))
    said = ""
    try:
        async with app.lifespan():
            assert pool_is_open()
    except ExceptionGroup as group:
        said = str(group.exceptions[0])
    assert said == " ".join(refused)
    assert not pool_is_open()
