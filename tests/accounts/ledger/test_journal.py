from datetime import date

import pytest

from accounts.database.transactions import transaction
from accounts.ledger import journal
from accounts.ledger.journal import Leg
from carbon.errors import Conflict, KeyReused, NotFound, Problem
from carbon.identifiers import new_id

DAY = date(2026, 3, 1)
CNY = "CNY-fen"


@pytest.fixture
async def books(database):
    """A bureau with 1,000 fen in its fund, and a bank with an empty account."""
    bureau, bank = new_id(), new_id()
    async with transaction(tenant=bureau) as connection:
        outside = await journal.open_account(
            connection, tenant_id=bureau, code="outside", commodity=CNY, kind="issuing"
        )
        fund = await journal.open_account(connection, tenant_id=bureau, code="fund", commodity=CNY)
        drawer = await journal.open_account(connection, tenant_id=bank, code="subsidy", commodity=CNY)
        await journal.post(
            connection, key="open", kind="fund.open", legs=[Leg(outside, fund, 1000)], occurred_on=DAY
        )
    return bureau, bank, outside, fund, drawer


async def test_a_posting_moves_both_balances(books):
    bureau, bank, outside, fund, drawer = books
    async with transaction(tenant=bureau) as connection:
        await journal.post(connection, key="1", kind="pay", legs=[Leg(fund, drawer, 300)], occurred_on=DAY)
        assert (await journal.balance(connection, fund)).available == 700
        assert (await journal.balance(connection, outside)).posted == -1000
    async with transaction(tenant=bank) as connection:
        assert (await journal.balance(connection, drawer)).posted == 300


async def test_the_whole_path_of_a_hold(books):
    bureau, bank, outside, fund, drawer = books
    async with transaction(tenant=bureau) as connection:
        held = await journal.hold(connection, key="h", kind="reserve", debit=fund, credit=drawer, amount=600)
        assert (await journal.balance(connection, fund)).available == 400
        entry = await journal.settle_hold(
            connection, hold_id=held.id, key="s", kind="pay", occurred_on=DAY, amount=200
        )
        assert await journal.balance(connection, fund) == journal.Balance(800, 400)
        await journal.release_hold(connection, hold_id=held.id)
        assert await journal.balance(connection, fund) == journal.Balance(800, 0)
        with pytest.raises(NotFound):
            await journal.reverse(connection, entry_id=entry.id, key="r", occurred_on=DAY)
    async with transaction(tenant=bank) as connection:
        await journal.reverse(connection, entry_id=entry.id, key="r", occurred_on=DAY)
        assert len(await journal.statement(connection, drawer)) == 2
    async with transaction(tenant=bureau) as connection:
        assert (await journal.balance(connection, fund)).available == 1000
        assert [line.change for line in await journal.statement(connection, fund)] == [200, -200, 1000]
        with pytest.raises(Conflict):
            await journal.post(
                connection, key="2", kind="pay", legs=[Leg(fund, drawer, 1001)], occurred_on=DAY
            )
        with pytest.raises(KeyReused):
            await journal.post(
                connection, key="open", kind="fund.open", legs=[Leg(fund, drawer, 1)], occurred_on=DAY
            )
