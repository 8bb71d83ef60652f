"""Two persons for a protected act, and what people are told: constraints, isolation and grants.

A draft and its decision are seen by two tenants, the drafter's and the approver's. PostgreSQL itself holds what
must never fail: the digest is that of the sealed content, a draft is decided once, by the side whose part it
is, before it expires, and approved or rejected by another natural person than the one who drafted it (DUAL-1).
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, readable_when, role, tenant_isolation
from accounts.database.roles import Role

ID = "2026-11-22T11:31:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints and isolation of drafts, decisions and notices"

CONSTRAINTS = """
    alter table identity_draft
        add constraint draft_digest check (digest = sha256(convert_to(sealed, 'UTF8'))),
        add constraint draft_sealed_act check (sealed::jsonb ->> 'act' = act),
        add constraint draft_term check (expires_at > drafted_at),
        add constraint draft_parties unique (id, tenant_id, approver_tenant_id);
    create index draft_tenant on identity_draft (tenant_id, id desc);
    create index draft_approver on identity_draft (approver_tenant_id, id desc);

    alter table identity_decision
        drop constraint identity_decision_pkey,
        add primary key (draft_id, tenant_id, approver_tenant_id),
        add constraint decision_draft foreign key (draft_id, tenant_id, approver_tenant_id)
            references identity_draft (id, tenant_id, approver_tenant_id),
        add constraint decision_kind check (decision in ('approved', 'rejected', 'withdrawn')),
        add constraint decision_reason check (length(reason) <= 500 and (decision <> 'rejected' or reason <> ''));

    alter table identity_notice
        drop constraint identity_notice_pkey,
        add primary key (tenant_id, id),
        add constraint notice_subject check (jsonb_typeof(subject) = 'object'),
        add constraint notice_link check (link = '' or link ~ '^/[^/]');
    create index notice_open_tasks on identity_notice (due_on) where due_on is not null and done_at is null;
    create index notice_object on identity_notice (tenant_id, object_kind, object_id) where object_id <> '';

    alter table identity_notice_read
        drop constraint identity_notice_read_pkey,
        add primary key (tenant_id, notice_id, person_id);
"""

FUNCTIONS = """
    create function identity_decision_is_proper() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
    declare
        draft public.identity_draft;
    begin
        select * into draft from public.identity_draft d where d.id = new.draft_id;
        if draft.digest is distinct from new.digest then
            raise exception 'the decision is about another content' using errcode = 'restrict_violation';
        end if;
        if now() >= draft.expires_at then
            raise exception 'the draft has expired' using errcode = 'restrict_violation';
        end if;
        if new.decision = 'withdrawn' then
            if public.current_tenant() <> draft.tenant_id then
                raise exception 'a draft is withdrawn by its own side' using errcode = 'restrict_violation';
            end if;
        elsif public.current_tenant() <> draft.approver_tenant_id
              or new.decided_by = draft.drafted_by or new.natural_person_id = draft.natural_person_id then
            raise exception 'a draft is decided by another person, of the side that approves'
                using errcode = 'restrict_violation';
        end if;
        return new;
    end $$;
    create trigger identity_decision_is_proper before insert on identity_decision
        for each row execute function identity_decision_is_proper();
"""


def _isolation() -> str:
    scheduler = role(Role.SCHEDULER)
    return "".join(
        [
            tenant_isolation("identity_draft"),
            readable_when("identity_draft", "approver", "approver_tenant_id = current_tenant()"),
            append_only("identity_draft"),
            grant("identity_draft", "select, insert"),
            tenant_isolation("identity_decision", "current_tenant() in (tenant_id, approver_tenant_id)"),
            append_only("identity_decision"),
            grant("identity_decision", "select, insert"),
            tenant_isolation("identity_notice", "current_tenant() in (tenant_id, from_tenant_id)"),
            f"create policy identity_notice_scheduler on identity_notice to {scheduler} using (true) with check (true);",
            grant("identity_notice", "select, insert, update (done_at, reminded_on)"),
            tenant_isolation("identity_notice_read"),
            grant("identity_notice_read", "select, insert"),
            f"""grant select (natural_person_id), update (natural_person_id) on identity_person
                    to {role(Role.WEB)}, {scheduler};
                grant select (natural_person_id) on identity_person to {role(Role.AUDITOR)};""",
        ]
    )


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="identity", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        for statements in (CONSTRAINTS, FUNCTIONS, _isolation()):
            await connection.execute(statements)

    manager.add_raw(run)
    return manager
