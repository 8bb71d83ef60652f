"""Constraints, isolation and grants of loan events, claims, reconciliation and claw-back.

Who sees a row: a loan's events its bank and borrower; adjustments and claims also the authority that pays. Each step
of a claim can be written only by the side whose step it is, and only for the parties of its claim. An invoice's
digest stands once for all tenants, so that nothing is claimed twice (LED-9); the row itself shows to its parties.

`finance_fund_numbers(fund)` is defined anew: money that goes back to the fund is neither received nor paid.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, readable_when, role, tenant_isolation
from accounts.database.roles import Role

ID = "2026-11-22T11:58:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints, isolation and grants of claims"

LIMIT = "100000000000000000"

CONSTRAINTS = f"""
    alter table finance_loan_terms
        drop constraint finance_loan_terms_pkey,
        add primary key (bank_id, loan_id),
        add constraint finance_loan_terms_loan foreign key (loan_id) references finance_loan (id),
        add constraint finance_loan_terms_repayment check (
            repayment in ('equal-instalment', 'equal-principal', 'interest-only', 'bullet', 'flat')),
        add constraint finance_loan_terms_reprices check (reprices in ('fixed', 'january', 'anniversary')),
        add constraint finance_loan_terms_days check (
            every_months between 1 and 600 and (due_day between 1 and 28 or due_day = 31 or due_day is null));

    alter table finance_loan_event
        drop constraint finance_loan_event_pkey,
        add primary key (bank_id, id),
        add constraint finance_loan_event_loan foreign key (loan_id) references finance_loan (id),
        add constraint finance_loan_event_kind check (
            kind in ('rate', 'prepayment', 'supplier-paid', 'overdue', 'cured', 'written-off', 'disqualified')),
        add constraint finance_loan_event_figures check (
            (kind = 'rate') = (rate_percent is not null) and (kind = 'prepayment') = (amount_fen is not null)),
        add constraint finance_loan_event_rate check (rate_percent is null or rate_percent between 0 and 100),
        add constraint finance_loan_event_amount check (amount_fen is null or amount_fen between 1 and {LIMIT}),
        add constraint finance_loan_event_keeps check (keeps in ('term', 'instalment')),
        add constraint finance_loan_event_reason check (length(reason) <= 500);
    create index finance_loan_event_of_loan on finance_loan_event (loan_id, on_day);
    create unique index finance_loan_event_once on finance_loan_event (bank_id, loan_id, kind)
        where kind in ('supplier-paid', 'written-off');

    alter table finance_interest_adjustment
        drop constraint finance_interest_adjustment_pkey,
        add primary key (bank_id, id),
        add constraint finance_interest_adjustment_amount check (amount_fen <> 0);
    create index finance_interest_adjustment_of_loan on finance_interest_adjustment (loan_id);

    alter table finance_subsidy_adjustment
        drop constraint finance_subsidy_adjustment_pkey,
        add primary key (bank_id, id),
        add constraint finance_subsidy_adjustment_amount check (
            amount_fen <> 0 and abs(demanded_fen) <= abs(amount_fen)
            and (demanded_fen = 0 or sign(demanded_fen) = -sign(amount_fen)));
    create index finance_subsidy_adjustment_of_loan on finance_subsidy_adjustment (loan_id);

    alter table finance_evidence
        drop constraint finance_evidence_pkey,
        add primary key (bank_id, id),
        add constraint finance_evidence_once unique (kind, digest),
        add constraint finance_evidence_kind check (kind in ('invoice', 'contract')),
        add constraint finance_evidence_digest check (length(digest) = 32),
        add constraint finance_evidence_loan foreign key (loan_id) references finance_loan (id);

    alter table finance_claim
        drop constraint finance_claim_pkey,
        add primary key (bank_id, id),
        add constraint finance_claim_once unique (bank_id, loan_id, ends_on),
        add constraint finance_claim_number unique (bank_id, number),
        add constraint finance_claim_parties unique (id, bank_id, enterprise_id, authority_id),
        add constraint finance_claim_days check (starts_on < ends_on),
        add constraint finance_claim_sums check (
            amount_fen between 1 and {LIMIT} and amount_fen = entitled_fen - claimed_before_fen);
    create index finance_claim_of_fund on finance_claim (authority_id, fund_id, ends_on);
    create index finance_claim_of_firm on finance_claim (enterprise_id, ends_on);

    alter table finance_claim_event
        drop constraint finance_claim_event_pkey,
        add primary key (bank_id, id),
        add constraint finance_claim_event_once unique (bank_id, claim_id, kind),
        add constraint finance_claim_event_claim foreign key (claim_id, bank_id, enterprise_id, authority_id)
            references finance_claim (id, bank_id, enterprise_id, authority_id),
        add constraint finance_claim_event_kind check (
            kind in ('firm-confirmed', 'bank-confirmed', 'bank-refused', 'refused', 'paid', 'reconciled')),
        add constraint finance_claim_event_amount check (amount_fen between 0 and {LIMIT}),
        add constraint finance_claim_event_reason check (length(reason) <= 1000);

    alter table finance_statement
        drop constraint finance_statement_pkey,
        add primary key (authority_id, id),
        add constraint finance_statement_once unique (authority_id, sha256);
    alter table finance_statement_line
        drop constraint finance_statement_line_pkey,
        add primary key (authority_id, statement_id, line),
        add constraint finance_statement_line_outcome check (
            outcome in ('matched', 'wrong-amount', 'unmatched', 'repeated', 'unreadable'));

    alter table finance_clawback_return
        drop constraint finance_clawback_return_pkey,
        add primary key (authority_id, id),
        add constraint finance_clawback_return_amount check (amount_fen between 1 and {LIMIT});
    create index finance_clawback_return_of_loan on finance_clawback_return (loan_id);

    alter table finance_loan drop constraint finance_loan_day_count;
    alter table finance_loan add constraint finance_loan_day_count check (
        day_count in ('ACT/360', 'ACT/365', '30/360', 'months/12', 'months/12+days/360'));
