"""Do the migrations build what tables.py declares? Two databases are made and compared, column by column."""

import asyncio
import sys
import tempfile
from pathlib import Path

import asyncpg

from accounts.database.bootstrap import server_url, with_database
from accounts.database.pool import ensure_database, migrate
from accounts.database.settings import DatabaseSettings, settings_from_environment
from carbon.identifiers import new_id

_COLUMNS = """
    select table_name, column_name, data_type, is_nullable
    from information_schema.columns where table_schema = 'public' and table_name <> 'migration'
     and not (select relispartition from pg_class where oid = to_regclass(quote_ident(table_name)))
    order by 1, 2
"""


async def _columns(url: str) -> dict[tuple[str, str], tuple[str, str]]:
    connection = await asyncpg.connect(url)
    try:
        return {(row[0], row[1]): (row[2], row[3]) for row in await connection.fetch(_COLUMNS)}
    finally:
        await connection.close()


async def _declared(url: str) -> dict[tuple[str, str], tuple[str, str]]:
    from piccolo.table import create_db_tables  # noqa: PLC0415 - the engine must be told where first

    from accounts.database.engine import DB  # noqa: PLC0415
    from accounts.database.piccolo_conf import APP_REGISTRY  # noqa: PLC0415

    tables = [table for app in APP_REGISTRY.app_configs.values() for table in app.table_classes]
    DB.config = {"dsn": url}
    await DB.start_connection_pool(min_size=1, max_size=2)
    try:
        await create_db_tables(*tables)
    finally:
        await DB.close_connection_pool()
    return await _columns(url)


async def _differences(server: str, settings: DatabaseSettings) -> list[str]:
    suffix = new_id().hex
    migrated, declared = f"check_migrated_{suffix}", f"check_declared_{suffix}"
    for name in (migrated, declared):
        await ensure_database(server, name)
    try:
        await migrate(with_database(server, migrated), settings)
        await migrate(with_database(server, migrated), settings)  # a second time changes nothing
        built = await _columns(with_database(server, migrated))
        wanted = await _declared(with_database(server, declared))
    finally:
        connection = await asyncpg.connect(server)
        for name in (migrated, declared):
            await connection.execute(f'drop database "{name}" with (force)')
        await connection.close()
    return [
        f"{table}.{column}: tables.py declares {wanted.get((table, column), 'nothing')}, "
        f"migrations build {built.get((table, column), 'nothing')}"
        for table, column in sorted(built.keys() | wanted.keys())
        if built.get((table, column)) != wanted.get((table, column))
    ]


def main() -> int:
    """Print each difference; 1 when there is one."""
    with tempfile.TemporaryDirectory(prefix="carbon-check-") as folder:
        environment = settings_from_environment()
        settings = DatabaseSettings(
            home=Path(folder), database_url=environment.database_url, role_prefix=environment.role_prefix
        )
        with server_url(settings, durable=False) as server:
            differences = asyncio.run(_differences(server, settings))
    for line in differences:
        print(line)
    print("Migrations equal tables." if not differences else f"{len(differences)} differences.")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
