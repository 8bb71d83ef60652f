"""Keys, isolation and grants of evidence: the enterprise's own, and open to whoever holds its consent for evidence."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, readable_when, tenant_isolation

ID = "2026-11-22T12:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints, isolation and grants of evidence"

CONSTRAINTS = """
    alter table enterprise_evidence_file
        drop constraint enterprise_evidence_file_pkey,
        add primary key (tenant_id, id),
        add constraint evidence_file_once unique (tenant_id, sha256),
        add constraint evidence_file_size check (size_bytes between 1 and 16777216);
    alter table enterprise_evidence_link
        drop constraint enterprise_evidence_link_pkey,
        add primary key (tenant_id, id),
        add constraint evidence_link_once unique (tenant_id, activity_id, file_id),
        add constraint evidence_link_file foreign key (tenant_id, file_id) references enterprise_evidence_file (tenant_id, id),
        add constraint evidence_link_note check (length(note) <= 500);
    create index evidence_link_file on enterprise_evidence_link (tenant_id, file_id);
"""


def _isolation() -> str:
    parts = []
    for table in ("enterprise_evidence_file", "enterprise_evidence_link"):
        parts.append(tenant_isolation(table, "tenant_id = (select current_tenant())"))
        parts.append(readable_when(table, "evidence", "tenant_id = any (array(select consenting_owners('evidence')))"))
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
