"""Questions about activities and what people answered: append-only, the enterprise's own, open to its verifier by consent."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, readable_when, tenant_isolation

ID = "2026-11-22T12:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "flags on activities and decisions about them"

OWN = "tenant_id = (select current_tenant())"
CONSENT = "tenant_id = any (array(select consenting_owners('account')))"
TABLES = ("enterprise_activity_flag", "enterprise_activity_flag_decision")

CONSTRAINTS = """
    alter table enterprise_activity_flag
        add constraint activity_flag_once unique (tenant_id, fingerprint),
        add constraint activity_flag_year check (year between 1990 and 2100),
        add constraint activity_flag_mass check (co2e_mg <> 'NaN');
    create index activity_flag_year_of_tenant on enterprise_activity_flag (tenant_id, year, id);
    alter table enterprise_activity_flag_decision
        add constraint activity_flag_decision check (decision in ('as-reported', 'corrected', 'open')),
        add constraint activity_flag_decision_note check (length(note) between 1 and 2000);
    create index activity_flag_decision_latest on enterprise_activity_flag_decision (tenant_id, flag_id, id desc);
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="enterprise", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        await connection.execute(CONSTRAINTS)
        for table in TABLES:
            for statement in (
                tenant_isolation(table, OWN),
                readable_when(table, "consent", CONSENT),
                grant(table, "select, insert"),
                append_only(table),
            ):
                await connection.execute(statement)

    manager.add_raw(run)
    return manager
