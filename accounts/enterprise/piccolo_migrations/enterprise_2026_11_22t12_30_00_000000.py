"""Account versions and certificate claims: keys, isolation, grants, and the one question asked across enterprises."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, readable_when, role, tenant_isolation
from accounts.database.roles import Role

ID = "2026-11-22T12:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints, isolation and grants of account versions and certificate claims"

CONSTRAINTS = """
    alter table enterprise_account_version
        add constraint version_once unique (tenant_id, year, number),
        add constraint version_basis check (basis in ('stored', 'recalculated')),
        add constraint version_year check (year between 1990 and 2100),
        add constraint version_reason check (length(reason) between 1 and 500);
    alter table enterprise_account_version_line drop constraint enterprise_account_version_line_pkey,
        add primary key (tenant_id, version_id, number);

    alter table enterprise_certificate_claim
        add constraint claim_range check (first_number <= last_number and first_number >= 0),
        add constraint claim_state check (state in ('claimed', 'held'));
    create index claim_prefix on enterprise_certificate_claim (prefix, first_number, last_number);
    create index claim_tenant on enterprise_certificate_claim (tenant_id, id desc);
    alter table enterprise_certificate_decision
        add constraint certificate_decision check (decision in ('allow', 'refuse')),
        add constraint certificate_note check (length(note) between 1 and 1000);
    create index decision_claim on enterprise_certificate_decision (claim_id, decided_at desc);
"""

OVERLAP = """
    -- Whether another organisation has claimed some of these certificates: yes or no, nothing more (LED-9).
    create function enterprise_certificate_taken(wanted_prefix text, wanted_first numeric, wanted_last numeric)
        returns boolean language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
        select exists (
            select from public.enterprise_certificate_claim c
             where c.prefix = wanted_prefix and c.first_number <= wanted_last and c.last_number >= wanted_first
               and c.tenant_id <> public.current_tenant() and c.state = 'claimed'
             group by c.tenant_id, c.first_number, c.last_number having sum(c.kwh) > 0) $$;
"""

OWN = "tenant_id = (select current_tenant())"
CONSENT = "tenant_id = any (array(select consenting_owners('account')))"
AUTHORITY = "(select tenant_is('authority'))"
_VERSIONS = ("enterprise_account_version", "enterprise_account_version_line")


def _isolation() -> str:
    parts = [tenant_isolation(table, OWN) for table in (*_VERSIONS, "enterprise_certificate_claim")]
    parts += [readable_when(table, "consent", CONSENT) for table in _VERSIONS]
    parts.append(readable_when("enterprise_certificate_claim", "authority", f"{AUTHORITY} and state = 'held'"))
    parts.append(tenant_isolation("enterprise_certificate_decision", f"{OWN} and {AUTHORITY}"))
    parts.append(
        readable_when("enterprise_certificate_decision", "holder", "owner_id = (select current_tenant())")
    )
    return "".join(parts)


def _grants() -> str:
    tables = (*_VERSIONS, "enterprise_certificate_claim", "enterprise_certificate_decision")
    running = f"{role(Role.WEB)}, {role(Role.SCHEDULER)}"
    asked = "enterprise_certificate_taken(text, numeric, numeric)"
    return (
        "".join(grant(table, "select, insert") + append_only(table) for table in tables)
        + f"revoke all on function {asked} from public; grant execute on function {asked} to {running};"
    )


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="enterprise", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        for statements in (CONSTRAINTS, OVERLAP, _isolation(), _grants()):
            await connection.execute(statements)

    manager.add_raw(run)
    return manager
