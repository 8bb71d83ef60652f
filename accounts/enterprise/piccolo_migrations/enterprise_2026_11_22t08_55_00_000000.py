"""Keys, constraints, isolation and grants of enterprise.

Readers beside the enterprise itself: a bank with its consent (account tables), the authority (roll-ups, outputs,
profiles; reported totals and flags are its own). Benchmarks are public to whoever is signed in.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, readable_when, role, tenant_isolation
from accounts.database.roles import Role

ID = "2026-11-22T08:55:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints, isolation and grants of enterprise"

CONSTRAINTS = """
    alter table enterprise_profile
        add constraint profile_industry check (industry_code ~ '^([A-T]|[A-T]?[0-9]{2,4})$');

    alter table enterprise_facility
        add constraint facility_number_once unique (tenant_id, number),
        add constraint facility_name_once unique (tenant_id, name),
        add constraint facility_name check (length(name) between 1 and 500);

    alter table enterprise_yearly_output
        add constraint output_year check (year between 1990 and 2100),
        add constraint output_amounts check (main_income_fen >= 0 and total_equity_and_debt_fen >= 0);
    create index output_tenant on enterprise_yearly_output (tenant_id, year, recorded_at desc);

    alter table enterprise_submission
        add constraint submission_kind check (kind in ('activities', 'totals')),
        add constraint submission_status check (status in ('accepted', 'accepted-in-part', 'rejected')),
        add constraint submission_counts check (rows_read >= 0 and rows_taken >= 0 and rows_wrong >= 0
            and rows_repeated >= 0 and warnings >= 0 and size_bytes > 0),
        add constraint submission_sha256 check (sha256 ~ '^[0-9a-f]{64}$');
    create unique index submission_once on enterprise_submission (tenant_id, sha256) where status <> 'rejected';
    create index submission_tenant on enterprise_submission (tenant_id, id desc);

    alter table enterprise_submission_part drop constraint enterprise_submission_part_pkey,
        add primary key (tenant_id, submission_id, number),
        alter column content set storage external;
    alter table enterprise_submission_finding drop constraint enterprise_submission_finding_pkey,
        add primary key (tenant_id, submission_id, number),
        add constraint finding_severity check (severity in ('error', 'warning'));

    alter table enterprise_coefficient drop constraint enterprise_coefficient_pkey,
        add primary key (tenant_id, id),
        add constraint coefficient_scope check (scope between 1 and 3);

    -- A large batch is loaded into a table of its own and attached: PostgreSQL copies no row where policies hold.
    alter table enterprise_activity rename to enterprise_activity_declared;
    create table enterprise_activity (like enterprise_activity_declared including defaults) partition by list (batch);
    drop table enterprise_activity_declared;
    create table enterprise_activity_small partition of enterprise_activity
        for values in ('00000000-0000-0000-0000-000000000000');
    alter table enterprise_activity
        add primary key (tenant_id, id, batch),
        add constraint activity_amount check (amount >= 0 and amount <> 'NaN'),
        add constraint activity_months check (months > 0),
        add constraint activity_quality check (quality between 0 and 2);
    -- A batch lies in order of months, so a few bytes for each stretch of the table do what a tree would do, and a
    -- million rows do not pay for a second tree.
    create index activity_month on enterprise_activity using brin (month) with (pages_per_range = 16);
    alter table enterprise_activity_gas drop constraint enterprise_activity_gas_pkey,
        add primary key (tenant_id, id, gas);
    alter table enterprise_gap drop constraint enterprise_gap_pkey,
        add primary key (tenant_id, id),
        add constraint gap_notation check (notation in ('NO', 'NE', 'IE', 'C'));
    create index gap_month on enterprise_gap (tenant_id, month);

    alter table enterprise_rollup drop constraint enterprise_rollup_pkey,
        add primary key (tenant_id, month, months, facility, scope, method, source, quality, gas, beside);

    alter table enterprise_reported_total
        add constraint total_year check (year between 1990 and 2100),
        add constraint total_value check (value >= 0 and value <> 'NaN');
    create index total_company on enterprise_reported_total (organisation_id, indicator, year, recorded_at desc);
    create index total_submission on enterprise_reported_total (tenant_id, indicator, year);
    alter table enterprise_flag
        add constraint flag_once unique (total_id, kind),
        add constraint flag_factor check (factor > 0 and factor <> 'NaN');
    create index flag_tenant on enterprise_flag (tenant_id, id);
    create index flag_organisation on enterprise_flag (organisation_id, id);
    alter table enterprise_flag_decision
        add constraint decision check (decision in ('accept', 'exclude')),
        add constraint decision_note check (length(note) between 1 and 2000);
    create index decision_flag on enterprise_flag_decision (flag_id, decided_at desc);

    alter table enterprise_benchmark
        add constraint benchmark_accounts check (accounts >= 10),
        add constraint benchmark_sums check (co2_mg >= 0 and co2_mg <> 'NaN' and value_added_fen > 0 and value_added_fen <> 'NaN');
    create index benchmark_industry on enterprise_benchmark (industry_code, year, published_at desc);
