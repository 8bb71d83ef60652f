"""From settings to a migrated database: what `carbon migrate`, `serve` and the tests begin with."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

from accounts.database.pool import ensure_database, migrate
from accounts.database.server import DATABASE_NAME, embedded_server
from accounts.database.settings import DatabaseSettings


@contextmanager
def server_url(settings: DatabaseSettings, *, durable: bool = True) -> Iterator[str]:
    """The administrator's URL of the server: `DATABASE_URL`, or the embedded one, running for the block."""
    if settings.database_url:
        yield settings.database_url
    else:
        with embedded_server(settings.home, durable=durable) as url:
            yield url


async def prepared_database(server: str, settings: DatabaseSettings) -> str:
    """The URL of our own database on `server`, created and migrated.

    A `DATABASE_URL` names the database itself; the embedded server gets one called `carbon`.
    """
    url = server
    if not settings.database_url:
        await ensure_database(server, DATABASE_NAME)
        url = with_database(server, DATABASE_NAME)
    await migrate(url, settings)
    return url


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