"""

FUNCTION = """
    create or replace function finance_fund_numbers(fund uuid)
        returns table (received_fen bigint, held_fen bigint, available_fen bigint, due_fen bigint, paid_fen bigint)
        language sql stable security definer set search_path = pg_catalog, public, pg_temp
        as $$ select (select coalesce(sum(p.amount), 0)::bigint from public.ledger_posting p
                       where p.credit_account_id = f.fund_account_id and p.debit_account_id = f.budget_account_id),
                     a.held, a.posted - a.held, due.posted,
                     (select coalesce(sum(p.amount), 0)::bigint from public.ledger_posting p
                       where p.debit_account_id = f.payable_account_id and p.credit_account_id <> f.fund_account_id)
                     - (select coalesce(sum(p.amount), 0)::bigint from public.ledger_posting p
                         where p.credit_account_id = f.fund_account_id
                           and p.debit_account_id not in (f.budget_account_id, f.payable_account_id))
                from public.finance_fund f
                join public.ledger_account a on a.id = f.fund_account_id
                join public.ledger_account due on due.id = f.payable_account_id
               where f.id = fund and (f.authority_id = public.current_tenant() or public.tenant_is('bank')) $$;
"""

BANK, FIRM, OFFICE = (f"{side}_id = current_tenant()" for side in ("bank", "enterprise", "authority"))

STEPS = f"""(kind in ('bank-confirmed', 'bank-refused') and {BANK}) or (kind = 'firm-confirmed' and {FIRM})
            or (kind in ('refused', 'paid', 'reconciled') and {OFFICE})"""


def _isolation() -> str:
    lines = []
    for name in ("loan_terms", "loan_event", "interest_adjustment"):
        lines += [
            tenant_isolation(f"finance_{name}", BANK),
            readable_when(f"finance_{name}", "borrower", FIRM),
        ]
    for name in ("subsidy_adjustment", "evidence", "claim"):
        lines += [
            tenant_isolation(f"finance_{name}", BANK),
            readable_when(f"finance_{name}", "borrower", FIRM),
            readable_when(f"finance_{name}", "authority", OFFICE),
        ]
    lines += [
        tenant_isolation("finance_claim_event", STEPS),
        readable_when("finance_claim_event", "party", f"{BANK} or {FIRM} or {OFFICE}"),
        tenant_isolation("finance_statement", OFFICE),
        tenant_isolation("finance_statement_line", OFFICE),
        tenant_isolation("finance_clawback_return", OFFICE),
        readable_when("finance_clawback_return", "party", f"{BANK} or {FIRM}"),
    ]
    return "".join(lines)


def _scheduler(table: str, verbs: str) -> str:
    name = role(Role.SCHEDULER)
    return (
        f"create policy {table}_scheduler on {table} to {name} using (true) with check (true);"
        + grant(table, verbs, Role.SCHEDULER)
    )


def _grants() -> str:
    written = ("loan_terms", "loan_event", "evidence", "claim", "claim_event", "statement", "statement_line")
    computed = ("interest_adjustment", "subsidy_adjustment")
    lines = [append_only(f"finance_{name}") for name in (*written, *computed, "clawback_return")]
    lines += [grant(f"finance_{name}", "select, insert", Role.WEB) for name in (*written, "clawback_return")]
    lines += [grant(f"finance_{name}", "select", Role.WEB) for name in computed]
    lines += [_scheduler(f"finance_{name}", "select, insert") for name in (*computed, "claim")]
    lines += [
        _scheduler(f"finance_{name}", "select")
        for name in ("loan_terms", "loan_event", "claim_event", "clawback_return")
    ]
    return "".join(lines)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="finance", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        for statements in (CONSTRAINTS, FUNCTION, _isolation(), _grants()):
            await connection.execute(statements)

    manager.add_raw(run)
    return manager
