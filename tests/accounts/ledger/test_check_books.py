"""What a superuser did with the guards off is found from the rows alone."""

import pytest

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.ledger import journal
from accounts.ledger.checks import GUARDS, LAWS, check_books


@pytest.fixture
async def used_books(books):
    """Books in which everything has happened once."""
    async with transaction(tenant=books.bureau) as connection:
        second = await journal.open_account(
            connection, tenant_id=books.bureau, code="second", commodity="CNY-fen"
        )
        paid = await books.pay(connection, 200, "share", credit=second)
        await books.pay(connection, 50, "more", credit=second)
        await journal.reverse(connection, entry_id=paid.id, key="back", occurred_on=books.day)
        held = await books.hold(connection, 300)
        await books.settle(connection, held, amount=100)
    return books


async def _found(database):
    async with database.as_role(Role.AUDITOR), transaction(tenant=None, readonly=True) as connection:
        return await check_books(connection)


async def test_sound_books_have_no_breach(used_books, database):
    assert await _found(database) == []


TAMPERINGS = [
    ("update ledger_account set posted = posted + 1 where code = 'fund'", "sums to zero"),
    (
        "update ledger_account set posted = posted + 1 where code = 'fund'",
        "balance kept equals balance rebuilt",
    ),
    (
        """update ledger_account set posted = posted + case code when 'fund' then 1 else -1 end
           where code in ('fund', 'second')""",
        "balance kept equals balance rebuilt",
    ),
    ("update ledger_account set version = version + 1 where code = 'fund'", "counts its postings"),
    ("update ledger_posting set amount = amount + 1 where amount = 50", "going on from the one before"),
    (
        "update ledger_posting set debit_balance_after = 7 where amount = 50",
        "going on from the one before",
    ),
    ("update ledger_posting set debit_version = 9 where amount = 50", "numbered without gaps"),
    ("update ledger_posting set commodity = 'gold' where amount = 50", "their commodity"),
    ("update ledger_posting set credit_tenant_id = gen_random_uuid() where amount = 50", "their holder"),
    (
        "update ledger_posting set debit_account_id = gen_random_uuid() where amount = 50",
        "accounts that exist",
    ),
    ("delete from ledger_posting where amount = 50", "has all its postings"),
    ("delete from ledger_entry where key = 'more'", "every posting its entry"),
    ("update ledger_entry set posting_count = 2 where key = 'more'", "has all its postings"),
    ("update ledger_account set held = 0 where code = 'fund'", "held equals what is left"),
    ("update ledger_hold set amount = amount + 1", "held equals what is left"),
    ("update ledger_hold set settled = settled + 1", "what a hold settled"),
    ("update ledger_entry set hold_id = null", "what a hold settled"),
    ("update ledger_account set kind = 'holding' where code = 'treasury'", "below zero"),
    ("update ledger_posting set amount = -amount where amount = 50", "amounts are positive"),
    (
        """update ledger_entry set reverses = (select id from ledger_entry where key = 'share') where key = 'more'""",
        "reversed once at most",
    ),
    (
        """update ledger_entry set reverses = (select id from ledger_entry where key = 'more') where key = 'back'""",
        "the same amounts back",
    ),
]
WITHOUT_GUARDS = """
    drop index ledger_entry_one_reversal;
    alter table ledger_account drop constraint ledger_account_no_negative, drop constraint ledger_account_available;
    alter table ledger_posting drop constraint ledger_posting_amount;
    alter table ledger_account disable trigger user;
    alter table ledger_entry disable trigger user;
    alter table ledger_posting disable trigger user;
    alter table ledger_hold disable trigger user;
"""


async def test_tampering_above_the_guards_is_found(used_books, database):
    async with database.as_superuser() as admin:
        for tampering, law in TAMPERINGS:
            trial = admin.transaction()
            await trial.start()
            await admin.execute(WITHOUT_GUARDS)
            assert await admin.execute(tampering) not in {"UPDATE 0", "DELETE 0"}, tampering
            found = await check_books(admin)
            assert any(law in breach.law for breach in found), (tampering, found)
            assert all(str(breach).startswith(breach.law) for breach in found)
            await trial.rollback()
        assert await check_books(admin) == []


async def test_a_guard_that_is_off_or_gone_is_found(used_books, database):
    async with database.as_superuser() as admin:
        await admin.execute("alter table ledger_posting disable trigger ledger_posting_append_only")
        await admin.execute("drop trigger ledger_entry_append_only on ledger_entry")
        await admin.execute("alter table ledger_hold no force row level security")
    about = {breach.about for breach in await _found(database)}
    assert about == {
        "trigger ledger_posting_append_only",
        "trigger ledger_entry_append_only",
        "table ledger_hold",
    }


OTHER_ROOMS = {
    "ledger_hold_without_numbers": "credits are set aside by the registry, which checks that its guard stands",
    "ledger_posting_with_numbers": "credits move by the registry, which checks that its guard stands",
    "transparency_ledger_entry": "entries are handed to the public log, which checks that nothing is missing",
}


async def test_every_trigger_of_the_books_is_among_the_guards(database):
    async with database.as_superuser() as admin:
        names = await admin.fetch(
            """select t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
               where starts_with(c.relname, 'ledger_') and not t.tgisinternal"""
        )
    assert {row["tgname"] for row in names} == {*GUARDS, *OTHER_ROOMS}


def test_each_law_is_asked_once():
    assert len(set(LAWS)) == len(LAWS) == 12
