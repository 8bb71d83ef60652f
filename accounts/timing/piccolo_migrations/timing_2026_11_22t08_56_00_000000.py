"""Constraints, isolation and grants of accounts/timing: the scheduler writes, authorities look and ask for reruns."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import grant, role, tenant_isolation
from accounts.database.roles import Role

ID = "2026-11-22T08:56:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints, isolation and grants of timing"

CONSTRAINTS = """
    alter table timing_series add constraint timing_series_once unique (series);
    alter table timing_slot
        add constraint timing_slot_once unique (series, due_at),
        add constraint timing_slot_state check (state in ('done', 'failed')),
        add constraint timing_slot_attempts check (attempts > 0),
        add constraint timing_slot_result check (jsonb_typeof(result) = 'object'),
        add constraint timing_slot_error check ((state = 'failed') = (error <> ''));
    create index timing_slot_open on timing_slot (series, due_at) where state = 'failed' or wanted_at is not null;
    create index timing_slot_latest on timing_slot (due_at desc);
"""


def _isolation(table: str) -> str:
    scheduler = role(Role.SCHEDULER)
    return (
        tenant_isolation(table, "(select tenant_is('authority'))")
        + f"create policy {table}_scheduler on {table} to {scheduler} using (true) with check (true);"
        + grant(table, "select, insert, update", Role.SCHEDULER)
    )


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="timing", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        await connection.execute(CONSTRAINTS)
        await connection.execute(_isolation("timing_series") + _isolation("timing_slot"))
        await connection.execute(
            grant("timing_series", "select", Role.WEB)
            + grant("timing_slot", "select, update (wanted_at, wanted_by)", Role.WEB)
        )

    manager.add_raw(run)
    return manager
