"""The pool of connections, opened once at start under one role."""

import contextlib
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from accounts.database.engine import DB
from accounts.database.roles import Role, create_roles, role_name, role_url
from accounts.database.settings import DatabaseSettings

MIGRATION_LOCK = 0x00CA7B07
"""Advisory lock that lets one migration run at a time."""


async def open_pool(admin_url: str, role: Role, settings: DatabaseSettings) -> None:
    """Open the pool as `role`; every Piccolo query and every transaction uses it from here on."""
    if DB.pool is not None:
        raise RuntimeError("The pool is open already; close_pool() first.")
    DB.config = {"dsn": role_url(admin_url, settings.role_prefix, role)}
    await DB.start_connection_pool(min_size=1, max_size=settings.pool_size, timeout=10, command_timeout=600)


async def close_pool() -> None:
    """Give back every connection; quiet when none is open."""
    if DB.pool is not None:
        await DB.close_connection_pool()


def pool_is_open() -> bool:
    """Whether this process already has its pool."""
    return DB.pool is not None


@asynccontextmanager
async def pool(admin_url: str, role: Role, settings: DatabaseSettings) -> AsyncIterator[None]:
    """`open_pool` for the length of a block."""
    await open_pool(admin_url, role, settings)
    try:
        yield
    finally:
        await close_pool()


def current_pool() -> asyncpg.Pool:
    """The open pool, for hot read-only lists; writes go through `transaction()`."""
    if DB.pool is None:
        raise RuntimeError("No pool is open; call open_pool() at start.")
    return DB.pool


async def ensure_database(server_url: str, name: str) -> None:
    """Create the database `name` on the server of `server_url` unless it is there."""
    connection = await asyncpg.connect(server_url)
    try:
        if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
            with contextlib.suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                await connection.execute(f'create database "{name}"')
    finally:
        await connection.close()


async def migrate(admin_url: str, settings: DatabaseSettings) -> str:
    """Make the roles and run every migration not yet run, one process at a time; returns Piccolo's report."""
    from piccolo.apps.migrations.commands.forwards import run_forwards  # noqa: PLC0415 - heavy

    admin = await asyncpg.connect(admin_url)
    report = io.StringIO()
    try:
        await admin.execute("select pg_advisory_lock($1)", MIGRATION_LOCK)
        await create_roles(admin, admin_url, settings.role_prefix)
        async with pool(admin_url, Role.OWNER, settings):
            with contextlib.redirect_stdout(report):
                result = await run_forwards("all")
            readers = ", ".join(role_name(settings.role_prefix, role) for role in Role if role != Role.OWNER)
            await current_pool().execute(f"grant select on migration to {readers}")
        if not result.success:
            raise RuntimeError(f"A migration failed: {result.message}")
    finally:
        await admin.close()
    return report.getvalue()


async def pending_migrations() -> list[str]:
    """Names of migrations this code has and the database has not (OPS-1); needs an open pool."""
    from piccolo.apps.migrations.commands.base import BaseMigrationManager  # noqa: PLC0415 - heavy

    done = {
        (row["app_name"], row["name"])
        for row in await current_pool().fetch("select app_name, name from migration")
    }
    manager = BaseMigrationManager()
    pending = []
    for app_name in manager.get_sorted_app_names():
        folder = manager.get_app_config(app_name=app_name).resolved_migrations_folder_path
        known = manager.get_migration_ids(manager.get_migration_modules(folder))
        pending += [f"{app_name} {name}" for name in known if (app_name, name) not in done]
    return pending
