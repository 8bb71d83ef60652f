"""What Piccolo cannot say: keys with their tenant, guards, isolation, and the functions that alone may write."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, role, tenant_isolation
from accounts.database.roles import Role

ID = "2026-11-22T08:41:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "The books' keys, guards, isolation and functions"

ME = "(select current_tenant())"

ISOLATION = "".join(
    [
        tenant_isolation(
            "ledger_account",
            f"""tenant_id = {ME} or id in (
                select account_id from ledger_mandate where grantee_id = {ME} and ended_at is null)""",
        ),
        tenant_isolation("ledger_mandate", f"tenant_id = {ME} or grantee_id = {ME}"),
        tenant_isolation("ledger_posting", f"{ME} in (tenant_id, debit_tenant_id, credit_tenant_id)"),
        tenant_isolation(
            "ledger_entry",
            f"""tenant_id = {ME} or exists (
                select from ledger_posting p where p.entry_id = ledger_entry.id
                    and p.tenant_id = ledger_entry.tenant_id
                    and {ME} in (p.debit_tenant_id, p.credit_tenant_id))""",
        ),
        tenant_isolation("ledger_hold", f"{ME} in (tenant_id, debit_tenant_id, credit_tenant_id)"),
        # What can be held is no secret.
        tenant_isolation("ledger_commodity", "true"),
    ]
)

# Balances and versions after a posting are each side's own: they are read through ledger_statement.
SHARED_POSTING_COLUMNS = """entry_id, tenant_id, sequence, debit_account_id, debit_tenant_id, credit_account_id,
    credit_tenant_id, commodity, amount, posted_at"""

OPEN_FUNCTIONS = (
    "ledger_post",
    "ledger_reverse",
    "ledger_place_hold",
    "ledger_settle_hold",
    "ledger_release_hold",
    "ledger_expire_holds",
    "ledger_register_commodity",
    "ledger_open_account",
    "ledger_freeze",
    "ledger_grant_mandate",
    "ledger_end_mandate",
    "ledger_statement",
    "ledger_balance_at",
)


def rights() -> str:
    """Reading for web and scheduler, and the functions; no right to write any table."""
    users = f"{role(Role.WEB)}, {role(Role.SCHEDULER)}"
    tables = ("ledger_commodity", "ledger_account", "ledger_entry", "ledger_hold", "ledger_mandate")
    lines = [grant(table, "select") for table in tables]
    lines.append(f"grant select ({SHARED_POSTING_COLUMNS}) on ledger_posting to {users};")
    lines.append("""
        do $$ declare f regprocedure; begin
            for f in select oid from pg_proc where pronamespace = 'public'::regnamespace and starts_with(proname, 'ledger_')
            loop execute format('revoke execute on function %s from public', f); end loop;
        end $$;
    """)
    lines += [f"grant execute on function {name} to {users};" for name in OPEN_FUNCTIONS]
    return "\n".join(lines)


def written(name: str) -> str:
    """The text of one of the SQL files beside this one; frozen, like this one, once it has run anywhere."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ledger", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        for name in ("books.sql", "guards.sql", "post.sql", "holds.sql", "accounts.sql"):
            await connection.execute(written(name))
        await connection.execute(append_only("ledger_entry") + append_only("ledger_posting"))
        await connection.execute(ISOLATION)
        await connection.execute(rights())

    manager.add_raw(run)
    return manager
