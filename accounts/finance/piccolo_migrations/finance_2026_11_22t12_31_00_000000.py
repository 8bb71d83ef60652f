"""Constraints, isolation and grants of guarantees, pledges, matching, exchange and roll-ups.

Who sees a row: guarantees and losses their bank and the pool's authority, the firm its own; pledges bank and firm;
a project that looks for money its firm and every bank; an answer its bank and that firm; prices everybody.

`finance_pool_state(pool)` is SECURITY DEFINER: five sums over all banks' loans of a pool, for banks and its authority,
so that a bank knows what can be covered; `finance_firm_covered(pool, enterprise)` one sum, for a bank that lends to it.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, readable_when, role, tenant_isolation
from accounts.database.roles import Role

ID = "2026-11-22T12:31:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints, isolation and grants of guarantees, pledges, matching and exchange"

LIMIT = "100000000000000000"

CONSTRAINTS = f"""
    alter table finance_product_rule
        drop constraint finance_product_rule_pkey, add primary key (bank_id, id),
        add constraint finance_product_rule_once unique (bank_id, product_id, valid_from),
        add constraint finance_product_rule_points check (
            certificate_points >= 0 and step_points >= 0 and cap_points >= step_points);
    alter table finance_loan_fact
        drop constraint finance_loan_fact_pkey, add primary key (bank_id, id),
        add constraint finance_loan_fact_loan foreign key (loan_id) references finance_loan (id),
        add constraint finance_loan_fact_kind check (
            (kind = 'result' and value is not null) or (kind = 'certificate' and until_on >= on_day)),
        add constraint finance_loan_fact_value check (value is null or value <> 'NaN'::numeric);
    create index finance_loan_fact_of_loan on finance_loan_fact (loan_id, on_day);

    alter table finance_pool add constraint finance_pool_once unique (authority_id, programme_id);
    alter table finance_guarantee
        drop constraint finance_guarantee_pkey, add primary key (bank_id, id),
        add constraint finance_guarantee_once unique (bank_id, loan_id),
        add constraint finance_guarantee_loan foreign key (loan_id) references finance_loan (id),
        add constraint finance_guarantee_sums check (covered_fen between 1 and principal_fen and principal_fen <= {LIMIT});
    create index finance_guarantee_of_pool on finance_guarantee (authority_id, pool_id);
    alter table finance_loss
        drop constraint finance_loss_pkey, add primary key (bank_id, id),
        add constraint finance_loss_once unique (bank_id, guarantee_id),
        add constraint finance_loss_parties unique (id, authority_id, bank_id, enterprise_id),
        add constraint finance_loss_sum check (loss_fen between 1 and {LIMIT});
    create index finance_loss_of_pool on finance_loss (authority_id, pool_id);
    alter table finance_loss_step
        drop constraint finance_loss_step_pkey, add primary key (authority_id, id),
        add constraint finance_loss_step_loss foreign key (loss_id, authority_id, bank_id, enterprise_id)
            references finance_loss (id, authority_id, bank_id, enterprise_id),
        add constraint finance_loss_step_kind check (kind in ('paid', 'refused', 'recovered')),
        add constraint finance_loss_step_amount check (amount_fen between 0 and {LIMIT});
    create unique index finance_loss_step_decided on finance_loss_step (authority_id, loss_id) where kind in ('paid', 'refused');

    alter table finance_price
        add constraint finance_price_once unique (authority_id, market, on_day),
        add constraint finance_price_amount check (fen_per_t between 1 and 100000000);
    create index finance_price_of_market on finance_price (market, on_day desc);
    alter table finance_pledge
        drop constraint finance_pledge_pkey, add primary key (bank_id, id),
        add constraint finance_pledge_contract unique (bank_id, contract_number),
        add constraint finance_pledge_sums check (quantity_t > 0 and secured_fen between 1 and {LIMIT}
            and haircut_percent >= 0 and haircut_percent < 100 and maintenance_percent > 0
            and maintenance_percent <= initial_percent);
    create index finance_pledge_of_firm on finance_pledge (enterprise_id, id);
    alter table finance_pledge_event
        drop constraint finance_pledge_event_pkey, add primary key (bank_id, id),
        add constraint finance_pledge_event_pledge foreign key (bank_id, pledge_id) references finance_pledge (bank_id, id),
        add constraint finance_pledge_event_kind check (
            kind in ('called', 'answered', 'release-asked', 'released', 'enforced', 'warned'));
    create index finance_pledge_event_of_pledge on finance_pledge_event (pledge_id, happened_at);

    alter table finance_need
        drop constraint finance_need_pkey, add primary key (enterprise_id, id),
        add constraint finance_need_id unique (id, enterprise_id),
        add constraint finance_need_sums check (amount_fen between 1 and {LIMIT} and months between 1 and 600);
    alter table finance_need_answer
        drop constraint finance_need_answer_pkey, add primary key (bank_id, id),
        add constraint finance_need_answer_once unique (need_id, bank_id),
        add constraint finance_need_answer_need foreign key (need_id, enterprise_id)
            references finance_need (id, enterprise_id),
        add constraint finance_need_answer_kind check (
            answer = 'interested' or answer = 'refused' and length(reason) > 0);
    create index finance_need_answer_of_firm on finance_need_answer (enterprise_id, need_id);
    alter table finance_recognition
        drop constraint finance_recognition_pkey, add primary key (bank_id, id),
        add constraint finance_recognition_loan foreign key (loan_id) references finance_loan (id);
    create index finance_recognition_of_loan on finance_recognition (loan_id, recorded_at desc);

    alter table finance_message
        drop constraint finance_message_pkey, add primary key (tenant_id, id),
        add constraint finance_message_id unique (id, tenant_id),
        add constraint finance_message_once unique (tenant_id, peer, digest);
    alter table finance_message_attempt
        drop constraint finance_message_attempt_pkey, add primary key (tenant_id, id),
        add constraint finance_message_attempt_once unique (tenant_id, message_id, number),
        add constraint finance_message_attempt_message foreign key (message_id, tenant_id)
            references finance_message (id, tenant_id),
        add constraint finance_message_attempt_outcome check (
            outcome in ('sent', 'acknowledged', 'refused', 'failed'));

    alter table finance_book_rollup
        drop constraint finance_book_rollup_pkey, add primary key (bank_id, purpose, rate_percent);
