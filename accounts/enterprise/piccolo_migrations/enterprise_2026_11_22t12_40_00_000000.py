"""Keys, isolation and grants of targets and measures: the enterprise's own, and of whoever it lets read its account."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, readable_when, tenant_isolation

ID = "2026-11-22T12:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints, isolation and grants of targets and measures"

CONSTRAINTS = """
    alter table enterprise_target
        add constraint target_name check (length(name) between 1 and 100),
        add constraint target_kind check (kind in ('absolute', 'intensity')),
        add constraint target_scopes check (scopes in ('1', '1+2', '1+2+3')),
        add constraint target_years check (base_year >= 1990 and target_year <= 2100 and base_year < target_year),
        add constraint target_reduction check (reduction_percent > 0 and reduction_percent <= 100);
    create index target_latest on enterprise_target (tenant_id, name, id desc);
    alter table enterprise_measure
        add constraint measure_name check (length(name) between 1 and 200 and length(note) <= 2000),
        add constraint measure_status check (status in ('idea', 'planned', 'running', 'done', 'dropped')),
        add constraint measure_lifetime check (lifetime_years between 1 and 60),
        add constraint measure_sums check (capital_fen between 0 and 1000000000000000
            and yearly_cost_fen between 0 and 1000000000000000 and yearly_saving_fen between 0 and 1000000000000000
            and avoided_mg_per_year > 0);
    create index measure_latest on enterprise_measure (tenant_id, number, id desc);
"""


def _isolation() -> str:
    parts = []
    for table in ("enterprise_target", "enterprise_measure"):
        parts.append(tenant_isolation(table, "tenant_id = (select current_tenant())"))
        parts.append(readable_when(table, "consent", "tenant_id = any (array(select consenting_owners('account')))"))
        parts += [grant(table, "select, insert"), append_only(table)]
    return "".join(parts)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="enterprise", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        for statements in (CONSTRAINTS, _isolation()):
            await connection.execute(statements)

    manager.add_raw(run)
    return manager
