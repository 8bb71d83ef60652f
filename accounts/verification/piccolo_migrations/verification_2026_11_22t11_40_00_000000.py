"""Keys, constraints, isolation and grants of verification.

A case belongs to three parties, and its rows show to these. Only an authority opens a round or assigns; who may write a step is the
use-case's to check, that a party writes at all is the policy's. A verifier or authority of the case may lock and unlock the year.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, readable_when, tenant_isolation

ID = "2026-11-22T11:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints, isolation and grants of verification"

CONSTRAINTS = """
    alter table verification_round
        add constraint round_numbers check (materiality_percent > 0 and materiality_percent <= 100
            and longest_years_in_a_row between 1 and 20 and year between 1990 and 2100 and submit_by_on < verify_by_on),
        add constraint round_assurance check (assurance in ('limited', 'reasonable'));
    create index round_latest on verification_round (authority_id, year, id desc);
    alter table verification_case
        add constraint case_once unique (tenant_id, year),
        add constraint case_parties check (tenant_id <> verifier_id and verifier_id <> authority_id);
    create index case_verifier on verification_case (verifier_id, year);
    create index case_authority on verification_case (authority_id, year);
    alter table verification_step add constraint step_once unique (tenant_id, case_id, number);
    alter table verification_preparer
        add constraint preparer_named check (organisation_id is not null or length(name) between 1 and 200);
    create unique index preparer_once on verification_preparer (tenant_id, year, organisation_id);
    create index preparer_year on verification_preparer (tenant_id, year);
    alter table verification_sample_line add constraint sample_line_once unique (tenant_id, case_id, activity_id);
    create index sample_check_line on verification_sample_check (tenant_id, line_id, id desc);
    alter table verification_finding
        add constraint finding_once unique (tenant_id, case_id, number),
        add constraint finding_severity check (severity in ('material', 'non-material', 'observation')),
        add constraint finding_words check (length(title) between 1 and 200 and length(text) between 1 and 4000);
    create index finding_entry_finding on verification_finding_entry (tenant_id, finding_id, id);
    alter table verification_finding_entry
        add constraint finding_entry_kind check (kind in ('answer', 'close', 'reopen')),
        add constraint finding_entry_text check (length(text) <= 4000);
    create index opinion_case on verification_opinion (tenant_id, case_id, id desc);
    alter table verification_opinion
        add constraint opinion_kind check (opinion in ('unqualified', 'qualified', 'adverse'));
"""

FUNCTION = """
    -- A finding is closed when its latest closing or reopening is a closing; an observation needs none.
    create function verification_finding_closed(tenant uuid, finding uuid) returns boolean language sql stable
        as $$ select coalesce((select e.kind = 'close' from public.verification_finding_entry e
                                where e.tenant_id = $1 and e.finding_id = $2 and e.kind in ('close', 'reopen')
                                order by e.id desc limit 1),
                              (select f.severity = 'observation' from public.verification_finding f
                                where f.tenant_id = $1 and f.id = $2)) $$;
"""

PARTIES = """tenant_id = (select current_tenant()) or verifier_id = (select current_tenant())
             or authority_id = (select current_tenant())"""
_OF_CASES = (
    "verification_step",
    "verification_sample_line",
    "verification_sample_check",
    "verification_finding",
    "verification_finding_entry",
    "verification_opinion",
)

LOCKS = """
    create policy enterprise_year_lock_case on enterprise_year_lock for insert with check (
        exists (select from verification_case c
                 where c.tenant_id = enterprise_year_lock.tenant_id and c.year = enterprise_year_lock.year
                   and (select current_tenant()) in (c.verifier_id, c.authority_id)));
"""


def _isolation() -> str:
    authority = "authority_id = (select current_tenant()) and (select tenant_is('authority'))"
    parts = [tenant_isolation("verification_round", authority)]
    parts.append(readable_when("verification_round", "signed_in", "(select current_tenant()) is not null"))
    parts.append(tenant_isolation("verification_case", authority))
    parts.append(readable_when("verification_case", "parties", PARTIES))
    parts.append(tenant_isolation("verification_preparer", "tenant_id = (select current_tenant())"))
    parts.append(readable_when("verification_preparer", "authority", "(select tenant_is('authority'))"))
    parts += [tenant_isolation(table, PARTIES) for table in _OF_CASES]
    tables = ("verification_round", "verification_case", "verification_preparer", *_OF_CASES)
    for table in tables:
        verbs = "select, insert"
        if table == "verification_case":
            verbs += ", update (verifier_id, assigned_by, assigned_at)"
        else:
            parts.append(append_only(table))
        parts.append(grant(table, verbs))
    return "".join(parts)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="verification", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        for statements in (CONSTRAINTS, FUNCTION, _isolation(), LOCKS):
            await connection.execute(statements)

    manager.add_raw(run)
    return manager
