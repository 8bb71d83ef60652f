"""Years that are locked, activities that no longer count, and evidence a verifier may open.

A lock is set by the enterprise itself; the room of verification adds who else may. The files behind activities are
open to whoever holds the enterprise's consent for evidence.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, readable_when, tenant_isolation

ID = "2026-11-22T11:36:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "locked years, withdrawn activities, evidence"

OWN = "tenant_id = (select current_tenant())"
CONSENT = "tenant_id = any (array(select consenting_owners('account')))"
EVIDENCE = "tenant_id = any (array(select consenting_owners('evidence')))"
AUTHORITY = "(select tenant_is('authority'))"

CONSTRAINTS = """
    alter table enterprise_year_lock add constraint year_lock_year check (year between 1990 and 2100);
    create index year_lock_latest on enterprise_year_lock (tenant_id, year, id desc);
    alter table enterprise_withdrawal
        drop constraint enterprise_withdrawal_pkey,
        add primary key (tenant_id, activity_id),
        add constraint withdrawal_reason check (length(reason) between 1 and 500);
    create index withdrawal_replacement on enterprise_withdrawal (tenant_id, replaced_by);
"""


def _isolation() -> str:
    parts = [tenant_isolation(table, OWN) for table in ("enterprise_year_lock", "enterprise_withdrawal")]
    parts += [readable_when("enterprise_withdrawal", "consent", CONSENT)]
    parts += [readable_when("enterprise_year_lock", "authority", AUTHORITY)]
    for table in ("enterprise_submission", "enterprise_submission_part", "enterprise_submission_finding"):
        parts.append(readable_when(table, "evidence", EVIDENCE))
    for table in ("enterprise_year_lock", "enterprise_withdrawal"):
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
