"""Constraints, isolation and grants of accounts/finance, and two functions.

Who sees a row: rates everybody, for they are published; terms and quotes their bank, a quote only while the
client's consent lasts; a loan and its interest the bank and the borrower; a subsidy also the authority that pays
it. The scheduler accrues for all and therefore sees loans and subsidies of all.

SECURITY DEFINER functions of this room (each with a fixed search_path; tests/promises holds the list):

- `finance_fund_numbers(fund)`: what is in a fund, for banks that are about to draw on it; it answers authorities
  and banks only, with five sums and no row of anyone;
- `finance_subsidised_principal(enterprise, programme)`: how much of a firm's ceiling its loans at all banks use,
  for a bank that holds the firm's consent.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, readable_when, role, tenant_isolation
from accounts.database.roles import Role

ID = "2026-11-22T09:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints, isolation and grants of finance"

LIMIT = "100000000000000000"

CONSTRAINTS = f"""
    alter table finance_rate
        add constraint finance_rate_tenor check (tenor in ('1Y', '5Y')),
        add constraint finance_rate_percent check (percent > 0 and percent < 100),
        add constraint finance_rate_flag check (flag in ('', 'moves-far', 'differs')),
        add constraint finance_rate_once unique (tenor, quoted_on, percent);
    alter table finance_rate_decision
        add constraint finance_rate_decision_once unique (rate_id),
        add constraint finance_rate_decision_rate foreign key (rate_id) references finance_rate (id),
        add constraint finance_rate_decision_kind check (decision in ('accepted', 'rejected')),
        add constraint finance_rate_decision_note check (length(note) <= 500);

    alter table finance_product
        add constraint finance_product_name check (length(name_zh) between 1 and 100 and length(name_en) between 1 and 100),
        add constraint finance_product_once unique (bank_id, name_zh);
    alter table finance_product_terms
        add constraint finance_product_terms_once unique (bank_id, product_id, valid_from),
        add constraint finance_product_terms_margins check (cardinality(margins) = 5 and not 'NaN'::numeric = any (margins)),
        add constraint finance_product_terms_numbers check (
            'NaN'::numeric not in (unrated_margin, floor, cap, green_use_discount)
            and 0 <= floor and floor <= cap and green_use_discount >= 0),
        add constraint finance_product_terms_size check (
            0 < smallest_fen and smallest_fen <= largest_fen and largest_fen <= {LIMIT}
            and longest_months between 1 and 600 and five_year_tenor_above_months >= 0);

    alter table finance_quote
        add constraint finance_quote_sums check (principal_fen between 1 and {LIMIT}),
        add constraint finance_quote_rate check (rate_percent >= 0 and rate_percent < 100),
        add constraint finance_quote_rating check (rating_level between 1 and 5 and rating_year is not null
            or rating_level is null);
    create index finance_quote_client on finance_quote (bank_id, enterprise_id, id desc);

    alter table finance_loan
        drop constraint finance_loan_pkey,
        add primary key (bank_id, id),
        add constraint finance_loan_id_once unique (id),
        add constraint finance_loan_contract_once unique (bank_id, contract_number),
        add constraint finance_loan_sums check (principal_fen between 1 and {LIMIT}),
        add constraint finance_loan_rate check (rate_percent >= 0 and rate_percent < 100),
        add constraint finance_loan_days check (starts_on < ends_on),
        add constraint finance_loan_day_count check (day_count in ('ACT/360', 'ACT/365', '30/360', 'months/12'));
    create index finance_loan_borrower on finance_loan (enterprise_id, id desc);

    alter table finance_fund add constraint finance_fund_once unique (authority_id, programme_id);

    alter table finance_subsidy
        drop constraint finance_subsidy_pkey,
        add primary key (bank_id, loan_id),
        add constraint finance_subsidy_once unique (loan_id),
        add constraint finance_subsidy_sums check (expected_fen between 1 and {LIMIT} and already_subsidised_fen >= 0);
    create index finance_subsidy_fund on finance_subsidy (authority_id, fund_id, loan_id);
    create index finance_subsidy_firm on finance_subsidy (enterprise_id, programme_id);

    alter table finance_interest_accrual
        drop constraint finance_interest_accrual_pkey,
        add primary key (bank_id, loan_id, day),
        add constraint finance_interest_accrual_amount check (amount_fen >= 0);
    create index finance_interest_accrual_loan on finance_interest_accrual (loan_id, day desc);
    alter table finance_subsidy_accrual
        drop constraint finance_subsidy_accrual_pkey,
        add primary key (bank_id, loan_id, day),
        add constraint finance_subsidy_accrual_amount check (amount_fen >= 0 and (amount_fen > 0) = (entry_id is not null));
    create index finance_subsidy_accrual_loan on finance_subsidy_accrual (loan_id, day desc);
    create index finance_subsidy_accrual_fund on finance_subsidy_accrual (authority_id, fund_id, day);
