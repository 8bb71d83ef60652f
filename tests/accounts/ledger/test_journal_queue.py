import asyncio

import asyncpg
import pytest

from accounts.database.pool import current_pool
from accounts.database.transactions import transaction
from accounts.ledger import journal, journal_queue
from accounts.ledger.journal import Balance, Entry, Leg, Transfer
from accounts.ledger.journal_queue import GroupCommit
from carbon.errors import Conflict, KeyReused, NotFound


def _pay(books, key, amount=1, *, debit=None, credit=None):
    return Transfer(key, "pay", (Leg(debit or books.fund, credit or books.drawer, amount),), books.day)


async def test_many_single_transfers_share_few_commits(books):
    before = await current_pool().fetchval("select txid_current()")
    async with GroupCommit() as queue:
        entries = await asyncio.gather(*(queue.post(books.bureau, _pay(books, f"{n}")) for n in range(500)))
    commits = await current_pool().fetchval("select txid_current()") - before
    assert len({entry.id for entry in entries}) == 500
    assert commits <= 10
    assert await books.fund_balance() == Balance(500, 0)


async def test_each_is_answered_on_its_own(books):
    async with GroupCommit() as queue:
        answers = await asyncio.gather(
            queue.post(books.bureau, _pay(books, "1", 600)),
            queue.post(books.bureau, _pay(books, "2", 600)),
            queue.post(books.bureau, _pay(books, "1", 600)),
            queue.post(books.bureau, _pay(books, "1", 1)),
            queue.post(books.bureau, _pay(books, "3", 400)),
            return_exceptions=True,
        )
    kinds = [type(answer) for answer in answers]
    assert kinds == [Entry, Conflict, Entry, KeyReused, Entry]
    assert answers[2].id == answers[0].id


async def test_tenants_share_a_commit_but_not_their_accounts(books):
    async with GroupCommit() as queue:
        paid, stolen, returned = await asyncio.gather(
            queue.post(books.bureau, _pay(books, "1", 10)),
            queue.post(books.bank, _pay(books, "1", 10)),
            queue.post(books.bank, _pay(books, "2", 4, debit=books.drawer, credit=books.fund)),
            return_exceptions=True,
        )
    assert isinstance(paid, Entry)
    assert isinstance(stolen, NotFound)
    assert isinstance(returned, Entry)
    async with transaction(tenant=books.bank) as connection:
        assert await journal.balance(connection, books.drawer) == Balance(6, 0)
        assert (await journal.statement(connection, books.drawer))[0].entry_id == returned.id


async def test_a_key_in_use_elsewhere_holds_up_only_its_own_transfer(books):
    async with transaction(tenant=books.bureau) as connection:
        second = await journal.open_account(
            connection, tenant_id=books.bureau, code="second", commodity="CNY-fen"
        )
        await books.pay(connection, 10, "fill", credit=second)
        await books.pay(connection, 10, "fill the drawer")
        third = await journal.open_account(
            connection, tenant_id=books.bureau, code="third", commodity="CNY-fen"
        )

    async def elsewhere():
        async with transaction(tenant=books.bureau) as connection:
            await books.pay(connection, 1, "same", debit=second, credit=third)
            await asyncio.sleep(0.2)

    other = asyncio.create_task(elsewhere())
    await asyncio.sleep(0.1)
    async with GroupCommit() as queue:
        same, free = await asyncio.gather(
            queue.post(books.bureau, _pay(books, "same", 5)),
            queue.post(books.bureau, _pay(books, "free", 5)),
            return_exceptions=True,
        )
    await other
    assert isinstance(same, KeyReused)
    assert isinstance(free, Entry)


async def test_when_the_database_fails_everyone_waiting_hears_of_it(books, database):
    async with database.as_superuser() as admin:
        await admin.execute("alter table ledger_posting add constraint broken check (amount < 500) not valid")
    async with GroupCommit(writers=1) as queue:
        answers = await asyncio.gather(
            queue.post(books.bureau, _pay(books, "1", 1)),
            queue.post(books.bureau, _pay(books, "2", 500)),
            return_exceptions=True,
        )
        assert [type(answer) for answer in answers] == [Entry, asyncpg.CheckViolationError]
        assert isinstance(await queue.post(books.bureau, _pay(books, "3", 1)), Entry)


async def test_a_task_that_gives_up_waiting_troubles_nobody(books):
    async with GroupCommit(patience_seconds=0.05) as queue:
        impatient = asyncio.create_task(queue.post(books.bureau, _pay(books, "1")))
        patient = asyncio.create_task(queue.post(books.bureau, _pay(books, "2")))
        await asyncio.sleep(0)
        impatient.cancel()
        assert isinstance(await patient, Entry)


async def test_a_closed_queue_takes_nothing_and_loses_nothing(books):
    queue = GroupCommit()
    with pytest.raises(RuntimeError, match="not open"):
        await queue.post(books.bureau, _pay(books, "0"))
    async with queue:
        waiting = asyncio.create_task(queue.post(books.bureau, _pay(books, "1")))
        await asyncio.sleep(0)
    assert isinstance(await waiting, Entry)
    with pytest.raises(RuntimeError, match="not open"):
        await queue.post(books.bureau, _pay(books, "2"))


async def test_a_full_batch_does_not_wait(books, monkeypatch):
    async with GroupCommit(most=10, patience_seconds=30) as queue:
        async with asyncio.timeout(5):
            await asyncio.gather(*(queue.post(books.bureau, _pay(books, f"{n}")) for n in range(20)))
    assert journal_queue.MOST_TOGETHER == 1000
