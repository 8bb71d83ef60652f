"""Keys, guards, isolation and grants of the log, and the trigger that hands in every entry of the books."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, readable_when, role, tenant_isolation
from accounts.database.roles import Role

ID = "2026-11-22T11:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "keys, isolation and triggers of the log"

CONSTRAINTS = """
    -- Ids are random: trying to compress a thousand of them would cost the books time for nothing.
    alter table transparency_queue
        alter column object_ids set storage external,
        add constraint transparency_queue_one_way check (
            cardinality(object_ids) > 0 and (content is null or cardinality(object_ids) = 1)),
        add constraint transparency_queue_kind check (kind ~ '^[a-z][a-z0-9.-]*$'),
        add constraint transparency_queue_size check (content is null or octet_length(content) <= 65536);
    create index transparency_queue_order on transparency_queue (queued_at, id);

    alter table transparency_leaf
        add constraint transparency_leaf_position check (position >= 0),
        alter column content set storage main;
    create index transparency_leaf_hash on transparency_leaf (sha256('\\x00'::bytea || content));

    alter table transparency_node
        drop constraint transparency_node_pkey,
        add primary key (level, position),
        add constraint transparency_node_level check (level between 4 and 60 and level % 4 = 0),
        add constraint transparency_node_hash check (octet_length(hash) = 32);

    alter table transparency_head
        add constraint transparency_head_root check (octet_length(root) = 32 and octet_length(public_key) = 32),
        add constraint transparency_head_stack check (size >= 0 and octet_length(stack) % 32 = 0);
    create index transparency_head_order on transparency_head (size desc, signed_at desc);

    alter table transparency_place
        drop constraint transparency_place_pkey,
        add primary key (object_id, kind);
    create index transparency_place_position on transparency_place (position);
    create index transparency_place_number on transparency_place (number) where number is not null;

    alter table transparency_secret
        drop constraint transparency_secret_pkey,
        add primary key (tenant_id, from_position),
        add constraint transparency_secret_length check (octet_length(secret) = 32);

    alter table transparency_opening drop constraint transparency_opening_pkey, add primary key (tenant_id, object_id, kind);

    alter table transparency_delivery drop constraint transparency_delivery_pkey, add primary key (head_id, keeper);
"""

FUNCTIONS = """
    -- What of an entry is committed to: all that its parties share. Balances are each side's own and stay out.
    create function transparency_entries(wanted uuid[])
        returns table (id uuid, tenant_id uuid, kind text, key text, request_hash bytea, occurred_on date,
                       posted_at timestamptz, memo text, reverses uuid, hold_id uuid, debits uuid[],
                       debit_tenants uuid[], credits uuid[], credit_tenants uuid[], commodities text[], amounts bigint[])
        language sql stable set search_path = public, pg_temp as $$
        select e.id, e.tenant_id, e.kind::text, e.key::text, e.request_hash, e.occurred_on, e.posted_at, e.memo::text,
               e.reverses, e.hold_id, p.*
          from ledger_entry e
          cross join lateral (
              select coalesce(array_agg(p.debit_account_id order by p.sequence), '{}'),
                     coalesce(array_agg(p.debit_tenant_id order by p.sequence), '{}'),
                     coalesce(array_agg(p.credit_account_id order by p.sequence), '{}'),
                     coalesce(array_agg(p.credit_tenant_id order by p.sequence), '{}'),
                     coalesce(array_agg(p.commodity::text order by p.sequence), '{}'),
                     coalesce(array_agg(p.amount order by p.sequence), '{}')
                from ledger_posting p where p.entry_id = e.id and p.tenant_id = e.tenant_id) p
         where e.id = any (wanted)
    $$;

    -- The same past the policies, for the sequencer.
    create function transparency_read_entries(wanted uuid[])
        returns table (id uuid, tenant_id uuid, kind text, key text, request_hash bytea, occurred_on date,
                       posted_at timestamptz, memo text, reverses uuid, hold_id uuid, debits uuid[],
                       debit_tenants uuid[], credits uuid[], credit_tenants uuid[], commodities text[], amounts bigint[])
        language sql stable security definer set search_path = public, pg_temp as $$
        select * from transparency_entries(wanted)
    $$;

    -- One row for each statement, whatever it brought: a thousand entries cost the books one short insert.
    create function transparency_queue_entries() returns trigger language plpgsql set search_path = public, pg_temp as $$
    begin
        insert into transparency_queue (id, tenant_id, kind, object_ids)
        select gen_random_uuid(), current_tenant(), 'ledger.entry', array_agg(id) from arrived having count(*) > 0;
        return null;
    end $$;
    create trigger transparency_ledger_entry after insert on ledger_entry
        referencing new table as arrived for each statement execute function transparency_queue_entries();

    -- Entries of before.
    insert into transparency_queue (id, kind, object_ids)
    select gen_random_uuid(), 'ledger.entry', array_agg(id order by id)
      from (select id, row_number() over (order by id) / 1000 as thousand from ledger_entry) before group by thousand;
"""


def _published(table: str) -> str:
    """Everybody reads, the scheduler adds, nobody changes."""
    scheduler = role(Role.SCHEDULER)
    return (
        tenant_isolation(table, "false")
        .replace(f"create policy {table}_tenant on {table} using (false) with check (false);", "")
        + readable_when(table, "everybody", "true")
        + f"create policy {table}_scheduler on {table} for insert to {scheduler} with check (true);"
        + grant(table, "select", Role.WEB)
        + grant(table, "select, insert", Role.SCHEDULER)
        + append_only(table)
    )


def _scheduler_sees_all(table: str) -> str:
    return f"create policy {table}_scheduler on {table} to {role(Role.SCHEDULER)} using (true) with check (true);"


def _isolation() -> str:
    me = "(select current_tenant())"
    return "".join(
        [
            *(_published(f"transparency_{name}") for name in ("leaf", "node", "head", "delivery")),
            tenant_isolation("transparency_queue", f"tenant_id is not distinct from {me}"),
            _scheduler_sees_all("transparency_queue"),
            grant("transparency_queue", "insert"),
            grant("transparency_queue", "select, delete", Role.SCHEDULER),
            tenant_isolation(
                "transparency_place",
                f"""tenant_id = {me} or (kind = 'ledger.entry' and exists (
                        select from ledger_entry e where e.id = object_id and {me} is not null))""",
            ),
            readable_when("transparency_place", "everybody", "tenant_id is null"),
            _scheduler_sees_all("transparency_place"),
            grant("transparency_place", "select", Role.WEB),
            grant("transparency_place", "select, insert", Role.SCHEDULER),
            append_only("transparency_place"),
            *(
                tenant_isolation(table) + _scheduler_sees_all(table)
                + grant(table, "select, delete", Role.WEB) + grant(table, "select, insert", Role.SCHEDULER)
                for table in ("transparency_secret", "transparency_opening")
            ),
        ]
    )  # fmt: skip


def _rights_on_functions() -> str:
    entries, read = "transparency_entries(uuid[])", "transparency_read_entries(uuid[])"
    return f"""
        revoke all on function {entries} from public;
        revoke all on function {read} from public;
        revoke all on function transparency_queue_entries() from public;
        grant execute on function {entries} to {role(Role.WEB)}, {role(Role.SCHEDULER)}, {role(Role.AUDITOR)};
        grant execute on function {read} to {role(Role.SCHEDULER)};
    """


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="transparency", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        for statements in (CONSTRAINTS, FUNCTIONS, _isolation(), _rights_on_functions()):
            await connection.execute(statements)

    manager.add_raw(run)
    return manager