"""

FUNCTION = """
    create function finance_pool_state(pool uuid)
        returns table (covered_fen bigint, covered_ever_fen bigint, compensated_fen bigint, recovered_fen bigint,
                       available_fen bigint)
        language sql stable security definer set search_path = pg_catalog, public, pg_temp
        as $$ select (select coalesce(sum(g.covered_fen), 0)::bigint from public.finance_guarantee g
                       where g.pool_id = p.id and g.ends_on > now() at time zone 'Asia/Shanghai'
                         and not exists (select from public.finance_loss l where l.guarantee_id = g.id)),
                     (select coalesce(sum(g.covered_fen), 0)::bigint from public.finance_guarantee g where g.pool_id = p.id),
                     (select coalesce(sum(s.amount_fen), 0)::bigint from public.finance_loss l
                        join public.finance_loss_step s on s.loss_id = l.id and s.kind = 'paid' where l.pool_id = p.id),
                     (select coalesce(sum(s.amount_fen), 0)::bigint from public.finance_loss l
                        join public.finance_loss_step s on s.loss_id = l.id and s.kind = 'recovered' where l.pool_id = p.id),
                     a.posted - a.held
                from public.finance_pool p join public.ledger_account a on a.id = p.pool_account_id
               where p.id = pool and (p.authority_id = public.current_tenant() or public.tenant_is('bank')) $$;

    create function finance_firm_covered(pool uuid, enterprise uuid) returns bigint
        language sql stable security definer set search_path = pg_catalog, public, pg_temp
        as $$ select coalesce(sum(g.covered_fen), 0)::bigint from public.finance_guarantee g
               where g.pool_id = $1 and g.enterprise_id = $2 and public.tenant_is('bank')
                 and exists (select from public.finance_loan l
                              where l.bank_id = public.current_tenant() and l.enterprise_id = $2) $$;
"""

BANK, FIRM, OFFICE = (f"{side}_id = current_tenant()" for side in ("bank", "enterprise", "authority"))
IS_BANK = "(select tenant_is('bank'))"
PLEDGE_STEPS = f"""(kind in ('called', 'released', 'enforced', 'warned') and {BANK})
                   or (kind in ('answered', 'release-asked') and {FIRM})"""


def _isolation() -> str:
    lines = [
        tenant_isolation("finance_product_rule", BANK),
        tenant_isolation("finance_pool", OFFICE),
        readable_when("finance_pool", "bank", IS_BANK),
        tenant_isolation("finance_loss_step", OFFICE),
        readable_when("finance_loss_step", "party", f"{BANK} or {FIRM}"),
        tenant_isolation("finance_price", "authority_id = current_tenant() and (select tenant_is('authority'))"),
        readable_when("finance_price", "published", "true"),
        tenant_isolation("finance_pledge", FIRM),
        readable_when("finance_pledge", "bank", BANK),
        tenant_isolation("finance_pledge_event", PLEDGE_STEPS),
        readable_when("finance_pledge_event", "party", f"{BANK} or {FIRM}"),
        tenant_isolation("finance_need", FIRM),
        readable_when("finance_need", "bank", IS_BANK),
        tenant_isolation("finance_need_answer", BANK),
        readable_when("finance_need_answer", "firm", FIRM),
        tenant_isolation("finance_message", "tenant_id = current_tenant()"),
        tenant_isolation("finance_message_attempt", "tenant_id = current_tenant()"),
        tenant_isolation("finance_book_rollup", BANK),
    ]
    for name in ("loan_fact", "recognition"):
        lines += [
            tenant_isolation(f"finance_{name}", BANK),
            readable_when(f"finance_{name}", "borrower", FIRM),
        ]
    for name in ("guarantee", "loss"):
        lines += [
            tenant_isolation(f"finance_{name}", BANK),
            readable_when(f"finance_{name}", "party", f"{FIRM} or {OFFICE}"),
        ]
    return "".join(lines)


def _scheduler(table: str, verbs: str) -> str:
    name = role(Role.SCHEDULER)
    return (
        f"create policy {table}_scheduler on {table} to {name} using (true) with check (true);"
        + grant(table, verbs, Role.SCHEDULER)
    )


def _grants() -> str:
    written = (
        "product_rule", "loan_fact", "pool", "guarantee", "loss", "loss_step", "price", "pledge", "pledge_event", "need",
        "need_answer", "recognition", "message", "message_attempt",
    )  # fmt: skip
    lines = [append_only(f"finance_{name}") for name in written]
    lines += [grant(f"finance_{name}", "select, insert", Role.WEB) for name in written]
    lines += [
        grant("finance_book_rollup", "select", Role.WEB),
        _scheduler("finance_book_rollup", "select, insert, update, delete"),
        _scheduler("finance_message", "select"),
        _scheduler("finance_message_attempt", "select, insert"),
    ]
    for function in ("finance_pool_state(uuid)", "finance_firm_covered(uuid, uuid)"):
        lines.append(f"""
            revoke all on function {function} from public;
            grant execute on function {function} to {role(Role.WEB)};
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
