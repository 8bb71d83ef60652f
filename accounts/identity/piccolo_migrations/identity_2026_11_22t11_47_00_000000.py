"""Records of the audit trail and decisions on drafts hand themselves in to the log, those of before too."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import role
from accounts.database.roles import Role

ID = "2026-11-22T11:47:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "audit records and decisions go into the log"

TRIGGERS = """
    create trigger identity_audit_logged after insert on identity_audit_record
        referencing new table as arrived for each statement execute function transparency_queue_rows('audit.record');

    create function identity_queue_decisions() returns trigger language plpgsql set search_path = public, pg_temp as $$
    begin
        insert into transparency_queue (id, tenant_id, kind, object_ids)
        select gen_random_uuid(), current_tenant(), 'approval', array_agg(draft_id) from arrived having count(*) > 0;
        return null;
    end $$;
    create trigger identity_decision_logged after insert on identity_decision
        referencing new table as arrived for each statement execute function identity_queue_decisions();

    insert into transparency_queue (id, kind, object_ids)
    select gen_random_uuid(), 'audit.record', array_agg(id order by id)
      from (select id, row_number() over (order by id) / 1000 as thousand from identity_audit_record) r group by thousand;
    insert into transparency_queue (id, kind, object_ids)
    select gen_random_uuid(), 'approval', array_agg(draft_id order by draft_id)
      from (select draft_id, row_number() over (order by draft_id) / 1000 as thousand from identity_decision) r group by thousand;
"""

FUNCTIONS = """
    -- Past the policies, for the sequencer: records and decisions of every tenant, by id.
    create function identity_read_audit(wanted uuid[]) returns setof identity_audit_record
        language sql stable security definer set search_path = public, pg_temp
        as $$ select * from identity_audit_record where id = any (wanted) $$;
    create function identity_read_decisions(wanted uuid[]) returns setof identity_decision
        language sql stable security definer set search_path = public, pg_temp
        as $$ select * from identity_decision where draft_id = any (wanted) $$;
    revoke all on function identity_read_audit(uuid[]) from public;
    revoke all on function identity_read_decisions(uuid[]) from public;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="identity", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        await connection.execute(TRIGGERS)
        await connection.execute(FUNCTIONS)
        for name in ("identity_read_audit(uuid[])", "identity_read_decisions(uuid[])"):
            await connection.execute(f"grant execute on function {name} to {role(Role.SCHEDULER)}")

    manager.add_raw(run)
    return manager
