"""Functions every table's policies and triggers call."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB

ID = "2026-11-22T08:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "current_tenant() and refuse_change()"

SQL = """
    create extension if not exists btree_gist;

    create function current_tenant() returns uuid language sql stable parallel safe
        as $$ select nullif(current_setting('app.tenant', true), '')::uuid $$;

    create function refuse_change() returns trigger language plpgsql as $$
    begin
        raise exception '% is append-only: % refused; post a correction instead', tg_table_name, tg_op
            using errcode = 'restrict_violation';
    end $$;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="database", description=DESCRIPTION)

    async def run() -> None:
        await DB.current_transaction.get().connection.execute(SQL)

    manager.add_raw(run)
    return manager