"""

FUNCTION = """
    create function finance_fund_numbers(fund uuid)
        returns table (received_fen bigint, held_fen bigint, available_fen bigint, due_fen bigint, paid_fen bigint)
        language sql stable security definer set search_path = pg_catalog, public, pg_temp
        as $$ select a.posted + (select coalesce(sum(p.amount), 0)::bigint from public.ledger_posting p
                                  where p.debit_account_id = f.fund_account_id),
                     a.held, a.posted - a.held, due.posted,
                     (select coalesce(sum(p.amount), 0)::bigint from public.ledger_posting p
                       where p.debit_account_id = f.payable_account_id)
                from public.finance_fund f
                join public.ledger_account a on a.id = f.fund_account_id
                join public.ledger_account due on due.id = f.payable_account_id
               where f.id = fund and (f.authority_id = public.current_tenant() or public.tenant_is('bank')) $$;

    create function finance_subsidised_principal(enterprise uuid, programme text) returns bigint
        language sql stable security definer set search_path = pg_catalog, public, pg_temp
        as $$ select coalesce(sum(l.principal_fen), 0)::bigint
                from public.finance_subsidy s join public.finance_loan l on l.id = s.loan_id
               where s.enterprise_id = $1 and s.programme_id = $2 and public.has_consent($1, 'account') $$;
"""


def _isolation() -> str:
    bank, borrower = "bank_id = current_tenant()", "enterprise_id = current_tenant()"
    authority = "authority_id = current_tenant()"
    return "".join(
        [
            tenant_isolation("finance_rate", "(select tenant_is('authority'))"),
            readable_when("finance_rate", "published", "true"),
            tenant_isolation("finance_rate_decision", f"{authority} and (select tenant_is('authority'))"),
            readable_when("finance_rate_decision", "published", "true"),
            tenant_isolation("finance_product", bank),
            tenant_isolation("finance_product_terms", bank),
            tenant_isolation("finance_quote", f"{bank} and has_consent(enterprise_id, 'account')"),
            tenant_isolation("finance_loan", bank),
            readable_when("finance_loan", "borrower", borrower),
            tenant_isolation("finance_fund", authority),
            readable_when("finance_fund", "bank", "(select tenant_is('bank'))"),
            tenant_isolation("finance_subsidy", bank),
            readable_when("finance_subsidy", "borrower", borrower),
            readable_when("finance_subsidy", "authority", authority),
            tenant_isolation("finance_interest_accrual", bank),
            readable_when("finance_interest_accrual", "borrower", borrower),
            tenant_isolation("finance_subsidy_accrual", bank),
            readable_when("finance_subsidy_accrual", "borrower", borrower),
            readable_when("finance_subsidy_accrual", "authority", authority),
        ]
    )


def _scheduler(table: str, verbs: str) -> str:
    """The scheduler works for all: it reads these rows, and adds those it computes."""
    name = role(Role.SCHEDULER)
    return (
        f"create policy {table}_scheduler on {table} to {name} using (true) with check (true);"
        + grant(table, verbs, Role.SCHEDULER)
    )


def _grants() -> str:
    added = ("rate", "rate_decision", "product", "product_terms", "quote", "loan", "fund", "subsidy")
    accrued = ("interest_accrual", "subsidy_accrual")
    lines = [append_only(f"finance_{name}") for name in added + accrued]
    lines += [grant(f"finance_{name}", "select, insert", Role.WEB) for name in added]
    lines += [grant(f"finance_{name}", "select", Role.WEB) for name in accrued]
    lines += [_scheduler(f"finance_{name}", "select, insert") for name in ("rate", *accrued)]
    lines += [_scheduler(f"finance_{name}", "select") for name in ("rate_decision", "loan", "fund", "subsidy")]
    lines.append(f"""
        revoke all on function finance_fund_numbers(uuid) from public;
        grant execute on function finance_fund_numbers(uuid) to {role(Role.WEB)};
        revoke all on function finance_subsidised_principal(uuid, text) from public;
        grant execute on function finance_subsidised_principal(uuid, text) to {role(Role.WEB)};
    """)
    return "".join(lines)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="finance", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        for statements in (CONSTRAINTS, FUNCTION, _isolation(), _grants()):
            await connection.execute(statements)

    manager.add_raw(run)
    return manager
