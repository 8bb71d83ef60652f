"""A command's way to the database: the embedded one or DATABASE_URL, for the length of one piece of work."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from accounts.database.bootstrap import server_url, with_database
from accounts.database.pool import pending_migrations, pool
from accounts.database.roles import Role
from accounts.database.server import DATABASE_NAME
from accounts.database.settings import DatabaseSettings, settings_from_environment
from web.settings import StartRefused

Result = TypeVar("Result")

_NOT_SET_UP = {"28000", "28P01", "3D000", "42P01"}
"""SQLSTATE of a role, password, database or table that is not there: nothing was migrated yet."""


@asynccontextmanager
async def explained() -> AsyncIterator[None]:
    """A database that cannot be used is told with its remedy.

    Raises:
        StartRefused: in place of the database's own words.
    """
    try:
        yield
    except OSError as error:
        raise StartRefused(f"The database cannot be reached ({error}); check DATABASE_URL.") from error
    except Exception as error:
        if getattr(error, "sqlstate", None) in _NOT_SET_UP:
            raise StartRefused(f"The database is not set up ({error}); run: carbon migrate") from error
        raise


def with_database_url(work: Callable[[str, DatabaseSettings], Awaitable[Result]]) -> Result:
    """Do `work` with the administrator's URL of our database, running for that long.

    Raises:
        StartRefused: there is none, or nothing in it.
    """
    settings = settings_from_environment()

    async def run(url: str) -> Result:
        async with explained():
            return await work(url, settings)

    with server_url(settings) as server:
        return asyncio.run(run(settings.database_url or with_database(server, DATABASE_NAME)))


def with_pool(work: Callable[[], Awaitable[Result]]) -> Result:
    """Do `work` while the pool is open under the role `web`.

    Raises:
        StartRefused: migrations are pending, or worse.
    """

    async def run(url: str, settings: DatabaseSettings) -> Result:
        async with pool(url, Role.WEB, settings):
            if await pending_migrations():
                raise StartRefused("The database is older than this program; run: carbon migrate")
            return await work()

    return with_database_url(run)
