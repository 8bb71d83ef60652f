"""How the web process is run: granian's limits in one place, and the checks before it starts."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from accounts.database.bootstrap import server_url, with_database
from accounts.database.pool import pool
from accounts.database.roles import Role
from accounts.database.server import DATABASE_NAME
from web.app import create_app, refuse_unready_database
from web.commands.connection import explained
from web.settings import WebSettings


def granian_arguments(host: str, port: int, workers: int) -> list[str]:
    """`python -m` arguments; bodies have their own deadline at the threshold, headers here (INP-11, OPS-3)."""
    return [
        "granian",
        "--interface=asgi",
        "--factory",
        f"--host={host}",
        f"--port={port}",
        f"--workers={workers}",
        "--respawn-failed-workers",
        "--workers-kill-timeout=15",
        "--backlog=1024",
        "--backpressure=128",
        "--http1-header-read-timeout=10000",
        "--no-ws",
        "--log-level=warning",
        "web.app:application",
    ]


@contextmanager
def served_database(settings: WebSettings) -> Iterator[WebSettings]:
    """The settings with the URL of the running database, embedded or not."""
    with server_url(settings.database) as server:
        url = settings.database.database_url or with_database(server, DATABASE_NAME)
        yield replace(settings, database=replace(settings.database, database_url=url))


def refuse_unready(settings: WebSettings) -> None:
    """Everything a worker would refuse, found before any worker starts.

    Raises:
        StartRefused: with the remedy.
    """
    create_app(settings)

    async def check() -> None:
        async with explained(), pool(settings.database.database_url, Role.WEB, settings.database):
            await refuse_unready_database(durable=True)

    asyncio.run(check())


def environment_of(settings: WebSettings) -> dict[str, str]:
    """What child processes are told."""
    database = settings.database
    return {
        "DATABASE_URL": database.database_url,
        "CARBON_HOME": str(database.home),
        "CARBON_ROLE_PREFIX": database.role_prefix,
        "CARBON_HOSTS": ",".join(sorted(settings.hosts)),
        "CARBON_LOCAL_TRIAL": "1" if settings.local_trial else "0",
        "CARBON_PROXIES": ",".join(settings.proxies),
        "CARBON_LOG_LEVEL": settings.log_level,
    }