"""

BATCHES = """
    -- A table for one large batch of the current tenant, which may be copied into until it is closed. Its constraint
    -- holds tenant and batch, so that no row of another tenant can enter; the batch is a new id, known to nobody else.
    create function enterprise_open_batch(batch uuid) returns text language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
    declare
        name text := 'enterprise_activity_' || replace(batch::text, '-', '');
        tenant uuid := public.current_tenant();
    begin
        if tenant is null then
            raise exception 'a batch belongs to a tenant' using errcode = 'insufficient_privilege';
        end if;
        execute format('create table public.%I (like public.enterprise_activity including defaults including constraints,
                            constraint batch_of_tenant check (batch = %L and tenant_id = %L))', name, batch, tenant);
        execute format('grant insert on public.%I to %I', name, session_user);
        return name;
    end $$;

    -- The table becomes a partition: nobody reaches it but through enterprise_activity and its policies.
    create function enterprise_close_batch(batch uuid) returns void language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
    declare
        name text := 'enterprise_activity_' || replace(batch::text, '-', '');
    begin
        execute format('revoke all on public.%I from %I', name, session_user);
        execute format('alter table public.%I add primary key (tenant_id, id, batch)', name);
        execute format('create index on public.%I using brin (month) with (pages_per_range = 16)', name);
        execute format('alter table public.%I enable row level security, force row level security', name);
        execute format('create policy tenant on public.%I using (tenant_id = (select public.current_tenant()))', name);
        execute format('alter table public.enterprise_activity attach partition public.%I for values in (%L)', name, batch);
    end $$;
"""

OWN = "tenant_id = (select current_tenant())"
CONSENT = "tenant_id = any (array(select consenting_owners('account')))"
AUTHORITY = "(select tenant_is('authority'))"

_ACCOUNT = (
    "enterprise_profile",
    "enterprise_facility",
    "enterprise_yearly_output",
    "enterprise_coefficient",
    "enterprise_activity",
    "enterprise_activity_gas",
    "enterprise_gap",
    "enterprise_rollup",
)
_SUPERVISED = ("enterprise_profile", "enterprise_yearly_output", "enterprise_rollup", "enterprise_facility")
_OWN_ONLY = ("enterprise_submission", "enterprise_submission_part", "enterprise_submission_finding")
_AUTHORITY_KEEPS = ("enterprise_reported_total", "enterprise_flag")
_CHANGEABLE = {
    "enterprise_profile": "select, insert, update (industry_code, district, region, guide, recorded_at)",
    "enterprise_facility": "select, insert, update (name, district)",
    "enterprise_rollup": "select, insert, update (mg, activities)",
}


def _isolation() -> str:
    parts = [tenant_isolation(table, OWN) for table in (*_ACCOUNT, *_OWN_ONLY)]
    parts += [readable_when(table, "consent", CONSENT) for table in _ACCOUNT]
    parts += [readable_when(table, "authority", AUTHORITY) for table in _SUPERVISED]
    for table in (*_AUTHORITY_KEEPS, "enterprise_flag_decision"):
        parts.append(tenant_isolation(table, f"{OWN} and {AUTHORITY}"))
    for table in _AUTHORITY_KEEPS:
        parts.append(readable_when(table, "company", "organisation_id = (select current_tenant())"))
    parts.append(
        readable_when(
            "enterprise_flag_decision",
            "company",
            "flag_id in (select f.id from enterprise_flag f where f.organisation_id = (select current_tenant()))",
        )
    )
    parts.append(tenant_isolation("enterprise_benchmark", f"{OWN} and {AUTHORITY}"))
    parts.append(readable_when("enterprise_benchmark", "public", "(select current_tenant()) is not null"))
    return "".join(parts)


def _grants() -> str:
    tables = (*_ACCOUNT, *_OWN_ONLY, *_AUTHORITY_KEEPS, "enterprise_flag_decision", "enterprise_benchmark")
    parts = [grant(table, _CHANGEABLE.get(table, "select, insert")) for table in tables]
    parts += [append_only(table) for table in tables if table not in _CHANGEABLE]
    return "".join(parts)


def _batch_grants() -> str:
    """Whoever may submit may load a batch; the small partition is reached through its parent alone."""
    running = f"{role(Role.WEB)}, {role(Role.SCHEDULER)}"
    functions = "enterprise_open_batch(uuid), enterprise_close_batch(uuid)"
    return f"""
        revoke all on function {functions} from public;
        grant execute on function {functions} to {running};
        alter table enterprise_activity_small enable row level security, force row level security;
        create policy tenant on enterprise_activity_small using ({OWN});
    """


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="enterprise", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        for statements in (CONSTRAINTS, BATCHES, _isolation(), _grants(), _batch_grants()):
            await connection.execute(statements)

    manager.add_raw(run)
    return manager
