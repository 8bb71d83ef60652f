"""PostgreSQL itself keeps the laws, whoever writes: here the writer is the superuser, guards on."""

import asyncpg
import pytest

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.ledger import journal
from carbon.identifiers import new_id


@pytest.fixture
async def admin(books, database):
    async with transaction(tenant=books.bureau) as connection:
        await books.hold(connection, 100)
        held = await books.hold(connection, 200, key="to end")
        await journal.release_hold(connection, hold_id=held.id)
    async with database.as_superuser() as connection:
        yield connection


CHANGES = [
    "update ledger_entry set memo = 'other'",
    "update ledger_posting set amount = amount + 1",
    "delete from ledger_entry",
    "delete from ledger_posting",
    "truncate ledger_entry",
    "truncate ledger_posting",
    "update ledger_account set posted = posted + 1",
    "update ledger_account set held = 0",
    "update ledger_account set version = version + 1",
    "update ledger_account set kind = 'issuing'",
    "update ledger_account set tenant_id = gen_random_uuid()",
    "delete from ledger_account",
    "truncate ledger_account",
    "update ledger_hold set amount = 1",
    "update ledger_hold set state = 'held', closed_at = null where state = 'released'",
    "delete from ledger_hold",
    "truncate ledger_hold",
]


async def test_what_is_written_stays_written(admin):
    for statement in CHANGES:
        with pytest.raises(asyncpg.RestrictViolationError):
            await admin.execute(statement)


async def test_the_owner_is_refused_too(books, database):
    async with database.as_role(Role.OWNER), transaction(tenant=None) as connection:
        assert await connection.fetchval("select count(*) from ledger_posting") == 1
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await connection.execute("delete from ledger_posting")


POSTING = """
    insert into ledger_posting (entry_id, tenant_id, sequence, debit_account_id, debit_tenant_id, debit_version,
        debit_balance_after, credit_account_id, credit_tenant_id, credit_version, credit_balance_after,
        commodity, amount, posted_at)
    select entry.id, entry.tenant_id, $1::smallint, d.id, d.tenant_id, d.version + $2, d.posted - $3 + $4,
        c.id, c.tenant_id, c.version + 1, c.posted + $3, $5, $3, entry.posted_at
    from ledger_account d, ledger_account c, ledger_entry entry
    where d.code = 'fund' and c.code = $6 and entry.key = 'by hand'
"""
ENTRY = """
    insert into ledger_entry (id, tenant_id, kind, key, request_hash, occurred_on, posted_at, memo, posting_count)
    values ($1, $2, 'pay', 'by hand', decode(repeat('00', 32), 'hex'), '2026-03-01', clock_timestamp(), '', 1)
"""


async def _by_hand(
    admin, books, *, sequence=1, version=1, amount=300, off=0, commodity="CNY-fen", to="subsidy"
):
    async with admin.transaction():
        await admin.execute(ENTRY, new_id(), books.bureau)
        await admin.execute(POSTING, sequence, version, amount, off, commodity, to)


async def test_a_posting_written_by_hand_moves_the_balances_too(admin, books):
    await _by_hand(admin, books)
    rows = dict(await admin.fetch("select code, posted from ledger_account"))
    assert rows == {"treasury": -1000, "fund": 700, "subsidy": 300}


FAULTS = [
    ({"version": 2}, "do not go on"),
    ({"version": 0}, "do not go on"),
    ({"off": 1}, "do not go on"),
    ({"commodity": "gold"}, "do not go on"),
    ({"sequence": 2}, "has not the postings"),
    ({"amount": 1001}, "ledger_account_no_negative|ledger_account_available"),
    ({"amount": 901}, "ledger_account_available"),
    ({"amount": 0}, "ledger_posting_amount"),
    ({"amount": -5}, "ledger_posting_amount"),
    ({"to": "fund"}, "ledger_posting_two_accounts"),
]


async def test_a_posting_that_breaks_a_law_is_refused(admin, books):
    for fault, says in FAULTS:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match=says):
            await _by_hand(admin, books, **fault)


async def test_a_posting_needs_its_entry_and_an_old_entry_takes_no_more(admin, books):
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="has not the postings"):
        await admin.execute(
            POSTING.replace("entry.id,", "gen_random_uuid(),").replace("'by hand'", "'open'"),
            1,
            1,
            1,
            0,
            "CNY-fen",
            "subsidy",
        )
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="has not the postings"):
        await admin.execute(POSTING.replace("'by hand'", "'open'"), 2, 1, 1, 0, "CNY-fen", "subsidy")


async def test_an_account_begins_empty(admin, books):
    with pytest.raises(asyncpg.RestrictViolationError):
        await admin.execute(
            """insert into ledger_account (id, tenant_id, code, commodity, kind, posted, changed_at, opened_at)
               values (gen_random_uuid(), $1, 'rich', 'CNY-fen', 'holding', 1, now(), now())""",
            books.bank,
        )


async def test_a_hold_begins_held_between_accounts_that_fit(admin, books):
    insert = """
        insert into ledger_hold (id, tenant_id, kind, key, request_hash, debit_account_id, debit_tenant_id,
            credit_account_id, credit_tenant_id, commodity, amount, settled, state, placed_at)
        select gen_random_uuid(), d.tenant_id, 'k', 'by hand', decode(repeat('00', 32), 'hex'), d.id, d.tenant_id,
            c.id, {credit_tenant}, {commodity}, {amount}, {settled}, 'held', now()
        from ledger_account d, ledger_account c where d.code = 'fund' and c.code = 'subsidy'
    """
    right = {"credit_tenant": "c.tenant_id", "commodity": "'CNY-fen'", "amount": "10", "settled": "0"}
    for wrong in (
        {"settled": "1"},
        {"commodity": "'gold'"},
        {"credit_tenant": "d.tenant_id"},
        {"amount": "901"},
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await admin.execute(insert.format(**right | wrong))
    await admin.execute(insert.format(**right))
    assert await admin.fetchval("select held from ledger_account where code = 'fund'") == 110
