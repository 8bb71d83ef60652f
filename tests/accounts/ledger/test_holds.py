import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.ledger import journal
from accounts.ledger.journal import Balance
from carbon.errors import Conflict, KeyReused, NotFound, Problem
from carbon.identifiers import new_id

SOON = timedelta(milliseconds=150)


async def test_what_is_held_is_not_available(books):
    async with transaction(tenant=books.bureau) as connection:
        await books.hold(connection, 700)
        assert await journal.balance(connection, books.fund) == Balance(1000, 700)
        with pytest.raises(Conflict, match="300 available and 301 is needed"):
            await books.pay(connection, 301, "1")
        with pytest.raises(Conflict, match="300 available and 301 is needed"):
            await books.hold(connection, 301, key="another")
        await books.pay(connection, 300, "1")


async def test_a_hold_is_settled_in_parts_and_ends_with_the_last(books):
    async with transaction(tenant=books.bureau) as connection:
        held = await books.hold(connection, 700)
        await books.settle(connection, held, key="1", amount=200)
        assert await journal.balance(connection, books.fund) == Balance(800, 500)
        (left,) = await journal.list_holds(connection, books.fund)
        assert (left.settled, left.remaining, left.state) == (200, 500, "held")
        await books.settle(connection, held, key="2")
        assert await journal.balance(connection, books.fund) == Balance(300, 0)
        assert await journal.list_holds(connection, books.fund) == []
        (ended,) = await journal.list_holds(connection, books.fund, state="settled")
        assert (ended.settled, ended.remaining) == (700, 0)


async def test_a_final_part_lets_go_of_the_rest(books):
    async with transaction(tenant=books.bureau) as connection:
        held = await books.hold(connection, 700)
        await books.settle(connection, held, amount=200, final=True)
        assert await journal.balance(connection, books.fund) == Balance(800, 0)


async def test_no_more_is_settled_than_is_left_of_the_hold(books):
    async with transaction(tenant=books.bureau) as connection:
        held = await books.hold(connection, 700)
        await books.settle(connection, held, key="1", amount=200)
        with pytest.raises(Conflict, match="500 left and 501 was to be settled"):
            await books.settle(connection, held, key="2", amount=501)
        assert await journal.balance(connection, books.fund) == Balance(800, 500)


@pytest.mark.parametrize("end", ["settled", "released"])
async def test_an_ended_hold_never_moves_again(books, end):
    async with transaction(tenant=books.bureau) as connection:
        held = await books.hold(connection, 700)
        if end == "settled":
            await books.settle(connection, held, key="1")
        else:
            assert (await journal.release_hold(connection, hold_id=held.id)).state == "released"
        with pytest.raises(Conflict, match="ended already"):
            await journal.release_hold(connection, hold_id=held.id)
        with pytest.raises(Conflict, match="ended already"):
            await books.settle(connection, held, key="2", amount=1)


async def test_the_same_settlement_sent_twice_is_posted_once(books):
    async with transaction(tenant=books.bureau) as connection:
        held = await books.hold(connection, 700)
        first = await books.settle(connection, held, amount=200)
        again = await books.settle(connection, held, amount=200)
        assert (again.id, again.replayed) == (first.id, True)
        with pytest.raises(KeyReused):
            await books.settle(connection, held, amount=201)
        last = await books.settle(connection, held, key="last")
        assert (await books.settle(connection, held, key="last")).id == last.id
        assert await journal.balance(connection, books.fund) == Balance(300, 0)


async def test_the_same_hold_asked_twice_is_placed_once(books):
    async with transaction(tenant=books.bureau) as connection:
        first = await books.hold(connection, 700)
        again = await books.hold(connection, 700)
        assert again.id == first.id
        with pytest.raises(KeyReused):
            await books.hold(connection, 701)
        assert (await journal.balance(connection, books.fund)).held == 700


async def test_nothing_is_held_on_an_issuing_account(books):
    async with transaction(tenant=books.bureau) as connection:
        with pytest.raises(Problem, match="no limit"):
            await journal.hold(
                connection, key="h", kind="reserve", debit=books.treasury, credit=books.drawer, amount=1
            )


async def test_a_hold_ends_when_its_time_is_over_and_any_role_may_ring_the_bell(books, database):
    async with transaction(tenant=books.bureau) as connection:
        await books.hold(connection, 300, key="forever")
        held = await books.hold(connection, 400, key="soon", expires_at=datetime.now(UTC) + SOON)
        late = await books.hold(connection, 100, key="late", expires_at=datetime.now(UTC) + timedelta(days=1))
    await asyncio.sleep(SOON.total_seconds() * 1.5)
    async with transaction(tenant=books.bureau) as connection:
        with pytest.raises(Conflict, match="time of hold"):
            await books.settle(connection, held)
    async with database.as_role(Role.SCHEDULER), transaction(tenant=None) as connection:
        assert await journal.expire_holds(connection) == 1
        assert await journal.expire_holds(connection) == 0
    async with transaction(tenant=books.bureau) as connection:
        assert await journal.balance(connection, books.fund) == Balance(1000, 400)
        with pytest.raises(Conflict, match="ended already"):
            await journal.release_hold(connection, hold_id=held.id)
        await books.settle(connection, late)


async def test_of_settling_and_releasing_at_once_one_wins(books):
    async with transaction(tenant=books.bureau) as connection:
        held = await books.hold(connection, 1000)

    async def settle(n):
        async with transaction(tenant=books.bureau) as connection:
            await books.settle(connection, held, key=f"{n}")

    async def release():
        async with transaction(tenant=books.bureau) as connection:
            await journal.release_hold(connection, hold_id=held.id)

    answers = await asyncio.gather(settle(1), release(), settle(2), release(), return_exceptions=True)
    assert sum(answer is None for answer in answers) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == 3
    balance = await books.fund_balance()
    assert balance in {Balance(0, 0), Balance(1000, 0)}


async def test_a_hold_nobody_placed_can_neither_be_settled_nor_released(books):
    async with transaction(tenant=books.bureau) as connection:
        with pytest.raises(NotFound):
            await journal.release_hold(connection, hold_id=new_id())
        with pytest.raises(NotFound):
            await journal.settle_hold(
                connection, hold_id=new_id(), key="1", kind="pay", occurred_on=books.day
            )
