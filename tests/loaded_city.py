"""The sample city loaded once, then copied for each test, as `tests/conftest.py` does with the empty database.

A test module imports both fixtures; pytest then loads the city once for that module's process.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from accounts.database.bootstrap import with_database
from accounts.database.pool import close_pool, open_pool, pool
from accounts.database.roles import Role
from accounts.database.settings import DatabaseSettings
from accounts.sample.city import load_city
from carbon.identifiers import new_id
from tests.conftest import Database, copied_database


@dataclass(frozen=True)
class LoadedCity:
    """A city of this test's own, with the folder that keeps its passwords."""

    database: Database
    home: Path


@pytest.fixture(scope="session")
def city_template(
    server: str, template: str, database_settings: DatabaseSettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    name, home = f"carbon_city_{new_id().hex}", tmp_path_factory.mktemp("city")

    async def statement(text: str) -> None:
        connection = await asyncpg.connect(server)
        try:
            await connection.execute(text)
        finally:
            await connection.close()

    async def load() -> None:
        await statement(f'create database "{name}" template "{template}" strategy file_copy')
        async with pool(with_database(server, name), Role.WEB, database_settings):
            await load_city(home, report=lambda _: None)

    asyncio.run(load())
    yield name, home
    asyncio.run(statement(f'drop database if exists "{name}" with (force)'))


@pytest.fixture
async def loaded_city(
    server: str, city_template: tuple[str, Path], database_settings: DatabaseSettings, tmp_path: Path
) -> AsyncIterator[LoadedCity]:
    name, kept = city_template
    home = tmp_path / "city"
    shutil.copytree(kept, home)
    async with copied_database(server, name, database_settings) as database:
        await open_pool(database.admin_url, Role.WEB, database_settings)
        try:
            yield LoadedCity(database, home)
        finally:
            await close_pool()
