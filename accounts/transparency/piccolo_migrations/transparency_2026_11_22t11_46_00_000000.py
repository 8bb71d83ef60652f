"""One trigger function by which rooms above hand in their rows by id."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB

ID = "2026-11-22T11:46:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "rows of rooms above hand themselves in"

FUNCTIONS = """
    -- `create trigger … after insert on t referencing new table as arrived for each statement
    --  execute function transparency_queue_rows('kind')`, for a table with a column id.
    create function transparency_queue_rows() returns trigger language plpgsql set search_path = public, pg_temp as $$
    begin
        insert into transparency_queue (id, tenant_id, kind, object_ids)
        select gen_random_uuid(), current_tenant(), tg_argv[0], array_agg(id) from arrived having count(*) > 0;
        return null;
    end $$;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="transparency", description=DESCRIPTION)

    async def run() -> None:
        await DB.current_transaction.get().connection.execute(FUNCTIONS)

    manager.add_raw(run)
    return manager
