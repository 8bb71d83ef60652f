"""A PostgreSQL for the tests: one server per process, one migrated template, a fresh copy for each test."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from hypothesis import settings

from accounts.database.bootstrap import server_url, with_database
from accounts.database.pool import close_pool, ensure_database, migrate, open_pool
from accounts.database.roles import Role
from accounts.database.settings import DatabaseSettings
from accounts.identity.encryption import new_keys
from carbon.identifiers import new_id

# Keys of these tests' own; people without a second factor and with several offices, as in a local trial.
os.environ.setdefault("CARBON_FIELD_KEYS", new_keys(key_id="test"))
os.environ.setdefault("CARBON_REQUIRE_SECOND_FACTOR", "0")
os.environ.setdefault("CARBON_OFFICES_APART", "0")

# Laws are tried on a shared machine: how long one example takes says nothing. In CI the examples are the same ones
# each time, so that a red run can be repeated; a developer's runs look for new ones.
settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("house")


@dataclass(frozen=True)
class Database:
    """A database of this test's own; the pool is open under the role `web`."""

    admin_url: str
    settings: DatabaseSettings

    @asynccontextmanager
    async def as_role(self, role: Role) -> AsyncIterator[None]:
        """The pool under another role, for a block."""
        await close_pool()
        await open_pool(self.admin_url, role, self.settings)
        try:
            yield
        finally:
            await close_pool()
            await open_pool(self.admin_url, Role.WEB, self.settings)

    @asynccontextmanager
    async def as_superuser(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection above all roles, to look at or tamper with what the program may not."""
        connection = await asyncpg.connect(self.admin_url)
        try:
            yield connection
        finally:
            await connection.close()


MEMORY = Path("/dev/shm")  # noqa: S108 - a folder made by mkdtemp, of mode 0700
ENOUGH_BYTES = 4 * 2**30


def memory_folder() -> Path | None:
    """Where copying a database costs a tenth: in memory, if there is room; None is the usual place."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES:
        return MEMORY
    return None


@pytest.fixture(scope="session")
def database_settings() -> Iterator[DatabaseSettings]:
    home = Path(tempfile.mkdtemp(prefix="carbon-test-", dir=memory_folder()))
    yield DatabaseSettings(home=home, database_url=os.environ.get("DATABASE_URL", ""), pool_size=8)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def server(database_settings: DatabaseSettings) -> Iterator[str]:
    with server_url(database_settings, durable=False) as url:
        yield url


@pytest.fixture(scope="session")
def template(server: str, database_settings: DatabaseSettings) -> Iterator[str]:
    name = f"carbon_template_{new_id().hex}"

    async def make() -> None:
        await ensure_database(server, name)
        await migrate(with_database(server, name), database_settings)

    asyncio.run(make())
    yield name
    asyncio.run(_drop(server, name))


async def _drop(server: str, name: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f'drop database if exists "{name}" with (force)')
    finally:
        await connection.close()


@asynccontextmanager
async def copied_database(server: str, template: str, settings: DatabaseSettings) -> AsyncIterator[Database]:
    """A copy of the template, dropped afterwards; no pool is opened."""
    name = f"carbon_test_{new_id().hex}"
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f'create database "{name}" template "{template}" strategy file_copy')
    finally:
        await connection.close()
    try:
        yield Database(with_database(server, name), settings)
    finally:
        await _drop(server, name)


@pytest.fixture
async def database(
    server: str, template: str, database_settings: DatabaseSettings
) -> AsyncIterator[Database]:
    async with copied_database(server, template, database_settings) as database:
        await open_pool(database.admin_url, Role.WEB, database_settings)
        try:
            yield database
        finally:
            await close_pool()
