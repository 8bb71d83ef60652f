"""Keys, guards, isolation and the functions that alone move credits.

Who sees a row: batches, issuances, retirements and the public records of other registries everybody, and blocks once they
are used up; blocks held their holder, the authority that issues them and the creditor they are locked for; transfers and
pledges their parties and authorities; freezes the account and authorities; trusted accounts and limits the account, and
limits also authorities, who set theirs.
"""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, readable_when, role, tenant_isolation
from accounts.database.roles import Role

ID = "2026-11-22T11:34:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "keys, guards, isolation and functions of the registry"

ME = "(select current_tenant())"
AUTHORITY = "(select tenant_is('authority'))"


def _isolation() -> str:
    return "".join(
        [
            tenant_isolation("registry_batch", f"keeper_id = {ME}"),
            readable_when("registry_batch", "published", "true"),
            tenant_isolation("registry_issuance", f"keeper_id = {ME} and {AUTHORITY}"),
            readable_when("registry_issuance", "published", "true"),
            tenant_isolation("registry_block", f"{ME} in (tenant_id, keeper_id)"),
            readable_when("registry_block", "published", "state in ('retired', 'cancelled', 'forced-cancelled')"),
            readable_when(
                "registry_block",
                "creditor",
                f"claim_id in (select id from registry_pledge where pledgee_id = {ME})",
            ),
            readable_when(
                "registry_block",
                "receiver",
                f"claim_id in (select id from registry_transfer where to_tenant_id = {ME})",
            ),
            tenant_isolation("registry_transfer", f"{ME} in (tenant_id, to_tenant_id) or {AUTHORITY}"),
            tenant_isolation("registry_pledge", f"{ME} in (tenant_id, pledgee_id)"),
            readable_when("registry_pledge", "authority", AUTHORITY),
            tenant_isolation("registry_freeze", f"authority_id = {ME} and {AUTHORITY}"),
            readable_when("registry_freeze", "holder", f"tenant_id = {ME} or {AUTHORITY}"),
            tenant_isolation("registry_retirement", f"tenant_id = {ME} or {AUTHORITY}"),
            readable_when("registry_retirement", "published", "true"),
            tenant_isolation("registry_trusted", f"tenant_id = {ME}"),
            readable_when("registry_trusted", "authority", AUTHORITY),
            tenant_isolation("registry_limit", f"tenant_id = {ME} or {AUTHORITY}"),
            tenant_isolation("registry_import", f"tenant_id = {ME}"),
            tenant_isolation("registry_external", f"tenant_id = {ME} and {AUTHORITY}"),
            readable_when("registry_external", "published", "true"),
        ]
    )


CREDITOR_MANDATE = """
    -- The creditor of a pledge may draw on the holder's pledged account, which registry_move lets it do for its own pledges.
    create function registry_let_creditor_draw() returns trigger language plpgsql security definer
        set search_path = public, pg_temp as $$
    declare
        account uuid;
    begin
        account := registry_account(new.tenant_id, new.batch_number, 'pledged');
        insert into ledger_mandate (id, tenant_id, account_id, grantee_id, kind, granted_at)
        select gen_random_uuid(), new.tenant_id, account, new.pledgee_id, 'credit.pledge', clock_timestamp()
        where not exists (select from ledger_mandate m where m.account_id = account and m.grantee_id = new.pledgee_id
                          and m.kind = 'credit.pledge' and m.ended_at is null);
        return null;
    end $$;
    create trigger registry_pledge_mandate after insert on registry_pledge for each row
        execute function registry_let_creditor_draw();
"""


def _grants() -> str:
    both = f"{role(Role.WEB)}, {role(Role.SCHEDULER)}"
    tables = (
        "batch", "issuance", "block", "transfer", "pledge", "freeze", "retirement", "trusted", "limit", "import", "external",
    )  # fmt: skip
    added = ("issuance", "transfer", "pledge", "freeze", "retirement", "trusted", "limit", "import", "external")
    kept = ("issuance", "retirement", "limit", "import", "external")
    lines = [append_only(f"registry_{name}") for name in kept]
    lines += [grant(f"registry_{name}", "select") for name in tables]
    lines += [grant(f"registry_{name}", "insert") for name in added]
    lines.append(f"""
        grant update (state, settled, executes_at, closed_at, closed_reason) on registry_transfer to {both};
        grant update (state, freed, closed_at) on registry_pledge to {both};
        grant update (lifted_at, lifted_reason) on registry_freeze to {both};
        grant update (removed_at, removed_by) on registry_trusted to {both};
        create policy registry_transfer_scheduler on registry_transfer to {role(Role.SCHEDULER)} using (true);
        grant usage on sequence registry_certificate_number to {both};
        revoke all on registry_ticket from public;
    """)
    lines.append("""
        do $$ declare f regprocedure; begin
            for f in select oid from pg_proc where pronamespace = 'public'::regnamespace and starts_with(proname, 'registry_')
            loop execute format('revoke execute on function %s from public', f); end loop;
        end $$;
    """)
    for name in (
        "registry_account", "registry_open_batch", "registry_move", "registry_take_numbers", "registry_span",
        "registry_allows", "registry_entry_numbers", "registry_history", "registry_totals",
        "registry_names",
        "registry_merge",
    ):  # fmt: skip
        lines.append(f"grant execute on function {name} to {both};")
    return "".join(lines)


def written(name: str) -> str:
    """The text of one of the SQL files beside this one; frozen, like this one, once it has run anywhere."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="registry", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        for name in ("keys.sql", "guards.sql", "moves.sql"):
            await connection.execute(written(name))
        await connection.execute(CREDITOR_MANDATE + _isolation() + _grants())

    manager.add_raw(run)
    return manager
