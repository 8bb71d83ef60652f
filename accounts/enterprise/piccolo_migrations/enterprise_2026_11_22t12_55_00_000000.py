"""A large batch says once what is the same in all its rows, so that no row has to be sent it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import role
from accounts.database.roles import Role

ID = "2026-11-22T12:55:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constants of a large batch"

FUNCTION = """
    -- As enterprise_open_batch(uuid), with defaults for tenant and batch, and for what is not null of the others.
    create function enterprise_open_batch(batch uuid, sheet smallint, months smallint, quality smallint) returns text
        language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
    declare
        name text := public.enterprise_open_batch(batch);
    begin
        execute format('alter table public.%I alter tenant_id set default %L, alter batch set default %L,
                            alter sheet set default %L, alter months set default %L, alter quality set default %L',
                       name, public.current_tenant(), batch, sheet, months, quality);
        execute format('grant insert on public.%I to %I', name, session_user);
        return name;
    end $$;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="enterprise", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        await connection.execute(FUNCTION)
        name = "enterprise_open_batch(uuid, smallint, smallint, smallint)"
        await connection.execute(f"revoke all on function {name} from public")
        await connection.execute(
            f"grant execute on function {name} to {role(Role.WEB)}, {role(Role.SCHEDULER)}"
        )

    manager.add_raw(run)
    return manager
